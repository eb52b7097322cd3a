#include "runtime/locks/named_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace upgraph::locks {
namespace {

constexpr int64_t kPollMsMin = 1;
constexpr int64_t kPollMsMax = 50;

// files.lock: what flock(1) takes, on a file or folder that is there already, so that no lock file
// is ever left behind.
Result<int> OpenForLock(env::Env& env, const plan::Lock& lock) {
  const plan::Value* path = plan::FindField(lock.arguments, "path");
  if (lock.native != "files.lock" || path == nullptr) {
    return Error{ErrorKind::kUnsupported, fmt::format("this program cannot take `{}`", lock.name)};
  }
  UPGRAPH_ASSIGN(std::string real_path, env.files.RealPath(path->text));
  int descriptor = open(real_path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    return SystemError(errno, fmt::format("cannot lock `{}`", path->text));
  }
  return descriptor;
}

Status WaitForLock(env::Env& env, int descriptor, const std::string& name, int64_t end_ms,
                   const std::atomic<bool>& cancel) {
  for (int64_t wait_ms = kPollMsMin;; wait_ms = std::min(wait_ms * 2, kPollMsMax)) {
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
      return OkStatus();
    }
    if (errno != EWOULDBLOCK && errno != EINTR) {
      return SystemError(errno, fmt::format("cannot lock `{}`", name));
    }
    if (cancel.load()) {
      return Error{ErrorKind::kInterrupted, fmt::format("stopped while waiting for `{}`", name)};
    }
    if (env.clock.BootMs() >= end_ms) {
      return Error{ErrorKind::kTimeout, fmt::format("`{}` is held by somebody else", name)};
    }
    env.clock.SleepMs(wait_ms);
  }
}

}  // namespace

HeldLocks::~HeldLocks() {
  for (int descriptor : descriptors_) {
    close(descriptor);
  }
}

Result<std::unique_ptr<HeldLocks>> TakeLocks(env::Env& env, const plan::LockScope& scope,
                                             const std::atomic<bool>& cancel) {
  int64_t end_ms = env.clock.BootMs() + scope.within_ms;
  std::vector<int> descriptors;
  for (const plan::Lock& lock : scope.locks) {
    auto descriptor = OpenForLock(env, lock);
    Status status = descriptor.ok() ? WaitForLock(env, *descriptor, lock.name, end_ms, cancel)
                                    : Status(descriptor.error());
    if (descriptor.ok()) {
      descriptors.push_back(*descriptor);
    }
    if (!status.ok()) {
      HeldLocks none(std::move(descriptors));
      return status.error();
    }
  }
  return std::make_unique<HeldLocks>(std::move(descriptors));
}

bool HasLock(std::string_view native) { return IsOfFiles(native); }

bool IsOfFiles(std::string_view native) { return native == "files.lock"; }

}  // namespace upgraph::locks
