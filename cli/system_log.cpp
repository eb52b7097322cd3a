#include "cli/system_log.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "runtime/package/extract_policy.h"

namespace upgraph::cli {
namespace {

using executor::ProgressKind;

// A datagram of this size passes everywhere; journald takes far more.
constexpr size_t kEntryBytesMax = 8 << 10;

// How loud; 0: it is about one step among many, and stands in the run's journal alone.
int PriorityOf(ProgressKind kind) {
  switch (kind) {
    case ProgressKind::kRunOpened:
    case ProgressKind::kResumed:
    case ProgressKind::kParked:
    case ProgressKind::kCommitted:
    case ProgressKind::kRolledBack:
    case ProgressKind::kFinished:
    case ProgressKind::kSettled:
    case ProgressKind::kAccepted:
      return LOG_NOTICE;
    case ProgressKind::kTurningBack:
    case ProgressKind::kLate:
    case ProgressKind::kDrift:
    case ProgressKind::kNotInhibited:
      return LOG_WARNING;
    case ProgressKind::kStuck:
    case ProgressKind::kBroken:
    case ProgressKind::kIncomplete:
      return LOG_ERR;
    case ProgressKind::kChecking:
    case ProgressKind::kCapturing:
    case ProgressKind::kApplying:
    case ProgressKind::kApplied:
    case ProgressKind::kFound:
    case ProgressKind::kRetrying:
    case ProgressKind::kFailed:
    case ProgressKind::kReverting:
    case ProgressKind::kReverted:
    case ProgressKind::kBlocked:
    case ProgressKind::kHeldAgain:
    case ProgressKind::kLockWaiting:
    case ProgressKind::kLockTaken:
    case ProgressKind::kLockFreed:
      return 0;
  }
  UPGRAPH_UNREACHABLE("progress kind");
}

int PriorityOf(executor::ExitCode code) {
  switch (code) {
    case executor::ExitCode::kDone:
      return LOG_NOTICE;
    case executor::ExitCode::kIncomplete:
    case executor::ExitCode::kNeedsPerson:
    case executor::ExitCode::kDamaged:
      return LOG_ERR;
    default:
      return LOG_WARNING;
  }
}

std::string WithText(std::string entry, const std::string& text) {
  return text.empty() ? entry : entry + ": " + text;
}

}  // namespace

SystemLog::SystemLog(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return;
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  // syslog(3) would do the same, but wait for a log that does not read.
  fd_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd_ >= 0 && connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    close(fd_);
    fd_ = -1;
  }
}

SystemLog::~SystemLog() {
  if (fd_ >= 0) {
    close(fd_);
  }
}

void SystemLog::Report(const executor::Progress& progress) {
  const int priority = PriorityOf(progress.kind);
  if (priority == 0) {
    return;
  }
  std::string entry =
      fmt::format("run {} {}", progress.run_id, executor::ProgressKindName(progress.kind));
  if (!progress.step_path.empty()) {
    entry += fmt::format(" {} {}", progress.step_path, progress.step_title);
  }
  Write(priority, WithText(std::move(entry), progress.text));
}

void SystemLog::Finish(const executor::Outcome& outcome) {
  const int code = static_cast<int>(outcome.exit_code);
  Write(PriorityOf(outcome.exit_code),
        WithText(outcome.run_id.empty() ? fmt::format("no run: exit {}", code)
                                        : fmt::format("run {} exit {}", outcome.run_id, code),
                 outcome.reason));
}

void SystemLog::Write(int priority, const std::string& text) {
  if (fd_ < 0) {
    return;
  }
  const std::string entry =
      fmt::format("<{}>upgraph[{}]: {}", LOG_DAEMON | priority, getpid(), package::Printable(text));
  (void)!send(fd_, entry.data(), std::min(entry.size(), kEntryBytesMax), MSG_NOSIGNAL);
}

}  // namespace upgraph::cli
