#include <fmt/format.h>

#include <cstdint>

#include "plan/checks/check.h"
#include "plan/graph.h"

namespace upgraph::plan {

extern const char* const kLockBoundedExplanation;
const char* const kLockBoundedExplanation = R"(Every lock is bounded in time.

`within` bounds how long the run waits for the lock, `hold` how long it keeps it: whoever else needs
the lock can rely on both. The steps inside must fit: what they are estimated to take, one after the
other, is at most the hold. A `within` or `hold` of 0s counts as not given.

Bad:
    lock files.lock("/var/lib/dten") { sql.migrate(db, "payload/migrations") }

Good:
    lock files.lock("/var/lib/dten") within 30s hold 2m { sql.migrate(db, "payload/migrations") }
)";

void RunLockBounded(const Plan& plan, std::vector<Finding>* findings) {
  std::vector<int64_t> takes_ms(plan.lock_scopes.size(), 0);
  for (const Step& step : plan.steps) {
    for (LockScopeId id : EnclosingScopes(plan, step.lock_scope_id)) {
      int64_t& sum_ms = takes_ms[id.index()];
      if (__builtin_add_overflow(sum_ms, step.takes_ms, &sum_ms)) {
        sum_ms = INT64_MAX;
      }
    }
  }
  for (size_t i = 0; i < plan.lock_scopes.size(); ++i) {
    const LockScope& scope = plan.lock_scopes[i];
    std::string name;
    for (const Lock& lock : scope.locks) {
      name += (name.empty() ? "" : ", ") + lock.name;
    }
    Finding finding{"lock-bounded", FindingSeverity::kError, "", scope.position, "", {}, ""};
    if (scope.within_ms == 0 || scope.hold_ms == 0) {
      finding.message =
          fmt::format("the lock `{}` has no {}; its wait and its hold must be bounded", name,
                      scope.hold_ms != 0     ? "`within`"
                      : scope.within_ms != 0 ? "`hold`"
                                             : "`within` and no `hold`");
      finding.hint = "write `within 30s hold 5m` after the lock";
    } else if (takes_ms[i] > scope.hold_ms) {
      finding.message =
          fmt::format("the steps under `{}` take {}, and it is held for at most {}", name,
                      FormatDuration(takes_ms[i]), FormatDuration(scope.hold_ms));
      finding.hint = "hold it longer, or move steps out of the lock";
    } else {
      continue;
    }
    findings->push_back(std::move(finding));
  }
}

}  // namespace upgraph::plan
