#include <fmt/format.h>

#include "plan/checks/check.h"

namespace upgraph::plan {

extern const char* const kNoEstimateExplanation;
const char* const kNoEstimateExplanation =
    R"(Every command that changes something says how long it takes.

Downtime, window and the time to turn back are sums of what steps say they take. A command without
`takes` counts as nothing, and all three are then too small. The library's steps have estimates.

Bad:
    step build_cache(cache: Path) {
      phases prepare
      writes file(cache)
      reverses by compensation
      do     ["build-cache", cache]
      undo   ["drop-cache", cache]
    }

Good:
    step build_cache(cache: Path) {
      phases prepare
      writes file(cache)
      reverses by compensation
      takes  20s
      do     ["build-cache", cache]
      undo   ["drop-cache", cache]
    }
)";

void RunNoEstimate(const Plan& plan, std::vector<Finding>* findings) {
  for (const Step& step : plan.steps) {
    const bool changes = step.undo != UndoClass::kObserves;
    if (step.kind != StepKind::kCommand || !changes || step.takes_ms != 0) {
      continue;
    }
    findings->push_back({"no-estimate",
                         FindingSeverity::kWarning,
                         fmt::format("`{}` does not say how long it takes; times are too small by "
                                     "that much",
                                     step.name),
                         step.position,
                         "",
                         {},
                         fmt::format("add `takes 5s` to the declaration of `{}`", step.name)});
  }
}

}  // namespace upgraph::plan
