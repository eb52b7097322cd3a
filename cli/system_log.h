#pragma once

// Entries in the system's log, for those who read what happened on a host: `journalctl -t upgraph`.
// One for each thing that happens to a whole run and for each step that needs a person.

#include <string>

#include "runtime/executor/run.h"

namespace upgraph::cli {

// Where syslogd listens, and on a host with systemd its journal.
inline constexpr const char* kSystemLogPath = "/dev/log";

class SystemLog {
 public:
  // Without a log there, nothing is written and nothing fails.
  explicit SystemLog(const std::string& path = kSystemLogPath);
  ~SystemLog();
  SystemLog(const SystemLog&) = delete;
  SystemLog& operator=(const SystemLog&) = delete;

  // Both return at once: what a log that does not read cannot take is lost.
  void Report(const executor::Progress& progress);
  void Finish(const executor::Outcome& outcome);

 private:
  void Write(int priority, const std::string& text);

  int fd_ = -1;
};

}  // namespace upgraph::cli
