// Order of acts, which the crash tests hold us to: captured is durable before apply starts; the
// effect is synced before applied is written; reverting is durable before revert starts; nothing is
// reported as done, and no lock freed, before its record is durable. Records wait for each other
// where that costs nothing: `applied` of one step and `captured` of the next share one commit.

#include "runtime/executor/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/executor/keep_window.h"
#include "runtime/executor/leftovers.h"
#include "runtime/executor/run_folder.h"
#include "runtime/executor/watch_work.h"
#include "runtime/rollback/undo_plan.h"

namespace upgraph::executor {
namespace {

using history::Direction;
using history::RecordKind;
using history::StepState;
using plan::StepId;

// Of a step below the point of no return, at least, with at least this wait before each.
constexpr uint32_t kForwardAttempts = 3;
constexpr int64_t kForwardWaitMs = 1'000;

constexpr int64_t kPollMs = 20;  // how soon a stop request is seen

bool IsDoneForward(StepState state) {
  return state == StepState::kApplied || state == StepState::kFound;
}

}  // namespace

Runner::Runner(const RunOptions& options, RunContext context, std::atomic<bool>* cancel,
               journal::Journal* journal, journal::Contents* contents)
    : options_(options),
      context_(std::move(context)),
      cancel_(cancel),
      journal_(journal),
      history_(contents->history),
      captured_(context_.plan.steps.size()),
      directory_times_ns_(contents->directory_times_ns),
      pool_(options.jobs),
      up_watch_(context_),
      window_(contents->info.window),
      began_(RunTimeOf(*contents, context_.env.clock)),
      began_boot_ms_(context_.env.clock.BootMs()),
      turn_back_(context_.plan, window_, rollback::StepsToRevert(context_.plan, history_)) {
  for (const plan::Step& step : context_.plan.steps) {
    join_count_ += step.kind == plan::StepKind::kJoin;
  }
  for (const auto& [step_id, values] : history_.baselines()) {
    for (const auto& [condition, value] : values) {
      context_.baselines[step_id].resize(
          std::max<size_t>(values.rbegin()->first + 1, condition + 1));
      context_.baselines[step_id][condition] = value;
    }
  }
  for (const auto& [step_id, undo] : contents->undo) {
    captured_[step_id.index()] = ReadCaptured(undo);
    if (history_.step(step_id).state == StepState::kCaptured) {
      in_doubt_.insert(step_id);
    }
  }
  reboots_ = RebootsOf(context_.plan, *contents);
  facts_ = contents->info.facts;
  GoOnWithService();
}

void Runner::Report(ProgressKind kind, StepId step_id, const std::string& text) {
  if (options_.progress == nullptr) {
    return;
  }
  Progress progress;
  progress.kind = kind;
  progress.run_id = context_.run_id;
  if (step_id.has_value()) {
    progress.step_path = context_.plan.step(step_id).path;
    progress.step_title = context_.plan.step(step_id).title;
  }
  progress.direction = history_.direction();
  progress.text = text;
  progress.wall_ms = context_.env.clock.WallMs();
  ReportWindow(&progress);
  const uint32_t found = history_.CountIn(StepState::kFound);
  progress.step_count = static_cast<uint32_t>(context_.plan.steps.size()) - join_count_;
  if (progress.direction == Direction::kBack) {
    progress.step_count -= history_.CountIn(StepState::kPending) - join_count_ + found;
    progress.done_count = history_.CountIn(StepState::kReverted);
  } else {
    progress.done_count = history_.CountIn(StepState::kApplied) + found;
  }
  options_.progress->Report(progress);
}

void Runner::Record(RecordKind kind, StepId step_id, const std::string& text,
                    const Digest& digest) {
  journal::Entry pending;
  history::Record& record = pending.record;
  record.kind = kind;
  record.step_id = step_id;
  record.attempt = step_id.has_value() ? history_.step(step_id).attempt_count + 1 : 0;
  record.wall_ms = context_.env.clock.WallMs();
  record.boot_ms = context_.env.clock.BootMs();
  record.text = text;
  record.digest = digest;
  Status folded = history_.Add(record);
  UPGRAPH_CHECK(folded.ok());
  pending_.push_back(std::move(pending));
  pending_progress_.push_back(std::nullopt);
  if ((kind == RecordKind::kCaptured || kind == RecordKind::kReverting) &&
      MayTakeServiceAway(context_.plan.step(step_id))) {
    up_watch_.Begin(context_.plan.step(step_id).hop);
  }
}

void Runner::RecordAndReport(RecordKind kind, StepId step_id, const std::string& text,
                             ProgressKind progress, const Digest& digest) {
  Record(kind, step_id, text, digest);
  pending_progress_.back() = progress;
}

void Runner::RecordStuck(StepId step_id, const std::string& why, bool is_half_back) {
  RecordAndReport(RecordKind::kStuck, step_id, why, ProgressKind::kStuck,
                  is_half_back ? Digest{} : Sha256(why));
}

bool Runner::CommitPending(bool at_once) {
  if (is_crashed_) {
    return false;
  }
  if (StopLevel() >= kStopKilled) {
    is_crashed_ = true;
    failure_ = "the runner was killed";
    return false;
  }
  const std::vector<journal::Entry> entries = std::exchange(pending_, {});
  const std::vector<std::optional<ProgressKind>> told = std::exchange(pending_progress_, {});
  const size_t most = at_once ? entries.size() : journal_->entries_at_once();
  for (size_t begin = 0; begin < entries.size(); begin += most) {
    const size_t count = std::min(most, entries.size() - begin);
    Status status = journal_->Commit(std::span(entries).subspan(begin, count));
    if (!status.ok()) {
      is_crashed_ = true;
      failure_ = status.error().message;
      cancel_->store(true);
      return false;
    }
    for (size_t i = begin; i < begin + count; ++i) {
      if (told[i].has_value()) {
        const history::Record& record = entries[i].record;
        Report(*told[i], record.step_id,
               record.kind == RecordKind::kBroken ? history::BesideNumber(record) : record.text);
      }
    }
  }
  if (on_late_ && std::any_of(entries.begin(), entries.end(), [](const journal::Entry& entry) {
        return entry.record.kind == RecordKind::kLate;
      })) {
    on_late_();
  }
  for (plan::LockScopeId scope_id : to_free_) {
    held_.erase(scope_id);
    Report(ProgressKind::kLockFreed, StepId(),
           context_.plan.lock_scope(scope_id).locks.front().name);
  }
  to_free_.clear();
  return true;
}

void Runner::Fail(const std::string& why) {
  if (!is_failed_) {
    failure_ = why;
  }
  is_failed_ = true;
}

// Everything before it is done, and nothing after it may begin before this is durable.
void Runner::PassNoReturn(scheduler::GraphWalk* walk, StepId step_id) {
  if (!history_.was_committed()) {
    RecordAndReport(RecordKind::kCommitted, StepId(), "", ProgressKind::kCommitted);
  }
  RecordAndReport(RecordKind::kApplied, step_id, "", ProgressKind::kApplied);
  if (CommitPending()) {
    FinishStep(walk, step_id);
  }
}

void Runner::StartForward(scheduler::GraphWalk* walk, StepId step_id) {
  const plan::Step& step = context_.plan.step(step_id);
  if (!HasItsLocks(step_id) || !MayStart(step_id, 0)) {
    return;
  }
  if (step.kind == plan::StepKind::kCommit) {
    PassNoReturn(walk, step_id);
    return;
  }
  if (step.ends.has_value() && history_.step(step.ends).state == StepState::kFound) {
    // What was there before the run is not the run's to end.
    RecordAndReport(RecordKind::kFound, step_id, "", ProgressKind::kFound);
    FinishStep(walk, step_id);
    return;
  }
  const RunContext& context = context_;
  if (step.undo == plan::UndoClass::kObserves) {
    Report(ProgressKind::kChecking, step_id, "");
    pool_.Start([&context, step_id, gate_end_boot_ms = GateEndBootMs(step_id)] {
      return CheckStep(context, step_id, gate_end_boot_ms);
    });
  } else if (history_.step(step_id).state == StepState::kCaptured) {
    to_apply_.push_back(step_id);
  } else {
    ++captures_open_;
    Report(ProgressKind::kCapturing, step_id, "");
    pool_.Start([&context, step_id] { return CaptureStep(context, step_id); });
  }
}

void Runner::StartBack(scheduler::GraphWalk* walk, StepId step_id) {
  StepId blocker = rollback::BlockedBy(context_.plan, history_, step_id);
  if (blocker.has_value()) {
    RecordAndReport(RecordKind::kBlocked, step_id,
                    fmt::format("held back by `{}`", context_.plan.step(blocker).path),
                    ProgressKind::kBlocked);
    FinishStep(walk, step_id);
    return;
  }
  if (std::string lost = FindLostLock(step_id); !lost.empty()) {
    Record(RecordKind::kReverting, step_id, "");
    RecordStuck(step_id, lost, false);
    FinishStep(walk, step_id);
    return;
  }
  history::StepHistory& before = before_revert_[step_id] = history_.step(step_id);
  const bool was_held = before.state == StepState::kBlocked || before.state == StepState::kStuck;
  if (was_held && before.was_applied && !before.is_half_back) {
    before.state = StepState::kApplied;  // it was never begun: drift can still be told
  }
  Record(RecordKind::kReverting, step_id, "");
  to_revert_.push_back(step_id);
}

// Before its next try.
int64_t Runner::RetryWaitMs(StepId step_id) const {
  const uint32_t attempt = history_.step(step_id).attempt_count + 1;
  const plan::Step& step = context_.plan.step(step_id);
  const int64_t wait_ms =
      history_.was_committed() ? std::max(step.retry_wait_ms, kForwardWaitMs) : step.retry_wait_ms;
  return attempt == 1 ? 0 : wait_ms << std::min<uint32_t>(attempt - 2, 20);
}

void Runner::StartApplies() {
  const RunContext& context = context_;
  for (StepId step_id : to_apply_) {
    bool is_in_doubt = in_doubt_.count(step_id) != 0;
    uint32_t attempt = history_.step(step_id).attempt_count + 1;
    const int64_t wait_ms = RetryWaitMs(step_id);
    if (!HasItsLocks(step_id) || !MayStart(step_id, wait_ms)) {
      break;  // time has passed since it was captured
    }
    Report(ProgressKind::kApplying, step_id, "");
    pool_.Start([&context, step_id, captured = CapturedOf(step_id), is_in_doubt, attempt,
                 wait_ms]() mutable {
      return ApplyStep(context, step_id, std::move(captured), is_in_doubt, attempt, wait_ms);
    });
  }
  to_apply_.clear();
}

void Runner::StartReverts() {
  const RunContext& context = context_;
  for (StepId step_id : to_revert_) {
    Report(ProgressKind::kReverting, step_id, "");
    std::map<std::string, int64_t> times_ns;
    for (const steps::DirectoryTime& directory : CapturedOf(step_id).directories) {
      if (auto time = directory_times_ns_.find(directory.path); time != directory_times_ns_.end()) {
        times_ns.insert(*time);
      }
    }
    pool_.Start([&context, step_id, captured = CapturedOf(step_id),
                 history = before_revert_[step_id], times_ns = std::move(times_ns)]() mutable {
      return RevertStep(context, step_id, std::move(captured), std::move(history),
                        std::move(times_ns));
    });
  }
  to_revert_.clear();
}

void Runner::StartReady(scheduler::GraphWalk* walk, Direction direction) {
  // A step that is blocked is done at once and may open others.
  for (bool has_more = true; has_more;) {
    const size_t open_count =
        static_cast<size_t>(pool_.open_count()) + to_apply_.size() + to_revert_.size();
    scheduler::GraphWalk::Next next =
        walk->TakeReady(kOpenStepsMax - std::min(open_count, kOpenStepsMax));
    has_more = !next.steps.empty();
    for (plan::LockScopeId scope_id : next.scopes) {
      const RunContext& context = context_;
      Report(ProgressKind::kLockWaiting, StepId(),
             context_.plan.lock_scope(scope_id).locks.front().name);
      pool_.Start([&context, scope_id] { return TakeScope(context, scope_id); });
    }
    for (StepId step_id : next.steps) {
      if (direction == Direction::kForward) {
        StartForward(walk, step_id);
      } else {
        StartBack(walk, step_id);
      }
    }
  }
}

void Runner::FinishStep(scheduler::GraphWalk* walk, StepId step_id) {
  for (plan::LockScopeId scope_id : walk->StepDone(step_id)) {
    to_free_.push_back(scope_id);
  }
}

void Runner::TakeForwardFailure(const WorkResult& result) {
  StepId step_id = result.step_id;
  const plan::Step& step = context_.plan.step(step_id);
  std::string why = result.status.error().message;
  bool is_capture = result.kind == WorkKind::kCapture;
  RecordAndReport(RecordKind::kFailed, step_id, why, ProgressKind::kFailed);
  // Where nothing turns back any more, giving up is the last resort.
  const bool is_retried_forward = history_.was_committed() && step.phase != plan::Phase::kCleanup;
  const uint32_t attempts_max =
      is_retried_forward ? std::max(step.attempts_max, kForwardAttempts) : step.attempts_max;
  bool may_retry =
      !is_capture && !cancel_->load() && history_.step(step_id).attempt_count < attempts_max;
  if (may_retry && !MayTryAgain(step_id)) {
    may_retry = false;
    why += "; there is no time to try again";
  }
  if (may_retry && result.kind == WorkKind::kApply) {
    in_doubt_.insert(step_id);  // a try that failed may have got half-way
    Report(ProgressKind::kRetrying, step_id, why);
    to_apply_.push_back(step_id);
    return;
  }
  Fail(fmt::format("`{}`: {}", step.path, why));
}

void Runner::TakeRevertResult(scheduler::GraphWalk* walk, const WorkResult& result) {
  if (!result.drift.empty()) {
    RecordAndReport(RecordKind::kDrift, result.step_id, result.drift, ProgressKind::kDrift);
  }
  if (result.status.ok()) {
    RecordAndReport(RecordKind::kReverted, result.step_id, "", ProgressKind::kReverted);
  } else if (cancel_->load()) {
    return;  // stopped at once: it stays `reverting`, and the next runner goes on
  } else if (is_early_) {
    Fail(fmt::format("`{}`: {}", context_.plan.step(result.step_id).path,
                     result.status.error().message));
    return;  // the same; whether it is stuck shows when everything is there
  } else {
    RecordStuck(result.step_id, result.status.error().message, result.has_put_back);
  }
  FinishStep(walk, result.step_id);
}

void Runner::TakeResult(scheduler::GraphWalk* walk, WorkResult result) {
  StepId step_id = result.step_id;
  if (result.kind == WorkKind::kTakeLocks) {
    TakeScopeResult(walk, std::move(result));
    return;
  }
  if (result.kind == WorkKind::kRevert) {
    TakeRevertResult(walk, result);
    return;
  }
  captures_open_ -= result.kind == WorkKind::kCapture ? 1 : 0;
  if (!result.status.ok()) {
    TakeForwardFailure(result);
    return;
  }
  switch (result.kind) {
    case WorkKind::kCapture: {
      if (result.is_found) {
        turn_back_.Remove(step_id);
        RecordAndReport(RecordKind::kFound, step_id, "", ProgressKind::kFound);
        FinishStep(walk, step_id);
        return;
      }
      std::vector<std::pair<std::string, int64_t>> times_ns;
      for (const steps::DirectoryTime& directory : result.captured.directories) {
        times_ns.emplace_back(directory.path, directory.mtime_ns);
        directory_times_ns_.emplace(directory.path, directory.mtime_ns);
      }
      std::string bytes = CapturedBytes(result.captured);
      Record(RecordKind::kCaptured, step_id, "", Sha256(bytes));
      pending_.back().undo = std::move(bytes);
      pending_.back().directory_times_ns = std::move(times_ns);
      captured_[step_id.index()] = std::move(result.captured);
      to_apply_.push_back(step_id);
      return;
    }
    case WorkKind::kCheck:
    case WorkKind::kApply:
      if (result.is_reboot_asked) {
        is_rebooting_ = true;
        return;
      }
      RecordAndReport(RecordKind::kApplied, step_id, "", ProgressKind::kApplied,
                      result.applied.state);
      FinishStep(walk, step_id);
      return;
    case WorkKind::kRevert:
    case WorkKind::kTakeLocks:
      break;
  }
  UPGRAPH_UNREACHABLE("work kind");
}

WalkEnd Runner::Walk(scheduler::GraphWalk* walk, Direction direction) {
  bool is_stopped = false;
  const auto goes_on = [&] { return !is_stopped && !is_crashed_ && !is_failed_ && !is_rebooting_; };
  while (true) {
    int stop_level = StopLevel();
    if (stop_level >= (direction == Direction::kForward || is_early_ ? 1 : 2) && !is_stopped) {
      is_stopped = true;
      cancel_->store(true);
    }
    KeepWindow(direction);
    if (goes_on()) {
      StartReady(walk, direction);
    } else {
      walk->Stop();
    }
    // Captures that still run may share the commit; whatever waits to act cannot wait for more.
    bool acts = !to_apply_.empty() || !to_revert_.empty() || !to_free_.empty();
    if ((acts || captures_open_ == 0) && CommitPending() && goes_on()) {
      StartApplies();
      StartReverts();
    }
    if (!goes_on()) {
      to_apply_.clear();
      to_revert_.clear();
    }
    if (pool_.open_count() == 0 && (walk->is_finished() || !goes_on())) {
      break;
    }
    // Steps that are open, and none that may start: the walk promises that this cannot be.
    UPGRAPH_CHECK(pool_.open_count() > 0 || is_crashed_);
    std::optional<WorkResult> result = pool_.Wait(kPollMs);
    while (result.has_value()) {
      TakeResult(walk, std::move(*result));
      result = pool_.Wait(0);
    }
    LookAtService();
  }
  CommitPending();
  to_free_.clear();
  held_.clear();
  if (is_crashed_) {
    return WalkEnd::kCrashed;
  }
  if (is_rebooting_) {
    return WalkEnd::kReboots;
  }
  if (is_stopped) {
    return WalkEnd::kStopped;
  }
  return is_failed_ ? WalkEnd::kFailed : WalkEnd::kDone;
}

WalkEnd Runner::RunForward(plan::Phase first, plan::Phase last) {
  std::vector<bool> is_included(context_.plan.steps.size(), false);
  for (uint32_t i = 0; i < context_.plan.steps.size(); ++i) {
    const plan::Step& step = context_.plan.steps[i];
    is_included[i] = step.kind != plan::StepKind::kJoin && step.phase >= first &&
                     step.phase <= last && (last != plan::Phase::kPrepare || step.hop == 0) &&
                     !IsDoneForward(history_.steps()[i].state) &&
                     IsDue(step, history_, context_.env.clock.WallMs());
  }
  is_failed_ = false;
  may_be_late_ = last != plan::Phase::kCleanup;
  scheduler::GraphWalk walk(context_.plan, Direction::kForward, is_included);
  const WalkEnd end = Walk(&walk, Direction::kForward);
  if (end == WalkEnd::kDone && last == plan::Phase::kVerify) {
    LookAtServiceOnceMore();
  }
  return end;
}

void Runner::RecordNotDurable(const std::string& where) {
  if (!where.empty()) {
    Record(RecordKind::kNotDurable, StepId(), where);
  }
}

void Runner::RecordSigner(const std::string& signer) {
  if (!signer.empty()) {
    Record(RecordKind::kSigned, StepId(), signer);
  }
}

void Runner::RecordTurningBack(const std::string& cause) {
  if (history_.state() != history::RunState::kTurningBack) {
    RecordAndReport(RecordKind::kTurningBack, StepId(), cause, ProgressKind::kTurningBack);
    up_watch_.End();  // until the first revert that may take the service away
  }
}

WalkEnd Runner::TurnBack(const std::string& cause) {
  RecordTurningBack(cause);
  if (!CommitPending()) {
    return WalkEnd::kCrashed;
  }
  is_failed_ = false;
  may_be_late_ = !history_.was_committed();
  cancel_->store(false);
  std::vector<bool> reverts = rollback::StepsToRevert(context_.plan, history_);
  const std::vector<StepId> reboots = TakeReboots(context_.plan, &reverts);
  scheduler::GraphWalk walk(context_.plan, Direction::kBack, reverts);
  WalkEnd end = Walk(&walk, Direction::kBack);
  if (end == WalkEnd::kDone) {
    end = RebootBack(reboots);
  }
  if (end == WalkEnd::kDone) {
    end = AskWhatHeld();
  }
  if (end != WalkEnd::kDone) {
    return end;
  }
  LookAtServiceOnceMore();
  KeepWindow(Direction::kBack);
  if (Leftovers().empty()) {
    RecordAndReport(RecordKind::kRolledBack, StepId(), "", ProgressKind::kRolledBack);
  } else {
    RecordAndReport(RecordKind::kIncomplete, StepId(), "", ProgressKind::kIncomplete);
  }
  return CommitPending(true) ? WalkEnd::kDone : WalkEnd::kCrashed;
}

WalkEnd Runner::Commit() {
  RecordAndReport(RecordKind::kCommitted, StepId(), "", ProgressKind::kCommitted);
  return CommitPending() ? WalkEnd::kDone : WalkEnd::kCrashed;
}

WalkEnd Runner::Park(const Digest& facts) {
  RecordAndReport(RecordKind::kParked, StepId(), "", ProgressKind::kParked, facts);
  return CommitPending() ? WalkEnd::kDone : WalkEnd::kCrashed;
}

WalkEnd Runner::RecordOfRun(RecordKind kind, const std::string& text) {
  Record(kind, StepId(), text);
  return CommitPending() ? WalkEnd::kDone : WalkEnd::kCrashed;
}

WalkEnd Runner::LookAtWatches(const std::vector<StepId>& watches,
                              std::vector<std::string>* breaches) {
  for (StepId watch_id : watches) {
    const std::string& path = context_.plan.step(watch_id).path;
    Report(ProgressKind::kChecking, watch_id, "");
    const WatchLook look = LookOnce(context_, watch_id, history_.committed_wall_ms());
    if (!look.breach.empty()) {
      // A failed look, then a watch that is over: from here on what answers it is due.
      RecordAndReport(RecordKind::kFailed, watch_id, look.breach, ProgressKind::kFailed);
      Record(RecordKind::kApplied, watch_id, "");
      breaches->push_back(fmt::format("`{}`: {}", path, look.breach));
    } else if (look.is_over) {
      RecordAndReport(RecordKind::kApplied, watch_id, "", ProgressKind::kApplied);
      for (uint32_t i = 0; i < context_.plan.steps.size(); ++i) {
        if (context_.plan.steps[i].watch_id == watch_id &&
            context_.plan.steps[i].kind != plan::StepKind::kJoin) {
          Record(RecordKind::kFound, StepId(i), "");
        }
      }
    }
  }
  return CommitPending() ? WalkEnd::kDone : WalkEnd::kCrashed;
}

std::vector<Leftover> Runner::Leftovers() const {
  return FindLeftovers({context_.env, context_.plan, history_, options_.root, context_.host},
                       [this](StepId step_id) { return CapturedOf(step_id); });
}

}  // namespace upgraph::executor
