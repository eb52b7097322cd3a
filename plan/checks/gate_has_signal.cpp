#include <fmt/format.h>

#include "plan/checks/check.h"

namespace upgraph::plan {

extern const char* const kGateHasSignalExplanation;
const char* const kGateHasSignalExplanation = R"(Every gate looks at something.

A gate that compares no signal holds whatever happens: it costs its time and protects nothing, and
whoever reads the plan believes that something was watched.

Bad:
    verify { gate edge for 10m, every 15s, missing fails { } }

Good:
    verify {
      gate edge for 10m, every 15s, missing fails {
        http.code("http://127.0.0.1:8080/health") == 200
      }
    }
)";

void RunGateHasSignal(const Plan& plan, std::vector<Finding>* findings) {
  for (const Gate& gate : plan.gates) {
    if (gate.conditions.empty()) {
      findings->push_back({"gate-has-signal",
                           FindingSeverity::kError,
                           fmt::format("gate `{}` looks at nothing; it needs a condition that "
                                       "compares a signal",
                                       gate.name),
                           gate.position,
                           "",
                           {},
                           "write what has to hold: `prom.p99(\"edge\") <= 1.1 * baseline`"});
    }
  }
}

}  // namespace upgraph::plan
