#include "runtime/steps/file_step.h"

namespace upgraph::steps {

Result<Estimate> FileStep::EstimateCost(const StepContext& context) const {
  UPGRAPH_ASSIGN(std::vector<Replacement> wanted, Wanted(context));
  return EstimateChanges(context, wanted);
}

Observation FileStep::Observe(const StepContext& context, const Captured* captured,
                              const Applied* applied) const {
  if (captured != nullptr) {
    return ObserveChanges(context, *captured, applied);
  }
  auto wanted = Wanted(context);
  if (!wanted.ok()) {
    return {World::kUnknown, wanted.error().message};
  }
  return ObserveWanted(context, *wanted);
}

Result<Captured> FileStep::Capture(const StepContext& context) const {
  UPGRAPH_ASSIGN(std::vector<Replacement> wanted, Wanted(context));
  return CaptureChanges(context, wanted);
}

Result<Applied> FileStep::Apply(const StepContext& context, const Captured& captured) const {
  return ApplyChanges(context, captured);
}

Status FileStep::Revert(const StepContext& context, const Captured& captured) const {
  return RevertChanges(context, captured);
}

std::string FileStep::WhereOldLies(env::Files& files, const Captured& captured) const {
  return WhereOldObjectsLie(files, captured);
}

Result<std::string> FileStep::SaveDrift(const StepContext& context,
                                        const Captured& captured) const {
  return SaveDriftOfChanges(context, captured);
}

}  // namespace upgraph::steps
