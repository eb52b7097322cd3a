#pragma once

// What a window means to a run: whether it may be opened, and whether it may go on.

#include <string>

#include "plan/plan.h"
#include "runtime/executor/run.h"
#include "runtime/history/run_history.h"
#include "runtime/history/window.h"
#include "runtime/journal/journal.h"

namespace upgraph::executor {

// The clocks now.
history::Moment ReadClocks(env::Clock& clock);
// Where the run stands in its time now.
history::RunTime RunTimeOf(const journal::Contents& contents, env::Clock& clock);

// The window of a run that is opened now. An error: it has not begun, it is over, or nobody has
// said how long it is.
Result<history::Window> WindowFor(const RunOptions& options, const plan::Plan& plan,
                                  int64_t wall_ms);

// Why what is left of the run and its way back do not fit the window; empty: they do.
std::string WhyNoTime(const plan::Plan& plan, const history::RunHistory& history,
                      const history::Window& window, const history::RunTime& now);

}  // namespace upgraph::executor
