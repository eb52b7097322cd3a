// What an early recovery may do is what every later one would do as well: it puts back steps of a
// run that turns back for certain, in an order that the whole way back could have had, and never
// says of a step or of the run how it ended. So whoever comes later need not know that there was
// one.

#include "runtime/executor/early.h"

#include <fmt/format.h>

#include <algorithm>

#include "plan/graph.h"
#include "runtime/executor/execution.h"
#include "runtime/executor/reboot.h"
#include "runtime/executor/runner.h"
#include "runtime/executor/taken_host.h"
#include "runtime/locks/named_lock.h"
#include "runtime/rollback/undo_plan.h"

namespace upgraph::executor {
namespace {

using history::RunState;
using rollback::EarlyPart;

constexpr int64_t kReloadMsMax = 60'000;

// Locks of files are there as soon as the files are.
bool HasOtherLocks(const plan::Plan& plan, const plan::Step& step) {
  for (const plan::LockScopeId scope_id : plan::EnclosingScopes(plan, step.lock_scope_id)) {
    const std::vector<plan::Lock>& taken = plan.lock_scope(scope_id).locks;
    if (std::any_of(taken.begin(), taken.end(),
                    [](const plan::Lock& lock) { return !locks::IsOfFiles(lock.native); })) {
      return true;
    }
  }
  return false;
}

EarlyPart PartOf(const plan::Plan& plan, const plan::Step& step, const steps::NativeStep* native) {
  if (native == nullptr || native->way_back_needs() == steps::WayBackNeeds::kAnything) {
    return EarlyPart::kWaitsAll;
  }
  const bool needs_more =
      native->way_back_needs() != steps::WayBackNeeds::kFiles || HasOtherLocks(plan, step) ||
      std::any_of(step.effects.begin(), step.effects.end(), [](const plan::Effect& effect) {
        return effect.kind == plan::EffectKind::kNeeds;
      });
  return needs_more ? EarlyPart::kWaits : EarlyPart::kGoes;
}

// What the boot has read of units before is not what stands there now.
Status ReloadUnits(env::Processes& processes) {
  env::Command command;
  command.arguments = {"systemctl", "daemon-reload"};
  command.timeout_ms = kReloadMsMax;
  UPGRAPH_ASSIGN(const env::CommandResult result, processes.Run(command));
  return result.exit_code == 0 && result.signal == 0
             ? OkStatus()
             : Status(Error{ErrorKind::kFailed, result.output.substr(0, 500)});
}

Outcome LeftToLater(const std::string& run_id, const std::string& reason) {
  Outcome outcome;
  outcome.run_id = run_id;
  outcome.reason = reason + "; `upgraph recover` goes on later in the boot";
  return outcome;
}

// Why the run is none that turns back whatever else a later recovery finds; empty: it is.
std::string WhyNotYet(const LoadedRun& run, const Runner& reader) {
  switch (run.contents.history.state()) {
    case RunState::kTurningBack:
      return "";
    case RunState::kOpen:
      return reader.OrderedReboot().has_value() ? "its plan ordered the reboot" : "";
    case RunState::kIncomplete:
      return "its rollback is incomplete and waits for a person";
    case RunState::kCommitted:
    case RunState::kRolledBack:
    case RunState::kParked:
      return "it does not turn back";
  }
  UPGRAPH_UNREACHABLE("run state");
}

Outcome RecoverRunEarly(const RunOptions& options, Host* host, LoadedRun* loaded) {
  const LoadedRun& run = *loaded;
  const std::string about = "run " + run.run_id;
  const auto is_there = steps::IsStagingThere(*host->env, RunFolder(run.run_id));
  if (!is_there.ok()) {
    return FromError(is_there.error());
  }
  if (!*is_there) {
    return LeftToLater(run.run_id, about + " writes to a file system that is not mounted yet");
  }
  Execution execution(options, host, loaded);
  std::vector<bool> early;
  {
    std::atomic<bool> cancel{false};
    steps::RunStaging staging(*host->env, RunFolder(run.run_id), run.run_id);
    const Runner reader(options, ContextOf(options, *host, run, &staging, cancel), &cancel, nullptr,
                        &loaded->contents);
    if (const std::string why = WhyNotYet(run, reader); !why.empty()) {
      return LeftToLater(run.run_id, fmt::format("nothing of {} is put back: {}", about, why));
    }
    early = reader.FindEarly();
  }
  if (std::find(early.begin(), early.end(), true) == early.end()) {
    return LeftToLater(run.run_id, about + " has nothing to put back that needs only files");
  }
  if (const Status begun = execution.Begin(); !begun.ok()) {
    return FromError(begun.error());
  }
  return execution.BackEarly(early);
}

}  // namespace

std::vector<bool> Runner::FindEarly() const {
  const plan::Plan& plan = context_.plan;
  std::vector<bool> reverts = rollback::StepsToRevert(plan, history_);
  (void)TakeReboots(plan, &reverts);  // they come last, whatever is early
  std::vector<EarlyPart> parts(plan.steps.size(), EarlyPart::kWaitsAll);
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    if (reverts[i]) {
      parts[i] = PartOf(plan, plan.steps[i], context_.host.FindStep(plan.steps[i]));
    }
  }
  return rollback::StepsToRevertEarly(plan, reverts, parts);
}

