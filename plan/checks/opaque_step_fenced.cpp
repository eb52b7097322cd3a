#include <fmt/format.h>

#include "plan/checks/check.h"

namespace upgraph::plan {

extern const char* const kOpaqueStepFencedExplanation;
const char* const kOpaqueStepFencedExplanation =
    R"(A command that may not run twice can be asked whether it ran.

When a run dies in the middle of a command, the next one asks `observe` what the world is. A command
without it counts as half done, and is done again where that is harmless. With `repeat once` it is
not: the run would stand still until a person decides. And a command that is `shared`, because it
writes what several hosts use, runs under a lock, so that two hosts do not run it at once.

Bad:
    repeat once
    do     ["send-invoices", month]
    undo   ["cancel-invoices", month]

Good:
    repeat  once
    do      ["send-invoices", month]
    undo    ["cancel-invoices", month]
    observe ["invoices-sent", month]
)";

void RunOpaqueStepFenced(const Plan& plan, std::vector<Finding>* findings) {
  for (const Step& step : plan.steps) {
    if (step.kind != StepKind::kCommand || step.undo == UndoClass::kObserves) {
      continue;
    }
    Finding finding{"opaque-step-fenced", FindingSeverity::kWarning, "", step.position, "", {}, ""};
    if (step.repeat == Repeat::kOnce && step.observe_command.empty()) {
      finding.message = fmt::format(
          "`{}` may run once only, and nothing tells after a crash whether it did", step.name);
      finding.hint = fmt::format("add `observe [...]` to the declaration of `{}`", step.name);
      findings->push_back(finding);
    }
    if (step.is_shared && !step.lock_scope_id.has_value()) {
      finding.message = fmt::format(
          "`{}` writes what several hosts share and holds no lock; two hosts may run it at once",
          step.name);
      finding.hint = "put it into `lock … within 30s hold 10m { … }`";
      findings->push_back(finding);
    }
  }
}

}  // namespace upgraph::plan
