#include "runtime/executor/view.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "plan/resolve.h"
#include "runtime/env/env.h"
#include "runtime/executor/boot_unit.h"
#include "runtime/executor/keep_window.h"
#include "runtime/executor/leftovers.h"
#include "runtime/executor/parking.h"
#include "runtime/executor/retain.h"
#include "runtime/executor/run_folder.h"
#include "runtime/executor/step_work.h"
#include "runtime/executor/tick_timer.h"
#include "runtime/executor/verified.h"
#include "runtime/history/downtime.h"
#include "runtime/locks/host_lock.h"
#include "runtime/package/archive_reader.h"
#include "runtime/rollback/undo_plan.h"
#include "runtime/scheduler/turn_back.h"

namespace upgraph::executor {
namespace {

// Of a committed run: `retain` ends its way back, or a step without one that is due before.
WayBack WayBackOf(const plan::Plan& plan, const history::RunHistory& history) {
  WayBack way_back;
  way_back.removed_wall_ms = history.undo_going_wall_ms();
  if (history.state() != history::RunState::kCommitted) {
    return way_back;
  }
  const plan::StepId final_step = rollback::FirstFinalStep(plan, history);
  if (final_step.has_value()) {
    way_back.why_not =
        fmt::format("`{}` was done and has no way back", plan.step(final_step).title);
    return way_back;
  }
  way_back.is_there = way_back.removed_wall_ms == 0;
  way_back.why_not = way_back.is_there ? "" : "what it needs was removed";
  way_back.until_wall_ms = RetainEndMs(plan, history);
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    const plan::Step& step = plan.steps[i];
    const int64_t due_ms = history.committed_wall_ms() + step.delay_ms;
    if (step.undo == plan::UndoClass::kNever && step.kind != plan::StepKind::kJoin &&
        history.steps()[i].state == history::StepState::kPending &&
        (way_back.until_wall_ms == 0 || due_ms < way_back.until_wall_ms)) {
      way_back.until_wall_ms = due_ms;
      way_back.until_what = step.title;
    }
  }
  return way_back;
}

// All of them are asked when everything is back, and what ends the run then is durable with the
// answers. With something left over none is.
std::vector<HeldView> HeldOf(const plan::Plan& plan, const history::RunHistory& history) {
  std::vector<HeldView> held;
  bool is_any_broken = false;
  for (const auto& [step_id, conditions] : history.held()) {
    for (const auto& [number, seen] : conditions) {
      is_any_broken = is_any_broken || !seen.empty();
      held.push_back({plan.step(step_id).path, ConditionTitle(plan, step_id, number), std::nullopt,
                      seen, history.step(step_id).is_accepted});
    }
  }
  const bool is_asked = history.has_gone_back() &&
                        (history.state() == history::RunState::kRolledBack ||
                         (history.state() == history::RunState::kIncomplete && is_any_broken));
  for (HeldView& one : held) {
    one.holds_again = is_asked ? std::optional(one.seen.empty()) : std::nullopt;
  }
  return held;
}

// `rollback` is about the last run of a host.
void NoteLaterRun(WayBack* way_back) {
  way_back->why_not = way_back->is_there ? "there was a later run" : way_back->why_not;
  way_back->is_there = false;
}

// `details` may be null: then only the view is wanted.
Status ViewRun(env::Env& env, const std::string& root, RunView* view, RunDetails* details) {
  std::string folder = RunFolder(view->run_id);
  UPGRAPH_ASSIGN(journal::Contents contents, journal::Journal::Look(env, folder));
  view->product = contents.info.product;
  view->from = contents.info.from;
  view->to = contents.info.to;
  view->package_digest = contents.info.package_digest.Hex();
  view->opened_wall_ms = contents.info.opened_wall_ms;
  view->state = contents.history.state();
  view->window = contents.info.window;
  view->now = RunTimeOf(contents, env.clock);
  view->late_wall_ms = contents.history.late_wall_ms();
  view->records = std::move(contents.records);
  UPGRAPH_ASSIGN(package::Package package,
                 package::ReadPackage(env.files, folder + "/package.zip"));
  UPGRAPH_ASSIGN(plan::Plan plan, TakePlan(&package));
  UPGRAPH_ASSIGN(plan::Resolution resolution,
                 plan::Resolve(std::move(plan), {view->from, contents.info.facts, view->to}));
  if (resolution.plan.steps.size() != contents.info.step_count) {
    return Error{ErrorKind::kDamaged, "journal and plan do not belong together"};
  }
  view->parks = contents.history.parks();
  view->parked_wall_ms = contents.history.parked_wall_ms();
  view->how_to_go_on = view->state == history::RunState::kParked ? HowToGoOn(resolution.plan) : "";
  view->not_durable = contents.history.not_durable();
  view->signer = contents.history.signer();
  view->held = HeldOf(resolution.plan, contents.history);
  view->way_back = WayBackOf(resolution.plan, contents.history);
  const history::Downtime downtime = history::DowntimeOf(resolution.plan, view->records);
  view->downtime_ms = downtime.ms;
  view->is_up_unseen = downtime.is_unseen;
  view->downtime_promised_ms = resolution.plan.upgrade.downtime_ms;
  if (view->window.is_agreed() && view->state == history::RunState::kOpen) {
    const scheduler::TurnBack turn_back(resolution.plan, view->window,
                                        rollback::StepsToRevert(resolution.plan, contents.history));
    view->turn_back_wall_ms = turn_back.time_ms();
    view->no_time = WhyNoTime(resolution.plan, contents.history, view->window, view->now);
  }
  view->is_finished = !IsUnfinished(resolution.plan, contents.history);
  view->has_later = HasLater(env, view->run_id, resolution.plan, contents.history, false);
  view->steps.reserve(resolution.plan.steps.size());
  for (uint32_t i = 0; i < resolution.plan.steps.size(); ++i) {
    const plan::Step& step = resolution.plan.steps[i];
    StepView step_view{step.path,
                       step.title,
                       plan::PhaseName(step.phase),
                       step.kind == plan::StepKind::kJoin,
                       0,
                       contents.history.steps()[i]};
    if (step.watch_id.has_value()) {
      step_view.watch = resolution.plan.step(step.watch_id).path;
    } else if (step.delay_ms > 0 && contents.history.state() == history::RunState::kCommitted) {
      step_view.due_wall_ms =
          contents.history.committed_wall_ms() + (step.kind == plan::StepKind::kWatch
                                                      ? resolution.plan.gate(step.gate_id).for_ms
                                                      : step.delay_ms);
    }
    step_view.is_watch = step.kind == plan::StepKind::kWatch;
    step_view.watch_every_ms = step_view.is_watch ? resolution.plan.gate(step.gate_id).every_ms : 0;
    view->steps.push_back(std::move(step_view));
  }
  view->leftovers = FindLeftovers(
      {env, resolution.plan, contents.history, root, RealHost()}, [&](plan::StepId step_id) {
        auto undo = contents.undo.find(step_id);
        return undo == contents.undo.end() ? steps::Captured() : ReadCaptured(undo->second);
      });
  if (details != nullptr) {
    details->times_ms =
        history::RunClock::TimesOf(history::BootMark(contents.info.boot_id), view->records);
    details->journal_head = contents.last_hash.Hex();
    details->samples = ReadSamples(env, view->run_id);
    details->announcements = AnnouncementsOf(env, view->run_id, resolution.plan, contents.history);
    details->plan = std::move(resolution.plan);
  }
  return OkStatus();
}

}  // namespace

