#pragma once

// Announcements: told once their event is durable, at least once each, with a key by which a reader
// sees what it has already. They never stop a run, and no run waits for who is told.

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "runtime/executor/run_folder.h"

namespace upgraph::executor {

// What was to be told of a run, in the order of its plan.
struct AnnouncementView {
  std::string to;     // as the spec calls the channel
  std::string event;  // "rolled_back"
  bool has_happened = false;
  bool was_told = false;
};
std::vector<AnnouncementView> AnnouncementsOf(env::Env& env, const std::string& run_id,
                                              const plan::Plan& plan,
                                              const history::RunHistory& history);

// Tells what has happened by the run's history and was not told yet; what is told is written down
// in the run's folder. Returns what could not be told, and why: `upgraph tick` tries it again.
// Takes kTellAllMsMax at most, and what a channel may take beside.
inline constexpr int64_t kTellAllMsMax = 30'000;
std::vector<std::string> SendAnnouncements(env::Env& env, const LoadedRun& run);

// Where a run stands when somebody is told of it.
struct Standing {
  const history::RunHistory& history;
  Digest journal_head;  // the hash of its last record that is durable
};

// Tells while a run goes on. Not thread-safe: the runner's own thread calls it.
class Courier {
 public:
  // Both outlive this.
  Courier(env::Env& env, const LoadedRun& run) : env_(env), run_(run) {}
  ~Courier();
  Courier(const Courier&) = delete;
  Courier& operator=(const Courier&) = delete;

  // What has happened by now: files at once, all else on a thread of its own. Returns without
  // waiting for that; what cannot be told is tried again by Finish().
  void Tell(const Standing& standing);

  // When the run is over: waits for what is being told, then tells the rest. Returns what could not
  // be told. `is_hasty`: there is no time to wait for anybody's answer.
  std::vector<std::string> Finish(const Standing& standing, bool is_hasty);

 private:
  struct Due {
    const plan::Announcement* announcement = nullptr;
    size_t number = 0;         // of what may happen more than once, from 1; else 0
    int64_t wall_ms = 0;       // of its event
    std::string why;           // the run turned back, or where it was; mostly empty
    std::string journal_head;  // hex; of an end alone
  };
  friend std::vector<std::string> SendAnnouncements(env::Env& env, const LoadedRun& run);

  std::vector<Due> FindDue(const Standing& standing) const;
  std::vector<std::string> TellAll(const std::vector<Due>& due);
  Status TellOne(const Due& due, const std::string& mark);
  void Work(std::vector<Due> due);

  env::Env& env_;
  const LoadedRun& run_;
  std::atomic<bool> cancel_{false};
  std::thread thread_;
  std::mutex mutex_;
  bool is_busy_ = false;   // under mutex_
  std::vector<Due> next_;  // under mutex_: to be told when the thread is done with what it has
};

}  // namespace upgraph::executor
