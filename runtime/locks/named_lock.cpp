#include "runtime/locks/named_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <string>
#include <utility>

#include "runtime/clients/postgres.h"

namespace upgraph::locks {
namespace {

constexpr int64_t kPollMsMin = 1;
constexpr int64_t kPollMsMax = 50;

// Until `try_once` has it.
Status WaitForLock(env::Env& env, const std::string& name, int64_t end_ms,
                   const std::atomic<bool>& cancel, const std::function<Result<bool>()>& try_once) {
  for (int64_t wait_ms = kPollMsMin;; wait_ms = std::min(wait_ms * 2, kPollMsMax)) {
    UPGRAPH_ASSIGN(const bool is_ours, try_once());
    if (is_ours) {
      return OkStatus();
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

// files.lock: what flock(1) takes, on a file or folder that is there already, so that no lock file
// is ever left behind.
class FileLock : public HeldLock {
 public:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  ~FileLock() override { close(descriptor_); }
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  static Result<std::unique_ptr<HeldLock>> Take(env::Env& env, const plan::Lock& lock,
                                                int64_t end_ms, const std::atomic<bool>& cancel) {
    const plan::Value* path = plan::FindField(lock.arguments, "path");
    if (path == nullptr) {
      return Error{ErrorKind::kInvalid, fmt::format("`{}` names no path", lock.name)};
    }
    UPGRAPH_ASSIGN(std::string real_path, env.files.RealPath(path->text));
    const int descriptor = open(real_path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
      return SystemError(errno, fmt::format("cannot lock `{}`", path->text));
    }
    std::unique_ptr<HeldLock> held = std::make_unique<FileLock>(descriptor);
    UPGRAPH_TRY(WaitForLock(env, lock.name, end_ms, cancel, [&]() -> Result<bool> {
      if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) {
        return true;
      }
      if (errno != EWOULDBLOCK && errno != EINTR) {
        return SystemError(errno, fmt::format("cannot lock `{}`", lock.name));
      }
      return false;
    }));
    return held;
  }

 private:
  int descriptor_;
};

// sql.advisory: the session has it, and is there for nothing else.
class AdvisoryLock : public HeldLock {
 public:
  explicit AdvisoryLock(std::unique_ptr<clients::PostgresDatabase> session)
      : session_(std::move(session)) {}
  bool IsLost() override { return session_->HasEnded(); }

  static Result<std::unique_ptr<HeldLock>> Take(env::Env& env, const plan::Lock& lock,
                                                int64_t end_ms, const std::atomic<bool>& cancel) {
    const plan::Value* db = plan::FindField(lock.arguments, "db");
    const plan::Value* connection =
        db == nullptr ? nullptr : plan::FindField(db->fields, "connection");
    const plan::Value* name = plan::FindField(lock.arguments, "name");
    if (connection == nullptr || name == nullptr) {
      return Error{ErrorKind::kInvalid, fmt::format("`{}` names no database", lock.name)};
    }
    // The first try needs a session, however short the wait may be.
    const int64_t connected_by_ms = std::max(end_ms, env.clock.BootMs() + kConnectMsMin);
    auto session =
        clients::PostgresDatabase::Open(env.clock, {connection->text, ""}, connected_by_ms, cancel);
    if (!session.ok()) {
      return session.error().Within(fmt::format("cannot lock `{}`", lock.name));
    }
    UPGRAPH_TRY(WaitForLock(env, lock.name, end_ms, cancel,
                            [&] { return (*session)->TryLock(name->text); }));
    return std::unique_ptr<HeldLock>(std::make_unique<AdvisoryLock>(*std::move(session)));
  }

 private:
  static constexpr int64_t kConnectMsMin = 5'000;

  std::unique_ptr<clients::PostgresDatabase> session_;
};

Result<std::unique_ptr<HeldLock>> TakeLock(env::Env& env, const plan::Lock& lock, int64_t end_ms,
                                           const std::atomic<bool>& cancel) {
  if (lock.native == "files.lock") {
    return FileLock::Take(env, lock, end_ms, cancel);
  }
  if (lock.native == "sql.advisory") {
    return AdvisoryLock::Take(env, lock, end_ms, cancel);
  }
  return Error{ErrorKind::kUnsupported, fmt::format("this program cannot take `{}`", lock.name)};
}

}  // namespace

Result<std::unique_ptr<HeldLocks>> TakeLocks(env::Env& env, const plan::LockScope& scope,
                                             const std::atomic<bool>& cancel) {
  const int64_t end_ms = env.clock.BootMs() + scope.within_ms;
  auto held = std::make_unique<HeldLocks>();
  for (const plan::Lock& lock : scope.locks) {
    UPGRAPH_ASSIGN(auto taken, TakeLock(env, lock, end_ms, cancel));
    held->Add(std::move(taken));
  }
  return held;
}

bool HasLock(std::string_view native) { return IsOfFiles(native) || native == "sql.advisory"; }

bool IsOfFiles(std::string_view native) { return native == "files.lock"; }

std::string FindMissingCode(const plan::Lock& lock) {
  if (!HasLock(lock.native)) {
    return lock.native;
  }
  const plan::Value* db = plan::FindField(lock.arguments, "db");
  return db == nullptr || db->text == "sql.postgres" ? "" : lock.native + " of a " + db->text;
}

}  // namespace upgraph::locks
