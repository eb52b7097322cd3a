// Tick: what waited for its time after the ends of earlier runs.

#include <fmt/format.h>

#include <utility>

#include "runtime/executor/announce.h"
#include "runtime/executor/execution.h"
#include "runtime/executor/taken_host.h"
#include "runtime/executor/tick_timer.h"

namespace upgraph::executor {
namespace {

// Nobody is told of what is only simulated.
void TellWhatWasNotTold(const RunOptions& options, const Host& host, Outcome* outcome) {
  if (options.host != nullptr) {
    return;
  }
  for (const std::shared_ptr<LoadedRun>& run : host.announcing) {
    for (const std::string& failure : SendAnnouncements(*host.env, *run)) {
      outcome->reason = failure;
      outcome->exit_code = ExitCode::kNeedsPerson;
    }
  }
}

Outcome TendRun(const RunOptions& options, Host* host, const DueRun& due) {
  Execution execution(options, host, due.run.get());
  if (const Status begun = execution.Begin(); !begun.ok()) {
    return FromError(begun.error());
  }
  Outcome outcome;
  outcome.run_id = due.run->run_id;
  if (due.has_cleanup || !due.watches.empty()) {
    execution.runner().Report(
        ProgressKind::kResumed, plan::StepId(),
        due.watches.empty() ? "forward: cleanup is due" : "forward: a watch looks");
    outcome = execution.Tend(due.watches);
  }
  if (outcome.exit_code != ExitCode::kInterrupted) {
    execution.RemoveUndo(&outcome);
  }
  return outcome;
}

}  // namespace

Outcome Tick(const RunOptions& options) {
  auto host = TakeHost(options);
  if (!host.ok()) {
    return FromError(host.error());
  }
  for (const std::shared_ptr<LoadedRun>& run : (*host)->unfinished) {
    if (run->contents.history.state() != history::RunState::kParked) {
      Outcome outcome = Refuse(
          fmt::format("run {} is unfinished; what waits for its time waits for it", run->run_id));
      outcome.can_retry = true;
      return outcome;
    }
  }
  Outcome worst;
  worst.reason = "nothing is due";
  TellWhatWasNotTold(options, **host, &worst);
  for (const DueRun& due : (*host)->due) {
    Outcome outcome = TendRun(options, host->get(), due);
    outcome.leftovers.insert(outcome.leftovers.begin(), worst.leftovers.begin(),
                             worst.leftovers.end());
    const bool is_worse =
        outcome.exit_code != ExitCode::kDone || worst.exit_code == ExitCode::kDone;
    worst = is_worse ? std::move(outcome) : std::move(worst);
    const bool is_over =
        worst.exit_code != ExitCode::kDone && worst.exit_code != ExitCode::kNeedsPerson;
    if (is_over) {
      return worst;
    }
  }
  worst.reason += ForgetTickTimer(options, *(*host)->env);
  return worst;
}

}  // namespace upgraph::executor
