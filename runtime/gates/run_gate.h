#pragma once

// A gate from its first sample to its verdict.

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/result.h"
#include "plan/plan.h"
#include "runtime/env/env.h"
#include "runtime/gates/verdict.h"

namespace upgraph::gates {

using SignalReader = std::function<Result<Reading>(const plan::Signal&)>;
// Called with each sample, in order.
using SampleSink = std::function<void(const std::vector<Look>&)>;

// Blocks until the gate holds (OK), fails, is cancelled, or has no verdict at `deadline_boot_ms`.
// `baselines` stand beside the conditions.
Status RunGate(env::Clock& clock, const plan::Gate& gate, const std::vector<double>& baselines,
               int64_t deadline_boot_ms, const std::atomic<bool>& cancel, const SignalReader& read,
               const SampleSink& sink);

// One sample: every condition, in order. Also what a watch looks at.
std::vector<Look> TakeSample(const std::vector<plan::Condition>& conditions,
                             const std::vector<double>& baselines, const SignalReader& read);

// The averages of signals without a history: all read every `every_ms` for `span_ms`. An error when
// most readings of one are missing. No signals take no time.
Result<std::vector<double>> MeasureBaselines(env::Clock& clock,
                                             const std::vector<plan::Signal>& signals,
                                             int64_t span_ms, int64_t every_ms,
                                             const std::atomic<bool>& cancel,
                                             const SignalReader& read);

}  // namespace upgraph::gates
