#include "runtime/env/clock.h"

#include <errno.h>
#include <fcntl.h>
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
};

}  // namespace

Clock& SystemClock() {
  static auto* const kClock = new RealClock();
  return *kClock;
}

}  // namespace upgraph::env
