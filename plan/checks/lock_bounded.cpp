#include <fmt/format.h>

#include <cstdint>

#include "plan/checks/check.h"
#include "plan/graph.h"

namespace upgraph::plan {

extern const char* const kLockBoundedExplanation;
const char* const kLockBoundedExplanation = R"(Every lock is bounded in time.

`within` bounds how long the run waits for the lock, `hold` how long it keeps it: whoever else needs
the lock can rely on both. The steps inside must fit, and their way back, for which the lock is taken
again: the longest path through them, each at its estimate and each lock inside at its full wait, is
at most the hold. A `within` or `hold` of 0s counts as not given.

Bad:
    lock files.lock("/var/lib/dten") { sql.migrate(db, "payload/migrations") }

Good:
    lock files.lock("/var/lib/dten") within 30s hold 2m { sql.migrate(db, "payload/migrations") }
)";

void RunLockBounded(const Plan& plan, std::vector<Finding>* findings) {
  if (plan.lock_scopes.empty()) {
    return;
  }
  const std::vector<Duration> held = HoldTimes(plan);
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
    } else if (held[i].forward_ms > scope.hold_ms) {
      finding.message =
          fmt::format("the steps under `{}` take {}, and it is held for at most {}", name,
                      FormatDuration(held[i].forward_ms), FormatDuration(scope.hold_ms));
      finding.hint = "hold it longer, or move steps out of the lock";
    } else if (held[i].back_ms > scope.hold_ms) {
      finding.message = fmt::format(
          "the way back of the steps under `{}` takes {}, and it is held for at most {}", name,
          FormatDuration(held[i].back_ms), FormatDuration(scope.hold_ms));
      finding.hint = "hold it longer, or move steps out of the lock";
    } else {
      continue;
    }
    findings->push_back(std::move(finding));
  }
}

}  // namespace upgraph::plan
