#include "runtime/executor/execution.h"

#include <fmt/format.h>

#include "runtime/executor/announce.h"
#include "runtime/executor/boot_unit.h"
#include "runtime/executor/parking.h"
#include "runtime/executor/reboot.h"
#include "runtime/executor/retain.h"
#include "runtime/executor/tick_timer.h"

namespace upgraph::executor {

using history::RunState;

namespace {

// What a person has accepted as it is: the host is not quite the one that it was.
std::string AcceptedNote(const plan::Plan& plan, const history::RunHistory& history) {
  std::string paths;
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    if (history.steps()[i].is_accepted) {
      paths += fmt::format("{}`{}`", paths.empty() ? "" : ", ", plan.steps[i].path);
    }
  }
  return paths.empty() ? "" : "; left as it is, because a person accepted it: " + paths;
}

std::string HeldAgainNote(const history::RunHistory& history) {
  const size_t count = HeldAgainCount(history);
  return count == 0 ? ""
                    : fmt::format("; what held before holds again ({} {} of `verify`)", count,
                                  count == 1 ? "condition" : "conditions");
}

// Of a rollback that is incomplete: what a person can do.
std::string WhatNext(const std::vector<Leftover>& leftovers, const history::RunHistory& history) {
  if (history.has_broken()) {
    return fmt::format(
        "everything is back, and the rollback is incomplete, because `{}` does not hold as it did "
        "before the run{}; mend what is named, and `upgraph resume` asks again, or accept it with "
        "`upgraph resolve`",
        leftovers[0].step_path,
        leftovers.size() == 1 ? "" : fmt::format(", nor do {} more", leftovers.size() - 1));
  }
  return "the rollback is incomplete; mend what is named, and `upgraph resume` tries again, "
         "or put it back by hand, and `upgraph resolve` takes your word for it";
}

std::string KeptNote(const std::vector<std::string>& kept) {
  std::string places;
  for (const std::string& place : kept) {
    places += (places.empty() ? "" : ", ") + place;
  }
  return places.empty() ? "" : "; what somebody else had changed is kept: " + places;
}

// Whether the runner before was cut off: by a crash, a power cut or a kill, or because somebody
// stopped it at once. All other ends say what is next.
bool WasCutOff(const LoadedRun& run, const Digest& boot) {
  const history::RunHistory& history = run.contents.history;
  return IsUnfinished(run.plan, history) && history.state() != RunState::kIncomplete &&
         history.state() != RunState::kParked && !history.was_left() &&
         !HasEndedByReboot(run.plan, run.contents, boot);
}

std::string WhereItWas(const plan::Plan& plan, const history::RunHistory& history) {
  std::string first;
  size_t count = 0;
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    const history::StepState state = history.steps()[i].state;
    if (state == history::StepState::kCaptured || state == history::StepState::kReverting) {
      first = first.empty() ? plan.steps[i].path : first;
      ++count;
    }
  }
  return fmt::format("a runner was cut off {}{}",
                     history.direction() == history::Direction::kBack ? "on the way back"
                     : history.was_committed()                        ? "after the commit"
                                                                      : "on the way forward",
                     count == 0   ? std::string(", between two steps")
                     : count == 1 ? fmt::format(", in `{}`", first)
                                  : fmt::format(", in `{}` and {} more", first, count - 1));
}

}  // namespace

std::string ClearStaging(const Host& host, const LoadedRun& run) {
  auto kept = steps::RemoveStaging(*host.env, RunFolder(run.run_id));
  if (!kept.ok()) {
    return "; " + kept.error().message;
  }
  return KeptNote(*kept);
}

Execution::Execution(const RunOptions& options, Host* host, LoadedRun* run)
    : options_(options),
      host_(*host),
      run_(*run),
      staging_(*host->env, RunFolder(run->run_id), run->run_id),
      courier_(*host->env, *run) {}

Execution::~Execution() {
  if (inhibits_) {
    options_.inhibitor->LetGo();
  }
}

