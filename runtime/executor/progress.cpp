#include "runtime/executor/run.h"

namespace upgraph::executor {

const char* ProgressKindName(ProgressKind kind) {
  switch (kind) {
    case ProgressKind::kRunOpened:
      return "run-opened";
    case ProgressKind::kResumed:
      return "resumed";
    case ProgressKind::kChecking:
      return "checking";
    case ProgressKind::kCapturing:
      return "capturing";
    case ProgressKind::kApplying:
      return "applying";
    case ProgressKind::kApplied:
      return "applied";
    case ProgressKind::kFound:
      return "found";
    case ProgressKind::kRetrying:
      return "retrying";
    case ProgressKind::kFailed:
      return "failed";
    case ProgressKind::kReverting:
      return "reverting";
    case ProgressKind::kReverted:
      return "reverted";
    case ProgressKind::kDrift:
      return "drift";
    case ProgressKind::kStuck:
      return "stuck";
    case ProgressKind::kBlocked:
      return "blocked";
    case ProgressKind::kSettled:
      return "settled";
    case ProgressKind::kAccepted:
      return "accepted";
    case ProgressKind::kHeldAgain:
      return "held-again";
    case ProgressKind::kBroken:
      return "broken";
    case ProgressKind::kNotInhibited:
      return "not-inhibited";
    case ProgressKind::kLockWaiting:
      return "lock-waiting";
    case ProgressKind::kLockTaken:
      return "lock-taken";
    case ProgressKind::kLockFreed:
      return "lock-freed";
    case ProgressKind::kTurningBack:
      return "turning-back";
    case ProgressKind::kLate:
      return "late";
    case ProgressKind::kParked:
      return "parked";
    case ProgressKind::kCommitted:
      return "committed";
    case ProgressKind::kRolledBack:
      return "rolled-back";
    case ProgressKind::kIncomplete:
      return "incomplete";
    case ProgressKind::kFinished:
      return "finished";
  }
  UPGRAPH_UNREACHABLE("progress kind");
}

}  // namespace upgraph::executor
