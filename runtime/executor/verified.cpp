// The looks themselves, and the runner's part in them: what it records before the first change, and
// at the end of a rollback.

#include "runtime/executor/verified.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/executor/gate_work.h"
#include "runtime/executor/runner.h"
#include "runtime/rollback/undo_plan.h"

namespace upgraph::executor {

using history::Direction;
using history::RecordKind;
using plan::StepId;

namespace {

constexpr int64_t kPollMs = 20;  // how soon a stop request is seen

bool IsRealGate(const RunContext& run, StepId step_id) {
  const plan::Step& step = run.plan.step(step_id);
  return step.gate_id.has_value() && run.host.FindStep(step) == nullptr;
}

WorkResult Look(const RunContext& run, StepId step_id, int64_t end_boot_ms) {
  WorkResult result;
  result.step_id = step_id;
  const int64_t most_ms = std::min(kLookMsMax, end_boot_ms - run.env.clock.BootMs());
  if (most_ms <= 0 || run.cancel.load()) {
    return result;
  }
  if (!IsRealGate(run, step_id)) {
    const Status status = CheckStepOnce(run, step_id, most_ms);
    result.conditions[0] = status.ok() ? "" : status.error().message;
    return result;
  }
  const plan::Gate& gate = run.plan.gate(run.plan.step(step_id).gate_id);
  const auto baselines = BaselinesOf(run, step_id);
  if (!baselines.ok()) {
    return result;
  }
  const gates::SignalContext context{run.env, run.cancel, run.work_lock_fd};
  const std::vector<gates::Look> looks =
      gates::TakeSample(gate.conditions, *baselines, [&](const plan::Signal& signal) {
        const int64_t left_ms = std::min(kLookMsMax, end_boot_ms - run.env.clock.BootMs());
        return gates::ReadSignal(context, signal, std::max<int64_t>(left_ms, 1));
      });
  for (uint32_t i = 0; i < looks.size(); ++i) {
    const bool holds = looks[i].reading.has_value() && looks[i].holds;
    result.conditions[i] = holds ? "" : gates::Describe(gate.conditions[i], looks[i]);
  }
  return result;
}

// False when it was cancelled before.
bool SleepUntil(const RunContext& run, int64_t boot_ms) {
  while (!run.cancel.load() && run.env.clock.BootMs() < boot_ms) {
    run.env.clock.SleepMs(std::min(boot_ms - run.env.clock.BootMs(), kPollMs));
  }
  return !run.cancel.load();
}

void AskGateAgain(const RunContext& run, StepId step_id, const std::vector<uint32_t>& asked,
                  WorkResult* result) {
  const plan::Gate& gate = run.plan.gate(run.plan.step(step_id).gate_id);
  const auto all_baselines = BaselinesOf(run, step_id);
  std::vector<plan::Condition> conditions;
  std::vector<double> baselines;
  for (uint32_t number : asked) {
    if (!all_baselines.ok()) {
      result->conditions[number] = all_baselines.error().message;
      continue;
    }
    conditions.push_back(gate.conditions[number]);
    baselines.push_back((*all_baselines)[number]);
  }
  const int64_t begin_ms = run.env.clock.BootMs();
  const int64_t end_ms =
      std::max(begin_ms + gate.settle_ms + gate.for_ms, begin_ms + kAskAgainMsMin);
  const int64_t every_ms = std::max(gate.every_ms, kAskAgainEveryMs);
  int64_t next_ms = begin_ms + gate.settle_ms;
  while (!conditions.empty() && SleepUntil(run, next_ms)) {
    const std::vector<gates::Look> looks =
        gates::TakeSample(conditions, baselines, SignalReaderOf(run));
    bool holds = true;
    for (size_t i = 0; i < looks.size(); ++i) {
      const bool passes = !looks[i].reading.has_value() && gate.missing == plan::Missing::kPasses;
      const bool is_good = passes || looks[i].holds;
      result->conditions[asked[i]] = is_good ? "" : gates::Describe(conditions[i], looks[i]);
      holds = holds && is_good;
    }
    const int64_t now_ms = run.env.clock.BootMs();
    if (holds || now_ms >= end_ms) {
      return;
    }
    next_ms = std::min(std::max(next_ms + every_ms, now_ms), end_ms);
  }
}

}  // namespace

Result<HeldConditions> LookAtVerify(const RunContext& run, const RunOptions& options) {
  HeldConditions held;
  if (!run.host.has_signals()) {
    return held;
  }
  std::atomic<bool> cancel{false};
  const RunContext context{run.env,   run.plan,         run.payload, nullptr,  "",
                           run.epoch, run.work_lock_fd, cancel,      run.host, run.baselines};
  WorkerPool pool(options.jobs);
  const int64_t end_boot_ms = run.env.clock.BootMs() + kLooksMsMax;
  for (uint32_t i = 0; i < run.plan.steps.size(); ++i) {
    const plan::Step& step = run.plan.steps[i];
    if (step.phase == plan::Phase::kVerify && step.kind != plan::StepKind::kJoin) {
      pool.Start(
          [&context, id = StepId(i), end_boot_ms] { return Look(context, id, end_boot_ms); });
    }
  }
  while (pool.open_count() > 0) {
    if (options.stop != nullptr && options.stop->load() > 0) {
      cancel.store(true);
    }
    const std::optional<WorkResult> result = pool.Wait(kPollMs);
    if (!result.has_value()) {
      continue;
    }
    for (const auto& [number, why_not] : result->conditions) {
      if (why_not.empty()) {
        held[result->step_id].push_back(number);
      }
    }
  }
  if (cancel.load()) {
    return Error{ErrorKind::kInterrupted, "stopped before anything was touched"};
  }
  return held;
}

WorkResult AskAgain(const RunContext& run, StepId step_id,
                    const std::vector<uint32_t>& conditions) {
  WorkResult result;
  result.step_id = step_id;
  if (IsRealGate(run, step_id)) {
    AskGateAgain(run, step_id, conditions, &result);
    return result;
  }
  const int64_t end_ms = run.env.clock.BootMs() + kAskAgainMsMin;
  while (true) {
    const WorkResult checked = CheckStep(run, step_id);
    result.conditions[0] = checked.status.ok() ? "" : checked.status.error().message;
    const int64_t now_ms = run.env.clock.BootMs();
    if (checked.status.ok() || now_ms >= end_ms ||
        !SleepUntil(run, std::min(now_ms + kAskAgainEveryMs, end_ms))) {
      return result;
    }
  }
}

std::string ConditionTitle(const plan::Plan& plan, StepId step_id, uint32_t condition) {
  const plan::Step& step = plan.step(step_id);
  if (!step.gate_id.has_value() || condition >= plan.gate(step.gate_id).conditions.size()) {
    return step.title;
  }
  return plan.gate(step.gate_id).conditions[condition].title;
}

HeldConditions ToAskAgain(const history::RunHistory& history) {
  HeldConditions asked;
  for (const auto& [step_id, conditions] : history.held()) {
    for (const auto& [number, seen] : conditions) {
      if (!history.step(step_id).is_accepted) {
        asked[step_id].push_back(number);
      }
    }
  }
  return asked;
}

size_t HeldAgainCount(const history::RunHistory& history) {
  size_t count = 0;
  for (const auto& [step_id, conditions] : history.held()) {
    for (const auto& [number, seen] : conditions) {
      count += history.has_gone_back() && seen.empty() ? 1 : 0;
    }
  }
  return count;
}

bool Runner::RecordPreflight(Baselines baselines) {
  for (uint32_t i = 0; i < context_.plan.steps.size(); ++i) {
    const plan::Step& step = context_.plan.steps[i];
    if (step.phase == plan::Phase::kPreflight && step.kind != plan::StepKind::kJoin) {
      Record(RecordKind::kApplied, StepId(i), "");
    }
  }
  return RecordBaselines(std::move(baselines));
}

bool Runner::RecordBaselines(Baselines baselines) {
  for (const auto& [step_id, values] : baselines) {
    for (size_t i = 0; i < values.size(); ++i) {
      Record(RecordKind::kBaseline, step_id, fmt::format("{} {:.17g}", i, values[i]));
    }
  }
  context_.baselines = std::move(baselines);
  return CommitPending();
}

void Runner::RecordHeld(const HeldConditions& held) {
  for (const auto& [step_id, conditions] : held) {
    for (uint32_t number : conditions) {
      Record(RecordKind::kHeld, step_id,
             fmt::format("{} {}", number, ConditionTitle(context_.plan, step_id, number)));
    }
  }
}

void Runner::LookIfNothingBegan() {
  const bool has_begun = !history_.held().empty() ||
                         history_.CountIn(history::StepState::kFound) > 0 ||
                         history_.was_committed();
  const std::vector<bool> begun = rollback::StepsToRevert(context_.plan, history_);
  if (has_begun || std::find(begun.begin(), begun.end(), true) != begun.end()) {
    return;
  }
  const auto held = LookAtVerify(context_, options_);
  if (held.ok()) {
    RecordHeld(*held);  // else somebody asked to stop, which is met again at once
  }
}

WalkEnd Runner::AskWhatHeld() {
  const HeldConditions asked = ToAskAgain(history_);
  if (asked.empty() || !history_.has_gone_back() || !Leftovers().empty()) {
    return WalkEnd::kDone;  // what is left over comes first
  }
  if (on_all_back_) {
    on_all_back_();
  }
  const RunContext& context = context_;
  for (const auto& [step_id, conditions] : asked) {
    Report(ProgressKind::kChecking, step_id, "");
    pool_.Start(
        [&context, id = step_id, numbers = conditions] { return AskAgain(context, id, numbers); });
  }
  std::vector<WorkResult> results;
  while (pool_.open_count() > 0) {
    if (StopLevel() >= 2 || is_crashed_) {
      cancel_->store(true);
    }
    KeepWindow(Direction::kBack);
    CommitPending();
    std::optional<WorkResult> result = pool_.Wait(kPollMs);
    if (result.has_value()) {
      results.push_back(std::move(*result));
    }
    LookAtService();
  }
  if (!CommitPending()) {
    return WalkEnd::kCrashed;
  }
  if (cancel_->load() || StopLevel() >= 2) {
    return WalkEnd::kStopped;  // what was broken off says nothing
  }
  for (const WorkResult& result : results) {
    TakeAskedAgain(result);
  }
  return WalkEnd::kDone;
}

// Nothing is said of it before it is durable with the end of the run.
void Runner::TakeAskedAgain(const WorkResult& result) {
  bool holds = true;
  for (const auto& [number, why_not] : result.conditions) {
    if (!why_not.empty()) {
      holds = false;
      RecordAndReport(RecordKind::kBroken, result.step_id, fmt::format("{} {}", number, why_not),
                      ProgressKind::kBroken);
    }
  }
  if (holds) {
    Report(ProgressKind::kHeldAgain, result.step_id, "");
  }
}

}  // namespace upgraph::executor