Status Execution::Begin(const FirstWords& words) {
  // Of a run that is there already: without it a boot leaves it as it is, and a person is there
  // now.
  (void)KeepBootUnit(options_, run_.plan);
  FreeHeldUnits(options_);
  UPGRAPH_ASSIGN(journal_,
                 journal::Journal::Open(*host_.env, RunFolder(run_.run_id), run_.contents));
  journal::Entry fence;
  fence.record.kind = history::RecordKind::kFence;
  fence.record.wall_ms = host_.env->clock.WallMs();
  fence.record.boot_ms = host_.env->clock.BootMs();
  fence.record.text = std::to_string(host_.lock->epoch()) +
                      (host_.env->clock.IsSynchronised() ? "" : history::kUnsynchronised);
  fence.record.digest = history::BootMark(host_.env->clock.BootId());
  std::vector<journal::Entry> entries = {fence};
  const auto add = [&](history::RecordKind kind, plan::StepId step_id, const std::string& text) {
    journal::Entry entry;
    entry.record = {kind, step_id, 0, fence.record.wall_ms, fence.record.boot_ms, text, {}};
    entries.push_back(std::move(entry));
  };
  const bool was_cut_off = !words.is_new && WasCutOff(run_, fence.record.digest);
  if (was_cut_off) {
    add(history::RecordKind::kInterrupted, plan::StepId(),
        WhereItWas(run_.plan, run_.contents.history));
  }
  for (const plan::StepId step_id : words.ended) {
    add(history::RecordKind::kEnded, step_id, "it had ended while the run was parked");
  }
  if (words.window.has_value()) {
    add(history::RecordKind::kUnparked, plan::StepId(), history::WindowText(*words.window));
  }
  UPGRAPH_TRY(journal_->Commit(entries));
  for (const journal::Entry& entry : entries) {
    UPGRAPH_TRY(run_.contents.history.Add(entry.record));
    run_.contents.records.push_back(entry.record);
  }
  run_.contents.info.window = words.window.value_or(run_.contents.info.window);
  runner_ = std::make_unique<Runner>(options_, ContextOf(options_, host_, run_, &staging_, cancel_),
                                     &cancel_, journal_.get(), &run_.contents);
  runner_->SetOnLate([this] { Announce(nullptr); });
  runner_->SetOnAllBack([this] { StartHeldUnitsOfOldHost(options_); });
  if (was_cut_off) {
    Announce(nullptr);
  }
  return OkStatus();
}

void Execution::Announce(Outcome* outcome) {
  // What an early recovery did is told by the one that ends the run.
  if (options_.host != nullptr || options_.is_early) {
    return;
  }
  const Standing standing{runner_->history(), journal_->last_hash()};
  if (outcome == nullptr) {
    courier_.Tell(standing);
    return;
  }
  for (const std::string& failure : courier_.Finish(standing, StopLevel() >= 2)) {
    outcome->reason += "; " + failure;
  }
}

void Execution::InhibitShutdown() {
  if (options_.inhibitor == nullptr || inhibits_) {
    return;
  }
  inhibits_ = true;
  const journal::RunInfo& info = run_.contents.info;
  const Status taken = options_.inhibitor->Take(
      fmt::format("run {}: {} v{} -> v{}", run_.run_id, info.product, info.from, info.to));
  if (!taken.ok()) {
    runner_->Report(ProgressKind::kNotInhibited, plan::StepId(),
                    "nothing makes a shutdown wait for the run: " + taken.error().message);
  }
}

void Execution::StartHeld() {
  held_note_ = StartHeldUnits(options_, run_.plan, runner_->history());
}

Outcome Execution::Forward() {
  InhibitShutdown();
  const bool parks = runner_->history().parks();
  switch (runner_->RunForward(plan::Phase::kPrepare,
                              parks ? plan::Phase::kPrepare : plan::Phase::kVerify)) {
    case WalkEnd::kDone:
      if (parks) {
        return Park();
      }
      break;
    case WalkEnd::kFailed:
      if (IsBelowNoReturn()) {
        return NeedsPerson(fmt::format(
            "it failed below its point of no return: {}; mend that, and `resume` goes on",
            runner_->failure()));
      }
      return Back(runner_->failure(), ExitCode::kRolledBack);
    case WalkEnd::kStopped:
      if (IsBelowNoReturn()) {
        return Interrupted("stopped below its point of no return, where nothing turns back");
      }
      return StopLevel() >= 2 ? Interrupted("stopped at once")
                              : Back("asked to turn back", ExitCode::kRolledBack);
    case WalkEnd::kReboots:
      return Reboots();
    case WalkEnd::kCrashed:
      return Interrupted(runner_->failure());
  }
  if (!runner_->history().was_committed() && runner_->Commit() != WalkEnd::kDone) {
    return Interrupted(runner_->failure());
  }
  return CleanUp();
}

