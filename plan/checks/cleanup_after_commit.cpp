#include <fmt/format.h>

#include "plan/checks/check.h"

namespace upgraph::plan {

extern const char* const kCleanupAfterCommitExplanation;
const char* const kCleanupAfterCommitExplanation = R"(Cleanup leaves the way back for a while.

After the commit `upgraph rollback` still brings the old version back, until something that has no way
back was done. A step that reverses never takes that way with it: it waits, in `cleanup after 7d`, until
nobody will want to go back. What is done so late is done again when it failed, so it must be safe to
repeat.

Bad:
    cleanup { drop_old_tables(db) }             // reverses never

Good:
    cleanup after 7d { drop_old_tables(db) }
)";

void RunCleanupAfterCommit(const Plan& plan, std::vector<Finding>* findings) {
  for (const Step& step : plan.steps) {
    if (step.phase != Phase::kCleanup || step.kind == StepKind::kJoin) {
      continue;
    }
    Finding finding;
    finding.check = "cleanup-after-commit";
    finding.position = step.position;
    if (step.repeat == Repeat::kOnce && step.delay_ms > 0) {
      finding.message = fmt::format(
          "`{}` must not be done twice; what is done {} after the commit is tried until it is done",
          step.name, FormatDuration(step.delay_ms));
      finding.hint = "make it `repeat safe`, or do it right after the commit";
    } else if (step.undo == UndoClass::kNever && step.delay_ms == 0 && !step.ends.has_value()) {
      finding.severity = FindingSeverity::kWarning;
      finding.message = fmt::format(
          "`{}` cannot be undone ({}), and right after the commit it takes the way back with it",
          step.name, step.undo_reason);
      finding.hint = "move it to `cleanup after 7d { … }`";
    } else {
      continue;
    }
    findings->push_back(std::move(finding));
  }
}

}  // namespace upgraph::plan
