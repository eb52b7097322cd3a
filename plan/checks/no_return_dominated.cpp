#include <fmt/format.h>

#include <algorithm>

#include "plan/checks/check.h"

namespace upgraph::plan {

extern const char* const kNoReturnDominatedExplanation;
const char* const kNoReturnDominatedExplanation =
    R"(What decides comes before the point of no return.

`commit "why"` in `switch` is where an upgrade can no longer turn back: below it a failure is retried
forward, and then needs a person. So everything below must be safe to do again, and nothing below can
save the upgrade any more: a gate or a test in `verify` that fails there changes nothing. A `commit`
below which every step has its way back gives that away for nothing.

Bad:
    switch {
      commit "the old data directory cannot be started again"
      systemd.start("db.service")             // it could have been stopped again
    }

Good:
    switch {
      systemd.stop("db.service")
      commit "the old data directory cannot be started again"
      upgrade_in_place("/var/lib/db")         // reverses never, repeat safe
    }
)";

void RunNoReturnDominated(const Plan& plan, std::vector<Finding>* findings) {
  const auto commit = std::find_if(plan.steps.begin(), plan.steps.end(),
                                   [](const Step& step) { return step.kind == StepKind::kCommit; });
  if (commit == plan.steps.end()) {
    return;
  }
  bool has_final_step = false;
  for (auto step = commit + 1; step != plan.steps.end() && step->phase != Phase::kCleanup; ++step) {
    has_final_step = has_final_step || step->undo == UndoClass::kNever;
    Finding finding;
    finding.check = "no-return-dominated";
    finding.position = step->position;
    finding.second_message = "the point of no return";
    finding.second_position = commit->position;
    if (step->repeat == Repeat::kOnce && step->undo != UndoClass::kObserves) {
      finding.message = fmt::format(
          "`{}` must not be done twice, and stands below the point of no return, where steps are "
          "retried until they are done",
          step->name);
      finding.hint = "move it above `commit`, or make it `repeat safe`";
    } else if (step->phase == Phase::kVerify && step->kind != StepKind::kJoin) {
      finding.severity = FindingSeverity::kWarning;
      finding.message = fmt::format(
          "`{}` looks when nothing can turn back any more; what decides stands above the point of "
          "no return",
          step->title);
      finding.hint = "look before it, where a failure still brings everything back";
    } else {
      continue;
    }
    findings->push_back(std::move(finding));
  }
  if (!has_final_step) {
    findings->push_back(
        {"no-return-dominated",
         FindingSeverity::kWarning,
         "every step below this point of no return has its way back, which it gives "
         "up",
         commit->position,
         "",
         {},
         "take `commit` out, or move it down to the step that needs it"});
  }
}

}  // namespace upgraph::plan
