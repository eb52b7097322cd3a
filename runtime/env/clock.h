#pragma once

// Time as the runtime sees it. Decisions use the boot clock, which goes on through suspend and
// never jumps; the wall clock is for people.

#include <cstdint>
#include <string>

namespace upgraph::env {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual int64_t BootMs() = 0;          // CLOCK_BOOTTIME
  virtual int64_t WallMs() = 0;          // milliseconds since 1970, UTC
  virtual std::string BootId() = 0;      // changes with each boot
  virtual void SleepMs(int64_t ms) = 0;  // of the calling thread
  // Whether somebody keeps the wall clock right, as far as the system knows.
  virtual bool IsSynchronised() { return true; }
};

// 2026-03-01T10:15:00Z
std::string FormatWallTime(int64_t wall_ms);

// The real one; thread-safe, lives as long as the process.
Clock& SystemClock();

}  // namespace upgraph::env
