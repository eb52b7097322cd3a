#pragma once

// The lock of systemd-logind that makes a shutdown of this system wait: an inhibitor of the mode
// `delay`. docs/decisions/0033-a-run-delays-a-shutdown.md

#include <functional>
#include <string>
#include <thread>

#include "runtime/executor/run.h"

struct sd_bus;

namespace upgraph::cli {

class LogindInhibitor : public executor::ShutdownInhibitor {
 public:
  // `on_shutdown` is called, by a thread of this object, when a shutdown has been asked for: it
  // waits until LetGo(), and not for long.
  explicit LogindInhibitor(std::function<void()> on_shutdown);
  ~LogindInhibitor() override;
  LogindInhibitor(const LogindInhibitor&) = delete;
  LogindInhibitor& operator=(const LogindInhibitor&) = delete;

  // Signals that other threads are to get are blocked by then.
  Status Take(const std::string& why) override;
  void LetGo() override;

 private:
  Status Ask(const std::string& why);
  void Listen();

  const std::function<void()> on_shutdown_;
  sd_bus* bus_ = nullptr;
  int lock_fd_ = -1;  // the lock: it is held as long as this is open, and dies with the process
  int end_fd_ = -1;
  std::thread thread_;
};

}  // namespace upgraph::cli
