#include <fmt/format.h>

#include <algorithm>

#include "plan/checks/check.h"
#include "plan/graph.h"

namespace upgraph::plan {

extern const char* const kDowntimeFitsExplanation;
const char* const kDowntimeFitsExplanation = R"(The estimated downtime fits what was promised.

The downtime is the whole of `switch`: its longest path, each step at its estimate and each lock at
its full wait; branches that need the same lock count one after another. It is an estimate, not a
worst case: only a step's `timeout` bounds it. An upgrade whose `switch` changes something says what
it promises; without a promise that is a warning, as there is nothing to hold it to.

Bad:
    downtime 1s
    switch { sql.migrate(db, "payload/migrations") }     // takes 5s

Good:
    downtime 10s
    switch { sql.migrate(db, "payload/migrations") }
)";

void RunDowntimeFits(const Plan& plan, std::vector<Finding>* findings) {
  bool switches = std::any_of(plan.steps.begin(), plan.steps.end(), [](const Step& step) {
    return step.phase == Phase::kSwitch && step.undo != UndoClass::kObserves;
  });
  if (!switches) {
    return;
  }
  int64_t estimate_ms = CriticalPathForward(plan, Phase::kSwitch, Phase::kSwitch);
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
    Finding finding;
    finding.check = "downtime-fits";
    finding.message =
        fmt::format("`switch` takes {} by estimate; the promised downtime is {}",
                    FormatDuration(estimate_ms), FormatDuration(plan.upgrade.downtime_ms));
    finding.position = plan.upgrade.downtime_position;
    const std::vector<StepId> path = CriticalSteps(plan, Phase::kSwitch, Phase::kSwitch);
    const auto longest = std::max_element(path.begin(), path.end(), [&](StepId a, StepId b) {
      return plan.step(a).takes_ms < plan.step(b).takes_ms;
    });
    if (longest != path.end()) {
      const Step& step = plan.step(*longest);
      finding.second_message =
          path.size() == 1 ? fmt::format("`{}` takes all of it", step.name)
                           : fmt::format("`{}` takes {}, the most on the longest path of {} steps",
                                         step.name, FormatDuration(step.takes_ms), path.size());
      finding.second_position = step.position;
    }
    finding.hint = "move what can run beforehand to `prepare`, use `parallel`, or promise more";
    findings->push_back(std::move(finding));
  }
}

}  // namespace upgraph::plan
