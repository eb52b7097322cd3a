#include <fmt/format.h>

#include "plan/checks/check.h"

namespace upgraph::plan {

extern const char* const kNoWaitUnderLockExplanation;
const char* const kNoWaitUnderLockExplanation =
    R"(Nothing waits for the outside while it holds a lock.

A lock keeps others out, and its steps should do their work and leave. A step that waits for a health
page, for a gate or for a person takes as long as those want; everybody else stands before the
lock meanwhile, and what it waits for may need the lock itself. Steps that wait say `waits` in their
declaration.

Bad:
    lock files.lock("/var/lib/dten") within 30s hold 5m {
      http.expect("http://127.0.0.1:8080/health", within: 1m)
    }

Good:
    http.expect("http://127.0.0.1:8080/health", within: 1m)
)";

void RunNoWaitUnderLock(const Plan& plan, std::vector<Finding>* findings) {
  for (const Step& step : plan.steps) {
    // What only looks once, as the library says with an estimate of nothing, does not wait.
    const bool waits = step.kind == StepKind::kGate ||
                       (step.waits && (step.takes_ms > 0 || step.kind == StepKind::kCommand));
    if (!waits || !step.lock_scope_id.has_value()) {
      continue;
    }
    const LockScope& scope = plan.lock_scope(step.lock_scope_id);
    Finding finding;
    finding.check = "no-wait-under-lock";
    finding.severity = FindingSeverity::kWarning;
    finding.message = fmt::format("`{}` waits for the outside and holds the lock `{}`", step.name,
                                  scope.locks.empty() ? "" : scope.locks.front().name);
    finding.position = step.position;
    finding.second_message = "the lock that others wait for meanwhile";
    finding.second_position = scope.position;
    finding.hint = "move it out of the lock";
    findings->push_back(std::move(finding));
  }
}

}  // namespace upgraph::plan
