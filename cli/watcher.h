#pragma once

// Watching a runner: reading its lines, showing them, and leaving it alone. Whatever happens to the
// watcher, the run goes on.

#include <signal.h>

#include <initializer_list>
#include <optional>
#include <string>

#include "cli/console.h"
#include "cli/progress_view.h"
#include "cli/runner.h"
#include "cli/signals.h"

namespace upgraph::cli {

struct WatchTarget {
  StartedRunner runner;      // the descriptors are taken over
  std::string root;          // for advice
  bool is_detached = false;  // leave as soon as the run is open
  CommandKind command = CommandKind::kApply;
};

// Shows the run until it ends, or until this side ends: Ctrl-C asks on a terminal, hang-up and a
// closed pipe leave. Returns the exit code of the run; 6 when this side ended first (0 when
// is_detached asked for it), or when the runner died without a last word.
int WatchRun(WatchTarget target, Console& console, SignalQueue& signals);

// What a watcher listens to. Made before the runner is started, so that no signal falls between.
inline constexpr std::initializer_list<int> kWatcherSignals = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};

// The last words about a run.
void ShowOutcome(const executor::Outcome& outcome, CommandKind command, ProgressView& view,
                 Console& console);

// The process that carries the run now; none when there is none, or it does not say so.
std::optional<RunnerStarted> FindRunner(const std::string& root, const std::string& run_id);

// Opens the progress file of a run at the first line of its last runner.
Result<StartedRunner> AttachToRun(const std::string& root, const std::string& run_id);

}  // namespace upgraph::cli
