#include <fmt/format.h>

#include "plan/checks/check.h"

namespace upgraph::plan {

extern const char* const kGateMissingDataExplanation;
const char* const kGateMissingDataExplanation = R"(Every gate says what a missing sample means.

A broken upgrade often takes its metrics with it: the graph is empty, and an empty graph breaks no
limit. So a gate says what no answer means: `missing fails` counts it as a sample that does not hold,
`missing waits` as none, so that the gate goes on that much longer, at most for as long again, and
`missing passes` as one that holds.

Bad:
    gate edge for 10m, every 15s { prom.p99("edge") <= 0.2 }

Good:
    gate edge for 10m, every 15s, missing fails { prom.p99("edge") <= 0.2 }
)";

void RunGateMissingData(const Plan& plan, std::vector<Finding>* findings) {
  for (const Gate& gate : plan.gates) {
    if (gate.missing == Missing::kUnsaid) {
      findings->push_back({"gate-missing-data",
                           FindingSeverity::kError,
                           fmt::format("gate `{}` does not say what a missing sample means; no "
                                       "answer is not a good one",
                                       gate.name),
                           gate.position,
                           "",
                           {},
                           "add `missing fails`, `missing waits` or `missing passes`"});
    }
  }
}

}  // namespace upgraph::plan