WalkEnd Runner::TurnBackEarly(const std::string& cause, const std::vector<bool>& early) {
  RecordTurningBack(cause);
  if (!CommitPending()) {
    return WalkEnd::kCrashed;
  }
  is_failed_ = false;
  may_be_late_ = false;  // that is a later one's to say, with a clock that somebody keeps right
  is_early_ = true;
  cancel_->store(false);
  scheduler::GraphWalk walk(context_.plan, history::Direction::kBack, early);
  const WalkEnd end = Walk(&walk, history::Direction::kBack);
  is_early_ = false;
  return end;
}

Outcome Execution::BackEarly(const std::vector<bool>& early) {
  const bool is_back = run_.contents.history.direction() == history::Direction::kBack;
  runner_->Report(ProgressKind::kResumed, plan::StepId(),
                  "back, early: what needs nothing but files");
  const WalkEnd end =
      runner_->TurnBackEarly(is_back ? run_.contents.history.cause() : kUnfinishedCause, early);
  size_t wanted = 0;
  size_t reverted = 0;
  for (uint32_t i = 0; i < early.size(); ++i) {
    wanted += early[i] ? 1 : 0;
    reverted += early[i] && runner_->history().steps()[i].state == history::StepState::kReverted;
  }
  std::string text = fmt::format("{} of {} steps that need only files {} back", reverted, wanted,
                                 reverted == 1 ? "is" : "are");
  if (end != WalkEnd::kDone) {
    text += end == WalkEnd::kStopped ? "; stopped" : "; " + runner_->failure();
  }
  // A folder that is no root is read by no systemd.
  if (reverted > 0 && options_.root == "/") {
    if (const Status reloaded = ReloadUnits(host_.env->processes); !reloaded.ok()) {
      text += "; systemd does not read its units anew: " + reloaded.error().message;
    }
  }
  // Whoever ends the run finds that this runner was not cut off.
  if (end != WalkEnd::kCrashed) {
    (void)runner_->RecordOfRun(history::RecordKind::kLeft, "early: " + text);
  }
  Outcome outcome = LeftToLater(run_.run_id, text);
  if (end != WalkEnd::kDone) {
    outcome.exit_code = ExitCode::kInterrupted;
    outcome.can_retry = true;
  }
  return outcome;
}

Outcome RecoverEarly(const RunOptions& options) {
  // What is not mounted yet is not made here.
  const auto seen = OpenHost(options.root, AccessOf(options));
  const auto has_state = seen.ok() ? (*seen)->files->Exists(kStateFolder) : Result<bool>(false);
  if (!has_state.ok() || !*has_state) {
    return LeftToLater("", "the state of the runs cannot be seen yet");
  }
  auto host = TakeHost(options);
  if (!host.ok()) {
    return FromError(host.error());
  }
  if ((*host)->unfinished.empty()) {
    return LeftToLater("", "no run is unfinished");
  }
  return RecoverRunEarly(options, host->get(), (*host)->unfinished.front().get());
}

}  // namespace upgraph::executor
