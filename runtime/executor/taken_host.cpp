#include "runtime/executor/taken_host.h"

#include <utility>

#include "base/error_class.h"
#include "runtime/executor/retain.h"
#include "runtime/executor/watch_work.h"

namespace upgraph::executor {
namespace {

using history::RunState;

// What an earlier run watched is gone, once a later one is there that was not rolled back.
void ForgetWatches(Host* host) {
  for (DueRun& earlier : host->due) {
    earlier.watches.clear();
  }
  std::erase_if(host->due,
                [](const DueRun& earlier) { return !earlier.has_cleanup && !earlier.is_undo_due; });
}

}  // namespace

bool HasDueCleanup(const plan::Plan& plan, const history::RunHistory& history, int64_t wall_ms) {
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    const history::StepState state = history.steps()[i].state;
    if (history.state() == RunState::kCommitted && plan.steps[i].delay_ms > 0 &&
        plan.steps[i].kind != plan::StepKind::kJoin && state != history::StepState::kApplied &&
        state != history::StepState::kFound && IsDue(plan.steps[i], history, wall_ms)) {
      return true;
    }
  }
  return false;
}

Outcome Refuse(const std::string& reason) {
  Outcome outcome;
  outcome.exit_code = ExitCode::kRefused;
  outcome.reason = reason;
  return outcome;
}

Outcome FromError(const Error& error) {
  Outcome outcome = Refuse(error.message);
  if (error.kind == ErrorKind::kDamaged) {
    outcome.exit_code = ExitCode::kDamaged;
    outcome.reason += "; nothing was changed";
  }
  outcome.can_retry = IsOfTheSystem(error.kind);
  return outcome;
}

const HostAccess& AccessOf(const RunOptions& options) {
  return options.host == nullptr ? RealHost() : *options.host;
}

RunContext ContextOf(const RunOptions& options, const Host& host, const LoadedRun& run,
                     steps::RunStaging* staging, const std::atomic<bool>& cancel) {
  return {*host.env,        run.plan,           *run.package.payload,         staging,
          run.run_id,       host.lock->epoch(), host.lock->work_descriptor(), cancel,
          AccessOf(options)};
}

Result<std::unique_ptr<Host>> OpenHost(const std::string& root, const HostAccess& access) {
  auto host = std::make_unique<Host>();
  UPGRAPH_ASSIGN(host->files, access.OpenFiles(root));
  host->env =
      std::make_unique<env::Env>(env::Env{*host->files, access.processes(), access.clock()});
  return host;
}

namespace {

Status Take(Host* host) {
  UPGRAPH_TRY(MakeStateFolder(*host->env));
  UPGRAPH_ASSIGN(host->lock, locks::HostLock::Take(*host->env, kStateFolder));
  UPGRAPH_TRY(RemoveUnopenedRuns(*host->env));
  UPGRAPH_ASSIGN(std::vector<std::string> run_ids, ListRuns(*host->env));
  const int64_t wall_ms = host->env->clock.WallMs();
  for (const std::string& run_id : run_ids) {
    UPGRAPH_ASSIGN(LoadedRun loaded, LoadRun(*host->env, run_id));
    const auto shared = std::make_shared<LoadedRun>(std::move(loaded));
    const LoadedRun& run = *shared;
    const history::RunHistory& history = run.contents.history;
    // While a run is parked what was there before it still serves.
    if (history.state() != RunState::kRolledBack && history.state() != RunState::kParked) {
      ForgetWatches(host);
    }
    if (history.state() == RunState::kCommitted) {
      host->standing[run.contents.info.product] = {run_id, run.contents.info.to};
    }
    DueRun due;
    due.watches = WatchesDue(*host->env, run);
    due.has_cleanup = HasDueCleanup(run.plan, history, wall_ms);
    due.is_undo_due = IsUndoDue(run.plan, run.contents, history, host->env->clock);
    if (IsUnfinished(run.plan, history)) {
      host->unfinished.push_back(shared);
    } else if (!due.watches.empty() || due.has_cleanup || due.is_undo_due) {
      due.run = shared;
      host->due.push_back(std::move(due));
    }
    if (!run.plan.announcements.empty()) {
      host->announcing.push_back(shared);
    }
    host->last = shared;
  }
  return OkStatus();
}

}  // namespace

Result<std::unique_ptr<Host>> TakeHost(const RunOptions& options) {
  UPGRAPH_ASSIGN(auto host, OpenHost(options.root, AccessOf(options)));
  UPGRAPH_TRY(Take(host.get()));
  return host;
}

}  // namespace upgraph::executor
