#pragma once

// How long the service was down in a run, by what the journal says. Pure.

#include <cstdint>
#include <vector>

#include "plan/plan.h"
#include "runtime/history/record.h"

namespace upgraph::history {

// Milliseconds by the wall clock, over all hops: in each from the first change of a step of
// `switch` until the last of them was applied or, on the way back, reverted. A run that is not over
// counts as far as it came. An outage in between counts in full: nobody was served then either.
int64_t DowntimeMs(const plan::Plan& plan, const std::vector<Record>& records);

}  // namespace upgraph::history
