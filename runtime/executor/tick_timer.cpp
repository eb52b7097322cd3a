#include "runtime/executor/tick_timer.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/executor/announce.h"
#include "runtime/executor/retain.h"
#include "runtime/executor/run_folder.h"
#include "runtime/executor/system_file.h"

namespace upgraph::executor {
namespace {

using history::RunState;
using history::StepState;

constexpr int64_t kCommandMsMax = 60'000;

// A run that is unfinished has the host to itself: that is no failure of a tick (5), the next one
// comes.
std::string ServiceText(const std::string& program, const std::string& root) {
  return fmt::format(
      "# Written by upgraph while something waits for its time, and removed after that.\n"
      "[Unit]\n"
      "Description=Upgraph: what is due after a run\n"
      "\n"
      "[Service]\n"
      "Type=oneshot\n"
      "ExecStart={} tick --root {}\n"
      "SuccessExitStatus=5\n"
      "KillMode=mixed\n"
      "TimeoutStopSec=infinity\n"
      "OOMScoreAdjust=-900\n",
      QuoteForUnit(program), QuoteForUnit(root));
}

constexpr const char* kTimerText =
    "# Written by upgraph while something waits for its time, and removed after that.\n"
    "[Unit]\n"
    "Description=Upgraph: what is due after a run\n"
    "\n"
    "[Timer]\n"
    "OnCalendar=minutely\n"
    "Persistent=true\n";

}  // namespace

bool HasLater(env::Env& env, const std::string& run_id, const plan::Plan& plan,
              const history::RunHistory& history, bool is_superseded) {
  for (uint32_t i = 0; i < plan.steps.size() && history.state() == RunState::kCommitted; ++i) {
    const plan::Step& step = plan.steps[i];
    const StepState state = history.steps()[i].state;
    const bool is_watched = step.kind == plan::StepKind::kWatch || step.watch_id.has_value();
    if (step.kind != plan::StepKind::kJoin && step.delay_ms > 0 && state != StepState::kApplied &&
        state != StepState::kFound && !(is_watched && is_superseded)) {
      return true;
    }
  }
  // What a run that was rolled back had kept goes with any tick: for it alone there is no timer,
  // and the system is as before.
  const bool is_kept =
      RetainEndMs(plan, history) != 0 && (!history.is_undo_gone() || history.has_undo());
  const std::vector<AnnouncementView> announcements = AnnouncementsOf(env, run_id, plan, history);
  return is_kept || std::any_of(announcements.begin(), announcements.end(),
                                [](const AnnouncementView& announcement) {
                                  return announcement.has_happened && !announcement.was_told;
                                });
}

TickTimer::TickTimer(env::Files& system, env::Processes& processes, const std::string& root,
                     const std::string& program, bool installs)
    : system_(system),
      processes_(processes),
      root_(root),
      program_(program),
      service_(std::string(kUnitFolder) + "/" + UnitNameFor("tick", root, ".service")),
      timer_(system, UnitNameFor("tick", root, ".timer"), "timers.target"),
      installs_(installs) {}

Status TickTimer::Ask(std::vector<std::string> arguments) const {
  env::Command command;
  command.arguments = std::move(arguments);
  command.arguments.insert(command.arguments.begin(), "systemctl");
  command.timeout_ms = kCommandMsMax;
  UPGRAPH_ASSIGN(const env::CommandResult result, processes_.Run(command));
  if (result.exit_code != 0 || result.signal != 0 || result.timed_out) {
    return Error{ErrorKind::kFailed, fmt::format("`systemctl {}` failed: {}", command.arguments[1],
                                                 result.output.substr(0, 500))};
  }
  return OkStatus();
}

// Of a timer that is there systemd knows already, or knows in the next boot.
Status TickTimer::Install() const {
  if (IsThere()) {
    return OkStatus();
  }
  KeptTime units(system_, kUnitFolder);
  UPGRAPH_TRY(units.Begin());
  UPGRAPH_TRY(WriteWhole(system_, service_, ServiceText(program_, root_), 0644));
  UPGRAPH_TRY(units.End());
  UPGRAPH_TRY(timer_.Install(kTimerText));
  UPGRAPH_TRY(Ask({"daemon-reload"}));
  return Ask({"start", timer_.name()});
}

// A tick takes its own timer away: what it runs in goes on to its end.
Status TickTimer::Remove() const {
  UPGRAPH_ASSIGN(const bool has_service, system_.Exists(service_));
  if (!has_service) {
    return timer_.Remove();
  }
  Status stopped = Ask({"stop", timer_.name()});
  UPGRAPH_TRY(timer_.Remove());
  KeptTime units(system_, kUnitFolder);
  UPGRAPH_TRY(units.Begin());
  UPGRAPH_TRY(RemoveIfThere(system_, service_));
  UPGRAPH_TRY(units.End());
  return stopped;
}

std::string KeepTickTimer(const RunOptions& options, env::Env& env, const LoadedRun& run,
                          const history::RunHistory& history) {
  if (options.tick_timer == nullptr || !options.tick_timer->installs() ||
      options.tick_timer->IsThere() || !HasLater(env, run.run_id, run.plan, history, false)) {
    return "";
  }
  const Status installed = options.tick_timer->Install();
  return installed.ok() ? ""
                        : "; no timer calls `upgraph tick` for what is due later: " +
                              installed.error().message;
}

std::string ForgetTickTimer(const RunOptions& options, env::Env& env) {
  if (options.tick_timer == nullptr || !options.tick_timer->IsThere()) {
    return "";
  }
  auto run_ids = ListRuns(env);
  if (!run_ids.ok()) {
    return "";
  }
  bool is_superseded = false;
  for (auto run_id = run_ids->rbegin(); run_id != run_ids->rend(); ++run_id) {
    const auto run = LoadRun(env, *run_id);
    if (!run.ok()) {
      return "";  // the next tick says so
    }
    const history::RunHistory& history = run->contents.history;
    if (IsUnfinished(run->plan, history) ||
        HasLater(env, *run_id, run->plan, history, is_superseded)) {
      return "";
    }
    is_superseded = is_superseded || history.state() != RunState::kRolledBack;
  }
  const Status removed = options.tick_timer->Remove();
  return removed.ok() ? "" : "; the timer for `upgraph tick` is left: " + removed.error().message;
}

}  // namespace upgraph::executor
