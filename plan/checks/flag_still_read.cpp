#include <fmt/format.h>

#include <algorithm>

#include "plan/checks/check.h"
#include "plan/checks/resource_forest.h"

namespace upgraph::plan {

extern const char* const kFlagStillReadExplanation;
const char* const kFlagStillReadExplanation = R"(A flag is taken away after its last use.

What reads a flag that is gone falls back to whatever its author took for the default, and a step that
sets it afterwards brings it back for good. So no step reads, needs or sets a flag once it was removed,
unless it was made again. Who reads a flag says so, `reads flag(name)`; what no step declares, the
code of the product itself, this check does not see.

Bad:
    cleanup {
      flags.remove("legacy-netd")
      report_flag("legacy-netd")        // reads flag(…)
    }

Good:
    cleanup {
      report_flag("legacy-netd")
      flags.remove("legacy-netd")
    }
)";

namespace {

bool Removes(const Step& step) { return step.native == "flags.remove"; }
bool Makes(const Step& step) { return step.native == "flags.create"; }

}  // namespace

void RunFlagStillRead(const Plan& plan, std::vector<Finding>* findings) {
  if (std::none_of(plan.steps.begin(), plan.steps.end(), Removes)) {
    return;
  }
  // In the order of the steps; of two that run in no order unordered-conflict speaks.
  const ResourceForest forest(plan.resources);
  std::vector<StepId> removed_by(forest.size());
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    bool is_found = false;
    for (const Effect& effect : step.effects) {
      const Resource& resource = plan.resource(effect.resource_id);
      if (resource.kind != "flag" || resource.is_unknown) {
        continue;
      }
      StepId& removed = removed_by[forest.NodeOf(effect.resource_id)];
      if (Removes(step)) {
        removed = removed.has_value() ? removed : StepId(i);
      } else if (Makes(step)) {
        removed = StepId();
      } else if (removed.has_value() && !is_found) {
        const Step& remove = plan.step(removed);
        findings->push_back({"flag-still-read", FindingSeverity::kError,
                             fmt::format("`{}` {} `{}`, which is removed by then", step.name,
                                         EffectKindName(effect.kind), resource.Name()),
                             step.position, "removed here", remove.position,
                             "remove the flag after its last use"});
        is_found = true;  // a write and a read of one flag are one mistake
      }
    }
  }
}

}  // namespace upgraph::plan
