#pragma once

// Gates of a run: their baselines, taken before its first change, and their samples.

#include <map>
#include <vector>

#include "runtime/executor/run.h"
#include "runtime/executor/step_work.h"
#include "runtime/gates/run_gate.h"

namespace upgraph::executor {

// The baselines of every gate of the plan that has some. Blocks for as long as the longest is to be
// measured; a signal with a history is asked for it instead. An error: one cannot be had, or a
// person asked to stop.
Result<Baselines> TakeBaselines(const RunContext& run, const RunOptions& options);

// Appends a sample of the step's gate, a line for each condition, to the run's samples.jsonl. They
// are for people who look afterwards: a full disk is no reason to fail a gate.
void KeepSample(const RunContext& run, plan::StepId step_id, const std::vector<gates::Look>& looks);

// What reads signals for the run.
gates::SignalReader SignalReaderOf(const RunContext& run);

// What the signals of the step's gate were before the run; an error when that was needed and not
// taken.
Result<std::vector<double>> BaselinesOf(const RunContext& run, plan::StepId step_id);

// Samples the gate until it has a verdict, and writes each sample to the run's samples.jsonl.
// `end_boot_ms`: when it fails without one; 0: at its timeout.
WorkResult CheckGate(const RunContext& run, plan::StepId step_id, int64_t end_boot_ms);

}  // namespace upgraph::executor
