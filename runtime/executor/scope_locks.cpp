// Locks of scopes: what becomes of a wait for them, and whether they are still there.

#include <fmt/format.h>

#include "plan/graph.h"
#include "runtime/executor/runner.h"

namespace upgraph::executor {

using history::Direction;
using history::RecordKind;
using plan::StepId;

void Runner::TakeScopeResult(scheduler::GraphWalk* walk, WorkResult result) {
  const std::string& name = context_.plan.lock_scope(result.scope_id).locks.front().name;
  if (result.status.ok()) {
    held_[result.scope_id] = std::move(result.locks);
    walk->ScopeTaken(result.scope_id);
    Report(ProgressKind::kLockTaken, StepId(), name);
    return;
  }
  std::string why = result.status.error().message;
  std::vector<StepId> lost = walk->ScopeFailed(result.scope_id);
  if (history_.direction() == Direction::kForward || is_early_) {
    Fail("lock: " + why);
    return;
  }
  // Without its lock a step cannot go back; the rest can.
  for (StepId step_id : lost) {
    Record(RecordKind::kReverting, step_id, "");
    RecordStuck(step_id, "its lock was not to be had: " + why, false);
  }
}

// Why the step is not under its locks any more; empty: it is. Asks nobody: what has ended a lock
// has told so.
std::string Runner::FindLostLock(StepId step_id) const {
  const plan::LockScopeId innermost = context_.plan.step(step_id).lock_scope_id;
  if (held_.empty() || !innermost.has_value()) {
    return "";
  }
  for (const plan::LockScopeId scope_id : plan::EnclosingScopes(context_.plan, innermost)) {
    const auto held = held_.find(scope_id);
    if (held != held_.end() && held->second->HasLost()) {
      return fmt::format("`{}` was lost: whoever kept it has ended it",
                         context_.plan.lock_scope(scope_id).locks.front().name);
    }
  }
  return "";
}

bool Runner::HasItsLocks(StepId step_id) {
  const std::string lost = FindLostLock(step_id);
  if (!lost.empty()) {
    Fail("lock: " + lost);
  }
  return lost.empty();
}

}  // namespace upgraph::executor
