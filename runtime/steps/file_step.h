#pragma once

// The base of every step that changes files: it only says which objects it wants in place of which,
// and everything else (estimate, capture, apply, revert, drift) is the same for all of them.

#include <string>
#include <vector>

#include "runtime/steps/change_set.h"
#include "runtime/steps/native_step.h"

namespace upgraph::steps {

class FileStep : public NativeStep {
 public:
  // What the step wants on this host, computed from the world as it is now; changes nothing. Also
  // called when the host may already be as wanted. Errors refuse the step (preflight) or fail it.
  virtual Result<std::vector<Replacement>> Wanted(const StepContext& context) const = 0;

  Result<Estimate> EstimateCost(const StepContext& context) const final;
  Observation Observe(const StepContext& context, const Captured* captured,
                      const Applied* applied) const final;
  Result<Captured> Capture(const StepContext& context) const final;
  Result<Applied> Apply(const StepContext& context, const Captured& captured) const final;
  Status Revert(const StepContext& context, const Captured& captured) const final;
  std::string WhereOldLies(env::Files& files, const Captured& captured) const final;
  WayBackNeeds way_back_needs() const final { return WayBackNeeds::kFiles; }
  Drift drift() const final { return Drift::kSaveAndRestore; }
  Result<std::string> SaveDrift(const StepContext& context, const Captured& captured) const final;
};

}  // namespace upgraph::steps
