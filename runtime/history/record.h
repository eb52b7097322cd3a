#pragma once

// One record of a journal, and the words for states. No I/O, no threads.

#include <cstdint>
#include <optional>
#include <string>

#include "base/digest.h"
#include "plan/plan.h"

namespace upgraph::history {

enum class RecordKind : uint8_t {
#define UPGRAPH_RECORD_KIND(Name, number, name) k##Name = number,
#include "runtime/history/record_kind.def"
#undef UPGRAPH_RECORD_KIND
};
const char* RecordKindName(RecordKind kind);
bool IsRecordKind(int64_t number);

enum class Direction { kForward, kBack };

// Frozen numbers.
enum class StepState : uint8_t {
  kPending = 0,    // nothing was done
  kFound = 1,      // the host already was so; never touched by this run
  kCaptured = 2,   // the intent is durable: the effect may be none, half, or whole
  kApplied = 3,    // the effect is durable
  kReverting = 4,  // on the way back: half or whole
  kReverted = 5,   // what capture saw stands again
  kStuck = 6,      // could not be put back: needs a person
  kBlocked = 7,    // waits for one that is stuck
};
inline constexpr size_t kStepStateCount = 8;
const char* StepStateName(StepState state);

enum class RunState : uint8_t {
  kOpen = 0,
  kParked = 1,
  kTurningBack = 2,
  kCommitted = 3,
  kRolledBack = 4,
  kIncomplete = 5,
};
const char* RunStateName(RunState state);  // "turning back"

struct Record {
  RecordKind kind = RecordKind::kRunOpen;
  plan::StepId step_id;  // of records about a step
  uint32_t attempt = 0;
  int64_t wall_ms = 0;
  int64_t boot_ms = 0;
  std::string text;  // for people; cut at kRecordTextBytesMax
  Digest digest;     // see record_kind.def
};

// The hop that a record `up` or `down` is about: the number that its text begins with.
std::optional<uint32_t> HopOf(const Record& record);
// The condition of its step that a record `held` or `broken` is about: the same.
std::optional<uint32_t> ConditionOf(const Record& record);
// What that says beside the number; empty: nothing.
std::string BesideNumber(const Record& record);

// How the text of a run's first record begins when it is to be parked after prepare.
inline constexpr const char* kUntilPrepare = "until prepare: ";

// The text of a record; longer ones are cut, so that every record fits its preallocated row.
inline constexpr size_t kRecordTextBytesMax = 240;

}  // namespace upgraph::history
