#include <fmt/format.h>

#include <optional>

#include "plan/checks/check.h"
#include "plan/graph.h"

namespace upgraph::plan {

extern const char* const kRebootAloneExplanation;
const char* const kRebootAloneExplanation = R"(A reboot has the host to itself.

A reboot ends everything that runs, the run as well, which goes on in the next boot. A step that works
beside it would be cut off anywhere, on each run; a lock is gone with whoever held it, and anybody
may have taken it before the run is there again. So every other step comes before a reboot or after
it, and no lock is held over it.

Bad:
    parallel {
      host.reboot()
      files.install("payload/release", to: "/etc/dten/release")
    }

Good:
    files.install("payload/release", to: "/etc/dten/release")
    host.reboot()
)";

void RunRebootAlone(const Plan& plan, std::vector<Finding>* findings) {
  std::optional<Reachability> reachability;  // made when one is met
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    if (!IsReboot(step)) {
      continue;
    }
    if (!reachability.has_value()) {
      reachability.emplace(plan);
    }
    Finding finding;
    finding.check = "reboot-alone";
    finding.position = step.position;
    if (step.lock_scope_id.has_value()) {
      finding.message =
          fmt::format("`{}` ends everything that runs, and holds a lock over it", step.name);
      finding.second_message = "the lock that is lost";
      finding.second_position = plan.lock_scope(step.lock_scope_id).position;
      finding.hint = "put it before the lock, or after it";
      findings->push_back(finding);
    }
    for (uint32_t other = 0; other < plan.steps.size() && !reachability->IsBarrier(StepId(i));
         ++other) {
      const bool is_beside = plan.steps[other].kind != StepKind::kJoin && other != i &&
                             !reachability->AreOrdered(StepId(i), StepId(other));
      if (is_beside) {
        finding.message = fmt::format("`{}` (`{}`) is at work in no order with `{}`, which reboots",
                                      plan.steps[other].name, plan.steps[other].path, step.path);
        finding.second_message = fmt::format("`{}` here", plan.steps[other].name);
        finding.second_position = plan.steps[other].position;
        finding.hint = "put them in sequence";
        findings->push_back(finding);
        break;
      }
    }
  }
}

}  // namespace upgraph::plan
