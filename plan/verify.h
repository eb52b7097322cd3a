#pragma once

// Whether a plan holds together. Compiler and runtime both ask: a plan that was read from disk is
// believed only after this. Never crashes, whatever the plan; near-linear in its size.
//
// What an author can get wrong is for the checks to say, with a place and a hint, so the compiler
// runs them first: a plan without errors there that fails here is the compiler's own bug. Two
// rules stand in both: what may change things before the commit, and what must have a way back.

#include "base/result.h"
#include "plan/plan.h"

namespace upgraph::plan {

// Names, titles and texts of a plan; longer ones are refused.
inline constexpr size_t kPlanTextBytesMax = 64 << 10;
// Direct predecessors of one step, effects of one step, arguments of one call.
inline constexpr size_t kStepPartsMax = 1 << 20;
// Of one gate: each is read again and again.
inline constexpr size_t kConditionsMax = 1000;
// Conditions of `when` in conditions.
inline constexpr int kPredicateDepthMax = 64;
// Values in values.
inline constexpr int kValueDepthMax = 32;
// Lock scopes in lock scopes: as deep as the text of a spec may nest.
inline constexpr uint32_t kLockDepthMax = 256;
// A day a thousand times over: times above are mistakes, and sums of times cannot overflow.
inline constexpr int64_t kTimeMsMax = 1000ll * 86'400'000;

// The first violation found, with the step's path where there is one.
Status Verify(const Plan& plan);

}  // namespace upgraph::plan
