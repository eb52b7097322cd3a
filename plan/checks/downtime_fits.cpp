#include <fmt/format.h>

#include <algorithm>

#include "plan/checks/check.h"
#include "plan/graph.h"

namespace upgraph::plan {

extern const char* const kDowntimeFitsExplanation;
const char* const kDowntimeFitsExplanation = R"(The estimated downtime fits what was promised.

The downtime is the whole of `switch`: its longest path, each step at its estimate and each lock at
its full wait. It is an estimate, not a worst case: only a step's `timeout` bounds it. An upgrade
that switches something says what it promises.

Bad:
    downtime 1s
    switch { sql.migrate(db, "payload/migrations") }     // takes 5s

Good:
    downtime 10s
    switch { sql.migrate(db, "payload/migrations") }
)";

void RunDowntimeFits(const Plan& plan, std::vector<Finding>* findings) {
  bool switches = std::any_of(plan.steps.begin(), plan.steps.end(), [](const Step& step) {
    return step.phase == Phase::kSwitch && step.kind != StepKind::kJoin;
  });
  if (!switches) {
    return;
  }
  int64_t estimate_ms = CriticalPath(plan, Phase::kSwitch, Phase::kSwitch).forward_ms;
  if (plan.upgrade.downtime_ms == 0) {
    findings->push_back({"downtime-fits",
                         FindingSeverity::kWarning,
                         fmt::format("`switch` takes {} by estimate and no `downtime` is promised",
                                     FormatDuration(estimate_ms)),
                         plan.upgrade.position,
                         "",
                         {},
                         "write `downtime` with what was agreed"});
  } else if (estimate_ms > plan.upgrade.downtime_ms) {
    findings->push_back(
        {"downtime-fits",
         FindingSeverity::kError,
         fmt::format("`switch` takes {} by estimate; the promised downtime is {}",
                     FormatDuration(estimate_ms), FormatDuration(plan.upgrade.downtime_ms)),
         plan.upgrade.downtime_position,
         "",
         {},
         "move what can run beforehand to `prepare`, use `parallel`, or promise more"});
  }
}

}  // namespace upgraph::plan
