#include "cli/signals.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "runtime/env/process.h"

namespace upgraph::cli {
namespace {

// "stopping" is what systemd says from the moment a shutdown has begun. Where there is no systemd,
// nothing says so, and a SIGTERM turns back.
bool IsSystemStopping() {
  if (access("/run/systemd/system", F_OK) != 0) {
    return false;
  }
  env::Command command;
  command.arguments = {"systemctl", "is-system-running"};
  command.timeout_ms = 2'000;
  const Result<env::CommandResult> result = env::SystemProcesses().Run(command);
  return result.ok() && result->output.starts_with("stopping");
}

}  // namespace

SignalQueue::SignalQueue(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : signals) {
    sigaddset(&set, signal);
  }
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  fd_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

// The signals stay blocked: one that still waits must not end the process now.
SignalQueue::~SignalQueue() {
  if (fd_ >= 0) {
    close(fd_);
  }
}

int SignalQueue::Take() {
  signalfd_siginfo info{};
  if (fd_ < 0 || read(fd_, &info, sizeof(info)) != static_cast<ssize_t>(sizeof(info))) {
    return 0;
  }
  return static_cast<int>(info.ssi_signo);
}

StopSignals::StopSignals(void (*announce)(int level))
    : signals_({SIGTERM, SIGINT, SIGHUP, SIGPIPE}),
      announce_(announce),
      end_fd_(eventfd(0, EFD_CLOEXEC)),
      at_once_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      thread_([this] { Wait(); }) {}

StopSignals::~StopSignals() {
  const uint64_t one = 1;
  (void)!write(end_fd_, &one, sizeof(one));
  thread_.join();
  close(end_fd_);
  close(at_once_fd_);
}

void StopSignals::StopAtOnce() const {
  const uint64_t one = 1;
  (void)!write(at_once_fd_, &one, sizeof(one));
}

void StopSignals::Wait() {
  while (true) {
    pollfd waits[] = {{signals_.fd(), POLLIN, 0}, {end_fd_, POLLIN, 0}, {at_once_fd_, POLLIN, 0}};
    if (poll(waits, 3, -1) < 0) {
      continue;
    }
    if (waits[1].revents != 0) {
      return;
    }
    uint64_t asked = 0;
    const bool is_at_once = read(at_once_fd_, &asked, sizeof(asked)) > 0;
    const int signal = is_at_once ? 0 : signals_.Take();
    if (!is_at_once && signal != SIGTERM && signal != SIGINT) {
      continue;
    }
    const bool is_fast =
        is_at_once || stop_.load() > 0 || (signal == SIGTERM && IsSystemStopping());
    stop_ = is_fast ? 2 : 1;
    if (announce_ != nullptr) {
      announce_(stop_);
    }
  }
}

}  // namespace upgraph::cli
