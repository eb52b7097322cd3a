#include "cli/logind_inhibitor.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include <cstring>

namespace upgraph::cli {
namespace {

constexpr const char* kLogind = "org.freedesktop.login1";
constexpr const char* kLogindPath = "/org/freedesktop/login1";
constexpr const char* kLogindManager = "org.freedesktop.login1.Manager";

Status BusStatus(int result, const char* what) {
  return result >= 0
             ? OkStatus()
             : Status(Error{ErrorKind::kFailed, fmt::format("{}: {}", what, strerror(-result))});
}

// PrepareForShutdown(true): it was asked for, and waits. (false): it was called off.
int OnPrepareForShutdown(sd_bus_message* message, void* data, sd_bus_error*) {
  int is_coming = 0;
  if (sd_bus_message_read(message, "b", &is_coming) >= 0 && is_coming != 0) {
    (*static_cast<const std::function<void()>*>(data))();
  }
  return 0;
}

}  // namespace

LogindInhibitor::LogindInhibitor(std::function<void()> on_shutdown)
    : on_shutdown_(std::move(on_shutdown)) {}

LogindInhibitor::~LogindInhibitor() { LetGo(); }

Status LogindInhibitor::Take(const std::string& why) {
  LetGo();
  Status asked = Ask(why);
  if (!asked.ok()) {
    LetGo();
    return asked;
  }
  end_fd_ = eventfd(0, EFD_CLOEXEC);
  thread_ = std::thread([this] { Listen(); });
  return OkStatus();
}

// First it listens and then it takes the lock: no shutdown comes unheard between the two.
Status LogindInhibitor::Ask(const std::string& why) {
  UPGRAPH_TRY(BusStatus(sd_bus_open_system(&bus_), "the system bus"));
  UPGRAPH_TRY(BusStatus(
      sd_bus_match_signal(bus_, nullptr, kLogind, kLogindPath, kLogindManager, "PrepareForShutdown",
                          OnPrepareForShutdown, const_cast<std::function<void()>*>(&on_shutdown_)),
      "the system bus"));
  sd_bus_error error{};
  sd_bus_message* answer = nullptr;
  const int called =
      sd_bus_call_method(bus_, kLogind, kLogindPath, kLogindManager, "Inhibit", &error, &answer,
                         "ssss", "shutdown", "upgraph", why.c_str(), "delay");
  Status status = OkStatus();
  if (called < 0) {
    status = Error{ErrorKind::kFailed,
                   fmt::format("systemd-logind: {}",
                               error.message == nullptr ? strerror(-called) : error.message)};
  } else {
    int lock_fd = -1;  // goes with the answer
    status = BusStatus(sd_bus_message_read(answer, "h", &lock_fd), "systemd-logind");
    if (status.ok()) {
      lock_fd_ = fcntl(lock_fd, F_DUPFD_CLOEXEC, 3);
      status = BusStatus(lock_fd_ < 0 ? -errno : 0, "systemd-logind");
    }
  }
  sd_bus_error_free(&error);
  sd_bus_message_unref(answer);
  return status;
}

// Where the bus goes away the lock stays: a shutdown waits then for as long as logind lets it.
void LogindInhibitor::Listen() {
  while (true) {
    const int processed = sd_bus_process(bus_, nullptr);
    if (processed < 0) {
      return;
    }
    if (processed > 0) {
      continue;
    }
    pollfd waits[] = {{sd_bus_get_fd(bus_), static_cast<short>(sd_bus_get_events(bus_)), 0},
                      {end_fd_, POLLIN, 0}};
    if (poll(waits, 2, -1) > 0 && waits[1].revents != 0) {
      return;
    }
  }
}

void LogindInhibitor::LetGo() {
  if (thread_.joinable()) {
    const uint64_t one = 1;
    (void)!write(end_fd_, &one, sizeof(one));
    thread_.join();
  }
  for (int* descriptor : {&lock_fd_, &end_fd_}) {
    if (*descriptor >= 0) {
      close(*descriptor);
    }
    *descriptor = -1;
  }
  bus_ = sd_bus_flush_close_unref(bus_);
}

}  // namespace upgraph::cli
