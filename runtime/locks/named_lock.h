#pragma once

// The locks that a spec names. A scope takes all of its locks or none, in byte order of their
// names, and waits at most its bound.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "plan/plan.h"
#include "runtime/env/env.h"

namespace upgraph::locks {

// Freed by the destructor; dies with the process, so no crash leaves one behind.
class HeldLocks {
 public:
  explicit HeldLocks(std::vector<int> descriptors) : descriptors_(std::move(descriptors)) {}
  ~HeldLocks();
  HeldLocks(const HeldLocks&) = delete;
  HeldLocks& operator=(const HeldLocks&) = delete;

 private:
  std::vector<int> descriptors_;
};

// Waits until all locks of `scope` are held. kTimeout: not within the scope's bound; the error
// names the lock. kInterrupted: `cancel` became true. kNotFound: what should be locked is missing.
Result<std::unique_ptr<HeldLocks>> TakeLocks(env::Env& env, const plan::LockScope& scope,
                                             const std::atomic<bool>& cancel);

// Whether this program can take locks of that kind: "files.lock".
bool HasLock(std::string_view native);
// Whether all that such a lock needs are the host's files.
bool IsOfFiles(std::string_view native);

}  // namespace upgraph::locks
