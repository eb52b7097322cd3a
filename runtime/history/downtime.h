#pragma once

// How long the service was down in a run, by what the journal says. Pure.

#include <cstdint>
#include <vector>

#include "plan/plan.h"
#include "runtime/history/record.h"

namespace upgraph::history {

struct Downtime {
  int64_t ms = 0;  // by the wall clock, over all hops; of a run that is not over as far as it came
  // `up when` was said, and in a hop that was begun the service was not seen to be up again.
  bool is_unseen = false;
};

// Without `up when` a hop is down from the first change of a step of its `switch` until the last of
// them was applied or, on the way back, reverted. With `up when` it is down from that first change
// until the service was first seen to be up, and again whenever it was seen not to be; where it
// never was, up to the last step of `switch` or `verify`. On the way back it is down from the first
// revert in `switch` on, until it was seen to be up. An outage in between counts in full: nobody
// was served then either. The time between a commit and a rollback after it counts not at all.
Downtime DowntimeOf(const plan::Plan& plan, const std::vector<Record>& records);
}  // namespace upgraph::history