Result<HostView> ViewHost(const std::string& root) {
  UPGRAPH_ASSIGN(auto files, env::OpenFiles(root));
  env::Env env{*files, env::SystemProcesses(), env::SystemClock()};
  HostView view;
  auto is_running = locks::IsRunnerAlive(env, kStateFolder);
  view.is_running = is_running.ok() && *is_running;
  UPGRAPH_ASSIGN(auto system, env::OpenFiles("/"));
  const BootUnit boot_unit(*system, env.processes, {root, ""});
  view.has_boot_unit = boot_unit.IsThere();
  view.has_tick_timer = TickTimer(*system, env.processes, root, "", false).IsThere();
  view.held_units = boot_unit.held().Names();
  UPGRAPH_ASSIGN(std::vector<std::string> run_ids, ListRuns(env));
  for (const std::string& run_id : run_ids) {
    RunView run;
    run.run_id = run_id;
    Status status = ViewRun(env, root, &run, nullptr);
    if (!status.ok()) {
      run.damage = status.error().message;
    }
    if (!view.runs.empty()) {
      NoteLaterRun(&view.runs.back().way_back);
    }
    view.runs.push_back(std::move(run));
  }
  return view;
}

Result<RunDetails> ViewRunDetails(const std::string& root, const std::string& run_id) {
  UPGRAPH_ASSIGN(auto files, env::OpenFiles(root));
  env::Env env{*files, env::SystemProcesses(), env::SystemClock()};
  UPGRAPH_ASSIGN(const std::vector<std::string> run_ids, ListRuns(env));
  if (std::find(run_ids.begin(), run_ids.end(), run_id) == run_ids.end()) {
    return Error{ErrorKind::kNotFound, "there is no run `" + run_id + "`"};
  }
  RunDetails details;
  auto is_running = locks::IsRunnerAlive(env, kStateFolder);
  details.is_running = is_running.ok() && *is_running;
  details.run.run_id = run_id;
  const Status status = ViewRun(env, root, &details.run, &details);
  if (details.is_running) {
    details.run.leftovers.clear();  // it may still put them right
  }
  if (run_id != run_ids.back()) {
    NoteLaterRun(&details.run.way_back);
  }
  if (!status.ok()) {
    details.run.damage = status.error().message;
    details.run.records.clear();
    details.run.steps.clear();
  }
  return details;
}

}  // namespace upgraph::executor
