#pragma once

// What a worker does for one step: calls the step's contract in the right order and nothing else.
// Records are the business of the runner.

#include <atomic>
#include <map>
#include <memory>
#include <string>

#include "plan/plan.h"
#include "runtime/env/env.h"
#include "runtime/executor/host_access.h"
#include "runtime/executor/worker_pool.h"
#include "runtime/history/run_history.h"
#include "runtime/package/payload.h"
#include "runtime/steps/staging.h"

namespace upgraph::executor {

// Of each gate, beside its conditions; 0 where a condition has none.
using Baselines = std::map<plan::StepId, std::vector<double>>;

// What all work of one run shares; constant while workers run, but for `cancel`.
struct RunContext {
  env::Env& env;
  const plan::Plan& plan;  // resolved
  const package::Payload& payload;
  steps::RunStaging* staging = nullptr;  // null: nothing may be staged (preflight)
  std::string run_id;
  uint64_t epoch = 0;
  int work_lock_fd = -1;
  const std::atomic<bool>& cancel;
  const HostAccess& host;
  Baselines baselines = {};
};

// How often a step that cannot be seen is asked again, and how often a revert is tried.
inline constexpr int kObserveTries = 3;
inline constexpr int kRevertTries = 3;
inline constexpr int64_t kTryWaitMs = 50;  // doubled each time

// Whether the step can work here at all, and what it would need.
Result<steps::Estimate> EstimateStep(const RunContext& run, plan::StepId step_id);

// `gate_end_boot_ms`: when a gate that has no verdict yet fails; 0: at its timeout.
WorkResult CheckStep(const RunContext& run, plan::StepId step_id, int64_t gate_end_boot_ms = 0);
// Asks an observing step once, without the time that it allows for: it holds now, or it does not.
// Takes `most_ms` at most.
Status CheckStepOnce(const RunContext& run, plan::StepId step_id, int64_t most_ms);
// The parameter by which a step says how long it waits until its condition holds.
inline constexpr const char* kPatienceArgument = "within";
// Observes; when the host already is so the step is found, else it is captured.
WorkResult CaptureStep(const RunContext& run, plan::StepId step_id);
// `is_in_doubt`: a runner before this one may have applied it.
WorkResult ApplyStep(const RunContext& run, plan::StepId step_id, steps::Captured captured,
                     bool is_in_doubt, uint32_t attempt, int64_t wait_ms);
// `history` is the step's as it was before this rollback began. Sets the times of the step's
// folders to `directory_times_ns` afterwards.
WorkResult RevertStep(const RunContext& run, plan::StepId step_id, steps::Captured captured,
                      history::StepHistory history,
                      std::map<std::string, int64_t> directory_times_ns);
WorkResult TakeScope(const RunContext& run, plan::LockScopeId scope_id);

// A person says that they put the step back: how it looks. kBefore as well where it cannot tell, or
// where this program has no code for it: then their word is all there is.
steps::Observation ObservePutBack(const RunContext& run, plan::StepId step_id,
                                  const steps::Captured& captured);
// Makes durable what they put back, and sets the times of the step's folders as a revert does.
Status KeepPutBack(const RunContext& run, plan::StepId step_id, const steps::Captured& captured,
                   const std::map<std::string, int64_t>& directory_times_ns);

// What a journal keeps of a capture, and back. The folders travel with the undo, so that a later
// runner knows whose times to restore.
std::string CapturedBytes(const steps::Captured& captured);
steps::Captured ReadCaptured(const std::string& bytes);

// Whether the host still is as a step would leave it that found it so.
steps::Observation ObserveFound(const RunContext& run, plan::StepId step_id);

// What stands at the step now, compared with what it left; of a step that was applied.
steps::Observation ObserveApplied(const RunContext& run, plan::StepId step_id,
                                  const steps::Captured& captured,
                                  const history::StepHistory& history);

}  // namespace upgraph::executor
