#pragma once

// One runner for each host, and nobody left over from a dead one.
//
// The lock file in the state folder is never unlinked by us; where somebody else removes or
// replaces it, the lock on the folder itself still keeps a second runner out. Two ranges of it are
// locked on two open file descriptions: *runner* (closed on exec) shuts out other runners and gives
// the right to fence; *work* is inherited by every child process of a step and stays held while any
// of them lives. A kernel lock dies with its last holder: there is no stale lock. Order: runner,
// fence, work.

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "runtime/env/env.h"

namespace upgraph::locks {

// How long leftovers of a dead runner may take to end after they were killed.
inline constexpr int64_t kFenceMsMax = 10'000;

class HostLock {
 public:
  // Takes both ranges and a new epoch. `state_folder` is a host path and exists. kBusy: another
  // runner is alive, or leftovers would not end; nothing of a live run was disturbed.
  static Result<std::unique_ptr<HostLock>> Take(env::Env& env, const std::string& state_folder);
  ~HostLock();
  HostLock(const HostLock&) = delete;
  HostLock& operator=(const HostLock&) = delete;

  // Grows with every runner of this host; durable before it is returned.
  uint64_t epoch() const { return epoch_; }
  // For env::Command::inherited_fd.
  int work_descriptor() const { return work_; }

 private:
  HostLock() = default;
  int folder_ = -1;
  int runner_ = -1;
  int work_ = -1;
  uint64_t epoch_ = 0;
};

// Whether a runner is alive; takes nothing.
Result<bool> IsRunnerAlive(env::Env& env, const std::string& state_folder);

}  // namespace upgraph::locks
