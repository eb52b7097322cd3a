#include "runtime/env/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"

namespace upgraph::env {
namespace {

int64_t ReadMs(clockid_t clock) {
  timespec now{};
  UPGRAPH_CHECK(clock_gettime(clock, &now) == 0);
  return static_cast<int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

class RealClock : public Clock {
 public:
  int64_t BootMs() override { return ReadMs(CLOCK_BOOTTIME); }
  int64_t WallMs() override { return ReadMs(CLOCK_REALTIME); }

  std::string BootId() override {
    char text[64];
    int descriptor = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t size = descriptor < 0 ? 0 : read(descriptor, text, sizeof text);
    if (descriptor >= 0) {
      close(descriptor);
    }
    while (size > 0 && text[size - 1] == '\n') {
      --size;
    }
    return size > 0 ? std::string(text, static_cast<size_t>(size)) : "unknown";
  }

  void SleepMs(int64_t ms) override {
    timespec rest{ms / 1000, ms % 1000 * 1'000'000};
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, &rest) == EINTR) {
    }
  }

  bool IsSynchronised() override {
    timex state{};
    const int answer = adjtimex(&state);
    return answer >= 0 && answer != TIME_ERROR;
  }
};

}  // namespace

std::string FormatWallTime(int64_t wall_ms) {
  const time_t seconds = static_cast<time_t>(wall_ms / 1000);
  tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

Clock& SystemClock() {
  static auto* const kClock = new RealClock();
  return *kClock;
}

}  // namespace upgraph::env
