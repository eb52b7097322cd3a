#pragma once

// The private folders of a run: `stage/` in the run's own folder for targets on that mount, and
// `.upgraph-<run id>` at the root of every other mount that it writes to. Root-only; each foreign
// one is written down, durably, before it is made, so that whoever cleans up finds it.

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "plan/plan.h"
#include "runtime/env/env.h"
#include "runtime/steps/native_step.h"

namespace upgraph::steps {

class RunStaging {
 public:
  // `run_folder` is a host path that exists.
  RunStaging(env::Env& env, std::string run_folder, std::string run_id);

  // The private folders of one step; borrowed, lives as long as this.
  std::unique_ptr<Staging> ForStep(plan::StepId step_id);

 private:
  friend class StepStaging;
  Result<std::string> Folder(plan::StepId step_id, const std::string& path);

  env::Env& env_;
  std::string run_folder_;
  std::string run_id_;
  std::mutex mutex_;
  std::set<std::string> settled_;  // folders whose names this runner knows to be on the disk
};

// Whether all private folders of the run can be seen: one that is missing lies on a file system
// that is not mounted, or was never made.
Result<bool> IsStagingThere(env::Env& env, const std::string& run_folder);

// What SaveDrift sets aside bears this after its name; it is somebody else's, and stays.
inline constexpr const char* kDriftSuffix = ".drift";

// Removes every private folder of the run, its undo with it, but those of the steps in `kept`.
// Repeatable, and durable when it returns. Returns the places of what somebody else had changed,
// which are kept as well.
Result<std::vector<std::string>> RemoveStaging(env::Env& env, const std::string& run_folder,
                                               const std::set<plan::StepId>& kept = {});

}  // namespace upgraph::steps
