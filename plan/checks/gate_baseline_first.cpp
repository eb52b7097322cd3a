#include <fmt/format.h>

#include <algorithm>

#include "plan/checks/check.h"

namespace upgraph::plan {

extern const char* const kGateBaselineFirstExplanation;
const char* const kGateBaselineFirstExplanation = R"(A baseline is from before the first change.

`baseline 1h` in the head of a gate says over which time `baseline` is the average: the hour before
the run changes anything. A signal that knows its past (a Prometheus server) is asked for it; any
other is measured for that long before the run begins. Without it there is nothing to compare with
but what the upgrade itself has made. A `baseline` that no condition uses costs its time for nothing.

Bad:
    gate edge for 10m, every 15s, missing fails { prom.p99("edge") <= 1.1 * baseline }

Good:
    gate edge for 10m, every 15s, baseline 1h, missing fails { prom.p99("edge") <= 1.1 * baseline }
)";

void RunGateBaselineFirst(const Plan& plan, std::vector<Finding>* findings) {
  for (const Gate& gate : plan.gates) {
    const auto user =
        std::find_if(gate.conditions.begin(), gate.conditions.end(),
                     [](const Condition& condition) { return condition.baseline_factor != 0; });
    const bool has_user = user != gate.conditions.end();
    Finding finding;
    finding.check = "gate-baseline-first";
    if (has_user && gate.baseline_ms == 0) {
      finding.message = fmt::format(
          "`{}` compares with a baseline, and gate `{}` does not say from which time before the "
          "run",
          user->title, gate.name);
      finding.position = user->position;
      finding.second_message = "the gate";
      finding.second_position = gate.position;
      finding.hint = "add `baseline 1h` to the gate";
    } else if (!has_user && gate.baseline_ms != 0) {
      finding.severity = FindingSeverity::kWarning;
      finding.message = fmt::format("gate `{}` takes a baseline of {} and compares nothing with it",
                                    gate.name, FormatDuration(gate.baseline_ms));
      finding.position = gate.position;
      finding.hint = "take it out, or compare a signal with `baseline`";
    } else {
      continue;
    }
    findings->push_back(std::move(finding));
  }
}

}  // namespace upgraph::plan
