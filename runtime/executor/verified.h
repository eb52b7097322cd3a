#pragma once

// What held of `verify` before the run's first change: asked once then, and again when a rollback
// has put everything back.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/executor/run.h"
#include "runtime/executor/step_work.h"

namespace upgraph::executor {

// By step: which of its conditions, by their numbers in its gate. A step that is no gate has one,
// 0.
using HeldConditions = std::map<plan::StepId, std::vector<uint32_t>>;

// How long one look may take, and all of them: what has not answered then does not hold.
inline constexpr int64_t kLookMsMax = 5'000;
inline constexpr int64_t kLooksMsMax = 30'000;

// Looks once at every condition of the plan's `verify`, without waiting for any. Changes nothing; a
// condition that cannot be looked at does not hold. An error: a person asked to stop.
Result<HeldConditions> LookAtVerify(const RunContext& run, const RunOptions& options);

// What a condition is given at least until it holds again: services come up while the last step of
// the way back is recorded, and after a reboot.
inline constexpr int64_t kAskAgainMsMin = 10'000;
inline constexpr int64_t kAskAgainEveryMs = 200;

// Asks until all of these conditions of the step hold, or the time that the step allows for is
// over: its own, or that of its gate with what that takes to settle. One look at which they hold is
// enough. The result's `conditions` says what came of each.
WorkResult AskAgain(const RunContext& run, plan::StepId step_id,
                    const std::vector<uint32_t>& conditions);

// The condition as a gate has it, or the step that is one; on one line.
std::string ConditionTitle(const plan::Plan& plan, plan::StepId step_id, uint32_t condition);

// What of `verify` is to be asked again at the end of a rollback.
HeldConditions ToAskAgain(const history::RunHistory& history);

// Of a run that is rolled back: how many conditions held before and were found to hold again.
size_t HeldAgainCount(const history::RunHistory& history);

}  // namespace upgraph::executor
