#pragma once

// Runs as status and history show them. Pure.

#include <string>

#include "base/json.h"
#include "cli/progress_event.h"
#include "runtime/executor/view.h"

namespace upgraph::cli {

// The run that status is about: the unfinished one, else the last; null when there is none.
const executor::RunView* CurrentRun(const executor::HostView& host);

// The one run whose name begins so; an error for people when there is none, or several.
Result<const executor::RunView*> FindRun(const executor::HostView& host, const std::string& name);

// "turning back", "committed", "rolled back", "damaged", …
std::string RunResult(const executor::RunView& run);

// `runner` carries the run now; null when nobody does, or it is not known who.
std::string RenderStatus(const executor::HostView& host, const RunnerStarted* runner,
                         bool use_color);
Json StatusJson(const executor::HostView& host, const RunnerStarted* runner);

// Newest first.
std::string RenderHistory(const executor::HostView& host, bool use_color);
Json HistoryJson(const executor::HostView& host);

// Everything that happened in one run, in order.
std::string RenderRun(const executor::RunView& run, bool use_color);
Json RunJson(const executor::RunView& run);

// What all answers about a run begin with.
Json RunHeadJson(const executor::RunView& run);
// Of every step, those that do nothing as well.
Json RunStepsJson(const executor::RunView& run);
// "1m02s; promised were 5m"
std::string DowntimeText(const executor::RunView& run);
// Of a run whose state does not last: on what it lies.
std::string NotDurableText(const executor::RunView& run);
// Of a run that was turned back, and of which something held before: whether it holds again.
std::string HeldText(const executor::RunView& run);
// Of a run with a window: "…, 24m00s left" while it is in it.
std::string WindowText(const executor::RunView& run);
// "… at the latest, in 12m00s", where it still may turn back.
std::string TurnBackText(const executor::RunView& run);

}  // namespace upgraph::cli
