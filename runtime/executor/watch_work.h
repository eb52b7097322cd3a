#pragma once

// Watches of a committed run: when one looks, and what a look comes to. Nothing waits for a watch;
// who calls `upgraph tick` makes it look.

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/executor/run_folder.h"
#include "runtime/executor/step_work.h"

namespace upgraph::executor {

// The open watches of the run that are to look now, by the wall clock: an interval after the commit
// or after the last look that is kept, and at the end in any case. None when it is not committed.
std::vector<plan::StepId> WatchesDue(env::Env& env, const LoadedRun& run);

// One look.
struct WatchLook {
  std::string breach;    // what does not hold; empty: nothing was found
  bool is_over = false;  // it held to its end
};

// Reads every signal of the watch once, and keeps the sample. A watch whose readings are missing at
// its end, and that waits for them, goes on for as long again.
WatchLook LookOnce(const RunContext& run, plan::StepId step_id, int64_t committed_wall_ms);

// Whether a watch with this history has found something.
bool IsBreached(const history::StepHistory& watch);

}  // namespace upgraph::executor
