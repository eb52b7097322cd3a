#pragma once

// Gates of a run: their baselines, taken before its first change, and their samples.

#include <map>
#include <vector>

#include "runtime/executor/run.h"
#include "runtime/executor/step_work.h"

namespace upgraph::executor {

// The baselines of every gate of the plan that has some. Blocks for as long as the longest is to be
// measured; a signal with a history is asked for it instead. An error: one cannot be had, or a
// person asked to stop.
Result<Baselines> TakeBaselines(const RunContext& run, const RunOptions& options);

// Samples the gate until it has a verdict, and writes each sample to the run's samples.jsonl.
WorkResult CheckGate(const RunContext& run, plan::StepId step_id);

}  // namespace upgraph::executor
