#pragma once

// When each step was at work in a run, forward and back, worked out of the journal's records. Pure.

#include <cstdint>
#include <string>
#include <vector>

#include "plan/plan.h"
#include "runtime/history/record.h"

namespace upgraph::history {

enum class TryEnd : uint8_t {
  kApplied,      // forward: done, or it holds
  kFound,        // forward: it was so already, and is not ours
  kFailed,       // forward
  kReverted,     // back
  kStuck,        // back
  kInterrupted,  // its runner died, or the run turned back; what became of it is said by the next
  kOpen,         // no record ends it
};
const char* TryEndName(TryEnd end);  // "applied"

// One try of a step in one direction. Times are those of the run (runtime/history/window.h).
struct Try {
  plan::StepId step_id;
  Direction direction = Direction::kForward;
  uint32_t attempt = 1;  // counted in its direction
  int64_t begin_ms = 0;
  int64_t end_ms = 0;
  // No record says when it began: a check has none, a second try has none. It began at `begin_ms`
  // or later; until then it waited. Of a preflight, which is over before there is a record, nothing
  // is known but that.
  bool is_begin_guessed = false;
  TryEnd end = TryEnd::kOpen;
  std::string text;  // why it failed or is stuck
};

// In the order in which the tries ended; those that are open come last. `times_ms` are those of the
// records: RunClock::TimesOf(). `now_ms`: up to when an open try has lasted.
std::vector<Try> TriesOf(const plan::Plan& plan, const std::vector<Record>& records,
                         const std::vector<int64_t>& times_ms, int64_t now_ms);

}  // namespace upgraph::history
