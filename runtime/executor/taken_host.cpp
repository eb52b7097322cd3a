#include "runtime/executor/taken_host.h"

namespace upgraph::executor {
namespace {

using history::RunState;

bool HasDueCleanup(const LoadedRun& run, int64_t wall_ms) {
  const history::RunHistory& history = run.contents.history;
  for (uint32_t i = 0; i < run.plan.steps.size(); ++i) {
    const history::StepState state = history.steps()[i].state;
    if (history.state() == RunState::kCommitted && run.plan.steps[i].delay_ms > 0 &&
        run.plan.steps[i].kind != plan::StepKind::kJoin && state != history::StepState::kApplied &&
        state != history::StepState::kFound && IsDue(run.plan.steps[i], history, wall_ms)) {
      return true;
    }
  }
  return false;
}

}  // namespace

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
  outcome.can_retry = error.kind == ErrorKind::kBusy;
  return outcome;
}

const HostAccess& AccessOf(const RunOptions& options) {
  return options.host == nullptr ? RealHost() : *options.host;
}

Result<std::unique_ptr<Host>> OpenHost(const std::string& root, const HostAccess& access) {
  auto host = std::make_unique<Host>();
  UPGRAPH_ASSIGN(host->files, access.OpenFiles(root));
  host->env =
      std::make_unique<env::Env>(env::Env{*host->files, access.processes(), access.clock()});
  return host;
}

Status TakeHost(Host* host) {
  UPGRAPH_TRY(MakeStateFolder(*host->env));
  UPGRAPH_ASSIGN(host->lock, locks::HostLock::Take(*host->env, kStateFolder));
  UPGRAPH_TRY(RemoveUnopenedRuns(*host->env));
  UPGRAPH_ASSIGN(std::vector<std::string> run_ids, ListRuns(*host->env));
  for (const std::string& run_id : run_ids) {
    UPGRAPH_ASSIGN(LoadedRun run, LoadRun(*host->env, run_id));
    if (IsUnfinished(run.plan, run.contents.history)) {
      host->unfinished.push_back(run);
    } else if (HasDueCleanup(run, host->env->clock.WallMs())) {
      host->due.push_back(run);
    }
    if (!run.plan.announcements.empty()) {
      host->announcing.push_back(run);
    }
    host->last = std::move(run);
  }
  return OkStatus();
}

}  // namespace upgraph::executor
