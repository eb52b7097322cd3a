#pragma once

// The runner's voice: what happens goes, one line each, to the channel of the watcher that started
// it until the run has a folder, then to `progress.jsonl` in that folder; of this system the most
// important of it to its log as well. Nothing here is synced
// and no failure counts: the journal is the truth, this is for people who watch.

#include <functional>
#include <optional>
#include <string>

#include "cli/progress_event.h"
#include "cli/system_log.h"

namespace upgraph::cli {

inline constexpr const char* kProgressFile = "progress.jsonl";
inline constexpr const char* kLogFile = "runner.log";

class EventWriter : public executor::ProgressSink {
 public:
  struct Options {
    std::string root;     // of the host
    int channel_fd = -1;  // owned; -1: there is no watcher
    int log_fd = -1;      // owned; what standard error was so far goes to the run's log; -1: keep
    std::function<void(const executor::Progress&)> observer;  // may be empty
  };
  explicit EventWriter(Options options);
  ~EventWriter() override;
  EventWriter(const EventWriter&) = delete;
  EventWriter& operator=(const EventWriter&) = delete;

  void Report(const executor::Progress& progress) override;
  // The last line.
  void Finish(const executor::Outcome& outcome);

 private:
  void MoveToFile(const std::string& run_id);
  void Write(const Event& event);

  Options options_;
  RunnerStarted started_;
  int file_fd_ = -1;
  std::optional<SystemLog> log_;  // of this system, where the run is about it
  bool has_moved_ = false;
};

// Which process this is, for those who watch.
RunnerStarted ThisRunner();

// Whether that very process is alive. False after a reboot.
bool IsAlive(const RunnerStarted& runner);

}  // namespace upgraph::cli
