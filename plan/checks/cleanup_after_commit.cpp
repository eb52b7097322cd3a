#include <fmt/format.h>

#include <algorithm>

#include "plan/checks/check.h"

namespace upgraph::plan {

extern const char* const kCleanupAfterCommitExplanation;
const char* const kCleanupAfterCommitExplanation = R"(Cleanup leaves the way back for a while.

After the commit `upgraph rollback` still brings the old version back, for as long as `retain` says (7d
where it is not said), or until something was done that has no way back. In a `cleanup` without a time such
a step waits until `retain` ends, and what stands below it waits with it. In `cleanup after 3d` it is done
then: where that is sooner, the way back is shorter than it was promised. `retain 0s` says that nobody will
want one. What is done so late is done again when it failed, so it must be safe to repeat.

What a watch does is undone with the rest, as long as there is a way back.

Bad:
    retain 7d
    cleanup after 3d { drop_old_tables(db) }    // reverses never
    watch 14d every 1h { … } else { flags.set("new", off) }

Good:
    retain 14d
    cleanup { drop_old_tables(db) }             // 14d after the commit
    watch 14d every 1h { … } else { flags.set("new", off) }
)";

namespace {

// What takes the way back with it, sooner than was said.
bool EndsWayBack(const Plan& plan, const Step& step) {
  if (step.undo != UndoClass::kNever || step.ends.has_value() || step.waits_for_retain) {
    return false;
  }
  return step.delay_ms == 0
             ? plan.upgrade.retain_ms != 0
             : !plan.upgrade.retain_position.path.empty() && step.delay_ms < plan.upgrade.retain_ms;
}

bool HasAnswer(const Plan& plan, StepId watch_id) {
  return std::any_of(plan.steps.begin(), plan.steps.end(),
                     [&](const Step& step) { return step.watch_id == watch_id; });
}

}  // namespace

void RunCleanupAfterCommit(const Plan& plan, std::vector<Finding>* findings) {
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    if (step.phase != Phase::kCleanup || step.kind == StepKind::kJoin) {
      continue;
    }
    Finding finding;
    finding.check = "cleanup-after-commit";
    finding.position = step.position;
    const std::string delay = FormatDuration(step.delay_ms);
    const std::string retain = FormatDuration(plan.upgrade.retain_ms);
    if (step.repeat == Repeat::kOnce && step.delay_ms > 0) {
      finding.message = fmt::format(
          "`{}` must not be done twice; what is done {} after the commit is tried until it is done",
          step.name, delay);
      finding.hint = "make it `repeat safe`, or do it right after the commit";
    } else if (EndsWayBack(plan, step) && step.delay_ms == 0) {
      finding.severity = FindingSeverity::kWarning;
      finding.message = fmt::format(
          "`{}` cannot be undone ({}), and right after the commit it takes the way back with it",
          step.name, step.undo_reason.str());
      finding.hint = step.repeat == Repeat::kOnce
                         ? "made `repeat safe` it waits until `retain` ends; `retain 0s` says that "
                           "nobody will want to go back"
                         : "move it to `cleanup after 7d { … }`";
    } else if (EndsWayBack(plan, step)) {
      finding.severity = FindingSeverity::kWarning;
      finding.message = fmt::format(
          "`{}` cannot be undone ({}), and {} after the commit it takes the way back with it, "
          "which "
          "is promised for {}",
          step.name, step.undo_reason.str(), delay, retain);
      finding.second_message = "promised here";
      finding.second_position = plan.upgrade.retain_position;
      finding.hint = "in a `cleanup` without a time it waits until `retain` ends";
    } else if (step.kind == StepKind::kWatch && !plan.upgrade.retain_position.path.empty() &&
               plan.gate(step.gate_id).for_ms > plan.upgrade.retain_ms &&
               HasAnswer(plan, StepId(i))) {
      finding.severity = FindingSeverity::kWarning;
      finding.message =
          fmt::format("what this watch does after {} cannot be undone any more: it looks for {}",
                      retain, FormatDuration(plan.gate(step.gate_id).for_ms));
      finding.second_message = "retained only so long";
      finding.second_position = plan.upgrade.retain_position;
      finding.hint = fmt::format("write `retain {}`, or take `retain` out",
                                 FormatDuration(plan.gate(step.gate_id).for_ms));
    } else {
      continue;
    }
    findings->push_back(std::move(finding));
  }
}

}  // namespace upgraph::plan