Outcome Execution::CleanUp() {
  InhibitShutdown();
  switch (runner_->RunForward(plan::Phase::kCleanup, plan::Phase::kCleanup)) {
    case WalkEnd::kDone:
      return Finished();
    case WalkEnd::kFailed:
      return NeedsPerson(fmt::format("committed; cleanup is not done: {}; `resume` tries again",
                                     runner_->failure()));
    case WalkEnd::kStopped:
      // Asked too late to turn back, and nothing is left that could be stopped.
      return runner_->Leftovers().empty() ? Finished() : Interrupted("stopped during cleanup");
    case WalkEnd::kReboots:
      return Reboots();
    case WalkEnd::kCrashed:
      return Interrupted(runner_->failure());
  }
  UPGRAPH_UNREACHABLE("end of a walk");
}

Outcome Execution::Tend(const std::vector<plan::StepId>& watches) {
  std::vector<std::string> breaches;
  if (runner_->LookAtWatches(watches, &breaches) == WalkEnd::kCrashed) {
    return Interrupted(runner_->failure());
  }
  const bool has_due = HasDueCleanup(run_.plan, runner_->history(), host_.env->clock.WallMs());
  Outcome outcome = has_due ? CleanUp() : End(ExitCode::kDone, "looked, and found nothing");
  if (breaches.empty()) {
    return outcome;
  }
  const std::string answer = !has_due ? "nothing answers it but a person"
                             : outcome.exit_code == ExitCode::kDone ? "its `else` was done"
                                                                    : outcome.reason;
  outcome.reason = fmt::format("what is watched does not hold: {}; {}", breaches[0], answer);
  outcome.findings = std::move(breaches);
  if (!has_due) {
    outcome.exit_code = ExitCode::kNeedsPerson;
  }
  return outcome;
}

// First nothing turns back any more, durably; then it goes; then it is written down that it is
// gone. Whoever is killed in between leaves a run of which the next tick does all of it again.
Status Execution::TryRemoveUndo(std::string* note) {
  std::set<plan::StepId> in_doubt;
  for (uint32_t i = 0; i < run_.plan.steps.size(); ++i) {
    if (runner_->history().steps()[i].state == history::StepState::kCaptured) {
      in_doubt.insert(plan::StepId(i));
    }
  }
  const auto record = [&](history::RecordKind kind) {
    return runner_->RecordOfRun(kind) == WalkEnd::kDone
               ? OkStatus()
               : Status(Error{ErrorKind::kIo, runner_->failure()});
  };
  UPGRAPH_TRY(record(history::RecordKind::kUndoGoing));
  UPGRAPH_ASSIGN(const std::vector<std::string> kept,
                 steps::RemoveStaging(*host_.env, RunFolder(run_.run_id), in_doubt));
  UPGRAPH_TRY(journal_->RemoveUndo(in_doubt));
  UPGRAPH_TRY(record(history::RecordKind::kUndoGone));
  *note = KeptNote(kept);
  return OkStatus();
}

void Execution::RemoveUndo(Outcome* outcome) {
  if (!IsUndoDue(run_.plan, run_.contents, runner_->history(), host_.env->clock)) {
    return;
  }
  std::string note;
  if (const Status status = TryRemoveUndo(&note); !status.ok()) {
    outcome->reason += fmt::format(
        "{}what run {} kept for its way back is not removed yet: {}; the next `upgraph "
        "tick` tries again",
        outcome->reason.empty() ? "" : "; ", run_.run_id, status.error().message);
    outcome->exit_code =
        StopLevel() >= kStopKilled ? ExitCode::kInterrupted : ExitCode::kNeedsPerson;
    outcome->can_retry = true;
  } else {
    outcome->reason += fmt::format("{}what run {} kept for its way back is removed{}",
                                   outcome->reason.empty() ? "" : "; ", run_.run_id, note);
  }
}

