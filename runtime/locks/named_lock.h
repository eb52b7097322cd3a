#pragma once

// The locks that a spec names. A scope takes all of its locks or none, in byte order of their
// names, and waits at most its bound.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "plan/plan.h"
#include "runtime/env/env.h"

namespace upgraph::locks {

// Freed by the destructor; dies with the process, so no crash leaves one behind.
class HeldLock {
 public:
  virtual ~HeldLock() = default;
  // Whether it is known to be gone, though nobody let it go. Does not wait.
  virtual bool IsLost() { return false; }
};

// Freed in the opposite order.
class HeldLocks {
 public:
  HeldLocks() = default;
  ~HeldLocks() {
    while (!locks_.empty()) {
      locks_.pop_back();
    }
  }
  HeldLocks(const HeldLocks&) = delete;
  HeldLocks& operator=(const HeldLocks&) = delete;

  void Add(std::unique_ptr<HeldLock> lock) { locks_.push_back(std::move(lock)); }
  bool HasLost() const {
    return std::any_of(locks_.begin(), locks_.end(),
                       [](const std::unique_ptr<HeldLock>& lock) { return lock->IsLost(); });
  }

 private:
  std::vector<std::unique_ptr<HeldLock>> locks_;
};

// Waits until all locks of `scope` are held. kTimeout: not within the scope's bound; the error
// names the lock. kInterrupted: `cancel` became true. kNotFound: what should be locked is missing.
// What else: a database that has a lock cannot be reached, or not without a pooler.
Result<std::unique_ptr<HeldLocks>> TakeLocks(env::Env& env, const plan::LockScope& scope,
                                             const std::atomic<bool>& cancel);

// What this program lacks to take the lock, by name; empty: nothing.
std::string FindMissingCode(const plan::Lock& lock);
// Whether this program can take locks of that kind: "files.lock".
bool HasLock(std::string_view native);
// Whether all that such a lock needs are the host's files.
bool IsOfFiles(std::string_view native);

}  // namespace upgraph::locks
