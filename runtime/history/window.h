#pragma once

// The window of a run, and the time of the run by which it is kept: worked out of the journal's
// records, so that every runner comes to the same. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.h"
#include "runtime/history/record.h"

namespace upgraph::history {

// When a run may be at work: milliseconds since 1970, UTC.
struct Window {
  int64_t begin_wall_ms = 0;
  int64_t end_wall_ms = 0;  // 0: none was agreed
  bool is_agreed() const { return end_wall_ms != 0; }
  friend bool operator==(const Window&, const Window&) = default;
};

// The window that a record `unparked` names, and its text; none: it names no window.
std::optional<Window> WindowOf(const Record& record);
std::string WindowText(const Window& window);

// How a fence names the boot in which it was written.
Digest BootMark(const std::string& boot_id);

// What a fence adds to its text when nobody keeps the wall clock right.
inline constexpr const char* kUnsynchronised = " unsynchronised";

// The clocks at one moment.
struct Moment {
  int64_t wall_ms = 0;
  int64_t boot_ms = 0;
  Digest boot;                  // BootMark
  bool is_synchronised = true;  // the wall clock
};

// A moment in the time of a run. It begins with the wall time at which the run was opened and goes
// on by the boot clock, whatever happens to the wall clock. Only what lies between two boots is
// taken from the wall clock: the time from the last record before to the first one after. When a
// parked run goes on, its window is agreed, and its time begins anew with the wall time then.
struct RunTime {
  int64_t ms = 0;     // comparable with a window
  std::string doubt;  // why it cannot be believed, so that a window counts as over; mostly empty
};

class RunClock {
 public:
  // `boot`: in which the run was opened.
  RunClock(const Digest& boot, const std::vector<Record>& records);

  // Of a moment after the last record.
  RunTime At(const Moment& now) const;

  // At each of the records.
  static std::vector<int64_t> TimesOf(const Digest& boot, const std::vector<Record>& records);

 private:
  void Add(const Record& record);
  void GoOn(const Moment& moment);

  bool is_begun_ = false;
  RunTime time_;
  Moment last_;
  // Before a boot of which only a runner says something that had no right clock: the last moment
  // that is sure, and its time.
  std::optional<std::pair<Moment, int64_t>> sure_;
};

}  // namespace upgraph::history
