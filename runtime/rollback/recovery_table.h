#pragma once

// What to do with a step that is not finished, after the world was asked: one labelled row for
// each case, so that every case has a test with its label. Pure.

#include <string>

#include "runtime/history/record.h"

namespace upgraph::rollback {

// As steps::World; stated again because this folder knows no steps.
enum class World { kBefore, kAfter, kNeither, kUnknown };

enum class Decision {
  kApply,           // make the change (again): steps are safe to repeat
  kRecordApplied,   // it is made and must not be made again, but may not be on the disk yet
  kRevert,          // put it back
  kRecordReverted,  // it already is as it was
  kSaveThenRevert,  // somebody else changed it: save, name, put back
  kStick,           // a person decides
  kAskAgain,        // cannot be seen now
};

struct Situation {
  history::Direction direction = history::Direction::kForward;
  history::StepState state = history::StepState::kPending;  // captured, applied or reverting
  World world = World::kUnknown;
  bool repeats_safely = true;  // applying twice is harmless
  bool saves_drift = true;     // files and keys; false: data
};

struct RecoveryRow {
  const char* label;
  Decision decision;
};

// Every situation has exactly one row; the label is its stable name.
RecoveryRow Decide(const Situation& situation);

}  // namespace upgraph::rollback
