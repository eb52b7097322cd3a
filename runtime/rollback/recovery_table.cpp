// Invariants: nothing is applied twice unless that is harmless; what a finished step left is only
// put back over exactly that, or after the foreign state was saved; what cannot be seen is never
// guessed. Only a step in doubt (captured, reverting) is put back from `neither` without a word:
// the half-way state is our own.

#include "runtime/rollback/recovery_table.h"

#include "base/check.h"

namespace upgraph::rollback {
namespace {

using history::Direction;
using history::StepState;

RecoveryRow DecideForward(const Situation& situation) {
  switch (situation.world) {
    case World::kBefore:
      return {"forward captured before", Decision::kApply};
    case World::kAfter:
      return {"forward captured after", Decision::kRecordApplied};
    case World::kNeither:
      return situation.repeats_safely
                 ? RecoveryRow{"forward captured neither repeatable", Decision::kApply}
                 : RecoveryRow{"forward captured neither once", Decision::kStick};
    case World::kUnknown:
      return {"forward captured unknown", Decision::kAskAgain};
  }
  UPGRAPH_UNREACHABLE("world");
}

RecoveryRow DecideBackInDoubt(const Situation& situation) {
  bool is_captured = situation.state == StepState::kCaptured;
  switch (situation.world) {
    case World::kBefore:
      // The restored state may not be on the disk yet; reverting again syncs it.
      return is_captured ? RecoveryRow{"back captured before", Decision::kRecordReverted}
                         : RecoveryRow{"back reverting before", Decision::kRevert};
    case World::kAfter:
      return {is_captured ? "back captured after" : "back reverting after", Decision::kRevert};
    case World::kNeither:
      return {is_captured ? "back captured neither" : "back reverting neither", Decision::kRevert};
    case World::kUnknown:
      return {is_captured ? "back captured unknown" : "back reverting unknown",
              Decision::kAskAgain};
  }
  UPGRAPH_UNREACHABLE("world");
}

RecoveryRow DecideBackApplied(const Situation& situation) {
  switch (situation.world) {
    case World::kBefore:
      return {"back applied before", Decision::kRecordReverted};
    case World::kAfter:
      return {"back applied after", Decision::kRevert};
    case World::kNeither:
      return situation.saves_drift
                 ? RecoveryRow{"back applied drift file", Decision::kSaveThenRevert}
                 : RecoveryRow{"back applied drift data", Decision::kStick};
    case World::kUnknown:
      return {"back applied unknown", Decision::kAskAgain};
  }
  UPGRAPH_UNREACHABLE("world");
}

}  // namespace

RecoveryRow Decide(const Situation& situation) {
  if (situation.direction == Direction::kForward) {
    UPGRAPH_CHECK(situation.state == StepState::kCaptured);
    return DecideForward(situation);
  }
  if (situation.state == StepState::kApplied) {
    return DecideBackApplied(situation);
  }
  UPGRAPH_CHECK(situation.state == StepState::kCaptured ||
                situation.state == StepState::kReverting);
  return DecideBackInDoubt(situation);
}

}  // namespace upgraph::rollback
