#pragma once

// How long a committed run can be turned back: `retain` in its upgrade, and what ends with it.

#include <cstdint>
#include <string>

#include "plan/plan.h"
#include "runtime/env/clock.h"
#include "runtime/history/run_history.h"
#include "runtime/journal/journal.h"

namespace upgraph::executor {

// Until when the run is retained, in ms since 1970. 0: it is not committed, or nobody said how
// long.
int64_t RetainEndMs(const plan::Plan& plan, const history::RunHistory& history);

// Whether what the steps of a run captured is to be removed now: it is retained no longer, or
// rolled back; or that was begun and not finished, or goes on after something that was done later.
// `contents` is from when the run was loaded, `history` goes further.
bool IsUndoDue(const plan::Plan& plan, const journal::Contents& contents,
               const history::RunHistory& history, env::Clock& clock);

// Why a committed run cannot be turned back for want of its undo; empty: it is kept.
std::string WhyNotRetained(const plan::Plan& plan, const history::RunHistory& history,
                           const std::string& run_id);

}  // namespace upgraph::executor