Outcome Execution::Back(const std::string& cause, ExitCode success) {
  InhibitShutdown();
  switch (runner_->TurnBack(cause)) {
    case WalkEnd::kDone:
      break;
    case WalkEnd::kFailed:
    case WalkEnd::kStopped:
      return Interrupted("stopped on the way back");
    case WalkEnd::kReboots:
      return Reboots();
    case WalkEnd::kCrashed:
      return Interrupted(runner_->failure());
  }
  if (runner_->history().state() == RunState::kIncomplete) {
    return End(ExitCode::kIncomplete,
               WhatNext(runner_->Leftovers(), runner_->history()) + runner_->LateNote());
  }
  const history::RunHistory& history = runner_->history();
  return End(success, fmt::format("rolled back to v{}: {}{}{}{}{}", run_.contents.info.from, cause,
                                  runner_->LateNote(), AcceptedNote(run_.plan, history),
                                  HeldAgainNote(history), ClearStaging(host_, run_)));
}

Outcome Execution::Settle(const std::vector<bool>& chosen, SettledAs as, const std::string& text) {
  const std::vector<std::string> doubts =
      as == SettledAs::kReverted ? runner_->FindDoubts(chosen) : std::vector<std::string>();
  if (!doubts.empty()) {
    Outcome outcome = End(ExitCode::kIncomplete, fmt::format("not settled: {}", doubts[0]));
    outcome.findings = doubts;
    return outcome;
  }
  if (Status status = runner_->Settle(chosen, as, text); !status.ok()) {
    return Interrupted(status.error().message);
  }
  const size_t count = runner_->Leftovers().size();
  return End(ExitCode::kDone,
             count == 0 ? "settled, and nothing else is left over; `upgraph resume` ends the "
                          "rollback"
                        : fmt::format("settled; {} more {} left over, and `upgraph resume` goes on "
                                      "with what can go back",
                                      count, count == 1 ? "is" : "are"));
}

// What is compared when it goes on is how the host is with prepare.
Outcome Execution::Park() {
  const auto facts = KeepFactsOfParked(AccessOf(options_), *host_.env, run_);
  if (!facts.ok()) {
    return Back(facts.error().Within("the run cannot be parked").message, ExitCode::kRolledBack);
  }
  if (runner_->Park(*facts) != WalkEnd::kDone) {
    return Interrupted(runner_->failure());
  }
  return End(ExitCode::kDone,
             fmt::format("v{} -> v{} is prepared, and the run is parked: {}",
                         run_.contents.info.from, run_.contents.info.to, HowToGoOn(run_.plan)));
}

Outcome Execution::Finished() {
  runner_->Report(ProgressKind::kFinished, plan::StepId(), "");
  return End(ExitCode::kDone,
             fmt::format("v{} -> v{} is done", run_.contents.info.from, run_.contents.info.to));
}

Outcome Execution::Interrupted(const std::string& why) {
  Outcome outcome = End(ExitCode::kInterrupted, why + "; `upgraph resume` goes on");
  outcome.can_retry = true;
  return outcome;
}

Outcome Execution::NeedsPerson(const std::string& why) {
  if (runner_->RecordOfRun(history::RecordKind::kLeft, why) != WalkEnd::kDone) {
    return Interrupted(runner_->failure());
  }
  return End(ExitCode::kNeedsPerson, why);
}

Outcome Execution::Reboots() {
  const bool is_back = runner_->history().direction() == history::Direction::kBack;
  const bool is_alone = options_.boot_unit == nullptr || !options_.boot_unit->IsThere();
  const std::string what = is_back ? "the rollback ends" : "the run goes on";
  Outcome outcome =
      End(ExitCode::kInterrupted,
          fmt::format("the system reboots, as the plan says; {} after it{}", what,
                      is_alone ? ", when `upgraph recover` is called" : " by itself"));
  outcome.can_retry = true;
  outcome.is_rebooting = true;
  return outcome;
}

Outcome Execution::End(ExitCode code, const std::string& reason) {
  Outcome outcome;
  outcome.exit_code = code;
  outcome.run_id = run_.run_id;
  outcome.reason = reason;
  outcome.leftovers = runner_->Leftovers();
  Announce(&outcome);
  // Where only a condition is broken the host is the old one, and boots as that.
  const history::RunHistory& history = runner_->history();
  const bool is_boots_business = IsUnfinished(run_.plan, history) && !history.has_broken() &&
                                 history.state() != RunState::kParked;
  outcome.reason += held_note_ + KeepTickTimer(options_, *host_.env, run_, history) +
                    LeaveBootUnit(options_, is_boots_business, history.state());
  return outcome;
}

}  // namespace upgraph::executor
