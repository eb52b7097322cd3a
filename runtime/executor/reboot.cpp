// The way back of a reboot is one more reboot, after everything else has gone back: only then does
// the system start with what was there before, and one reboot does for all of them.

#include "runtime/executor/reboot.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/executor/preflight.h"
#include "runtime/executor/runner.h"
#include "runtime/history/window.h"

namespace upgraph::executor {

using history::RecordKind;
using history::StepState;
using plan::StepId;

std::map<StepId, RebootHistory> RebootsOf(const plan::Plan& plan,
                                          const journal::Contents& contents) {
  std::map<StepId, RebootHistory> reboots;
  Digest boot = history::BootMark(contents.info.boot_id);
  for (const history::Record& record : contents.records) {
    if (record.kind == RecordKind::kFence) {
      boot = record.digest;
      for (auto& [step_id, reboot] : reboots) {
        reboot.later_in.push_back(boot);
      }
    }
    if (!record.step_id.has_value() || !plan::IsReboot(plan.step(record.step_id))) {
      continue;
    }
    if (record.kind == RecordKind::kCaptured) {
      reboots[record.step_id] = {boot, {}, {}};
    } else if (record.kind == RecordKind::kReverting) {
      reboots[record.step_id].reverting_in = boot;
    }
  }
  return reboots;
}

bool HasEndedByReboot(const plan::Plan& plan, const journal::Contents& contents,
                      const Digest& now) {
  Digest last = history::BootMark(contents.info.boot_id);
  for (const history::Record& record : contents.records) {
    last = record.kind == RecordKind::kFence ? record.digest : last;
  }
  for (const auto& [step_id, reboot] : RebootsOf(plan, contents)) {
    const StepState state = contents.history.step(step_id).state;
    const bool was_last = (state == StepState::kCaptured && reboot.captured_in == last) ||
                          (state == StepState::kReverting && reboot.reverting_in == last);
    if (was_last && last != now) {
      return true;
    }
  }
  return false;
}

std::vector<StepId> TakeReboots(const plan::Plan& plan, std::vector<bool>* reverts) {
  std::vector<StepId> reboots;
  for (uint32_t i = static_cast<uint32_t>(plan.steps.size()); i-- > 0;) {
    if ((*reverts)[i] && plan::IsReboot(plan.steps[i])) {
      reboots.push_back(StepId(i));
      (*reverts)[i] = false;
    }
  }
  return reboots;
}

void AddForeignReboots(const RunOptions& options, const plan::Plan& plan,
                       std::vector<std::string>* findings) {
  if (options.host != nullptr || options.may_reboot || options.root == "/") {
    return;
  }
  for (const plan::Step& step : plan.steps) {
    if (plan::IsReboot(step)) {
      findings->push_back(
          fmt::format("`{}` would reboot this system, and the host is the folder {} on it; "
                      "`--may-reboot` lets it",
                      step.path, options.root));
    }
  }
}

bool Runner::HasRebooted(StepId step_id) const {
  const auto reboot = reboots_.find(step_id);
  return reboot != reboots_.end() &&
         reboot->second.captured_in != history::BootMark(context_.env.clock.BootId());
}

StepId Runner::OrderedReboot() const {
  const Digest now = history::BootMark(context_.env.clock.BootId());
  for (const auto& [step_id, reboot] : reboots_) {
    const bool is_only =
        std::all_of(reboot.later_in.begin(), reboot.later_in.end(),
                    [&](const Digest& boot) { return boot == now || boot == reboot.captured_in; });
    if (history_.step(step_id).state == StepState::kCaptured && HasRebooted(step_id) && is_only) {
      return step_id;
    }
  }
  return StepId();
}

void Runner::ConfirmReboots() {
  if (history_.direction() == history::Direction::kBack) {
    return;  // on the way back it is done with as it was found
  }
  for (const auto& [step_id, reboot] : reboots_) {
    if (history_.step(step_id).state == StepState::kCaptured && HasRebooted(step_id)) {
      RecordAndReport(RecordKind::kApplied, step_id, "", ProgressKind::kApplied,
                      Sha256(context_.env.clock.BootId()));
      in_doubt_.erase(step_id);
    }
  }
  (void)CommitPending();  // a failed journal is met again at once
}

std::string Runner::FindChangedFact() const {
  return executor::FindChangedFact(context_.host, context_.env, context_.plan.facts, facts_,
                                   "since the reboot");
}

WalkEnd Runner::RebootBack(const std::vector<StepId>& reboots) {
  const Digest now = history::BootMark(context_.env.clock.BootId());
  StepId held_by;
  for (uint32_t i = 0; i < context_.plan.steps.size() && !reboots.empty(); ++i) {
    const history::StepHistory& step = history_.steps()[i];
    const bool is_left_over =
        (step.state == StepState::kStuck || step.state == StepState::kBlocked) && !step.is_accepted;
    if (is_left_over && !plan::IsReboot(context_.plan.steps[i])) {
      held_by = StepId(i);
    }
  }
  std::vector<StepId> to_ask;
  for (const StepId step_id : reboots) {
    const history::StepHistory before = history_.step(step_id);
    const bool has_come =
        before.state == StepState::kReverting && reboots_[step_id].reverting_in != now;
    const bool never_came = before.state == StepState::kCaptured && !HasRebooted(step_id);
    if (!has_come && !never_came && held_by.has_value()) {
      RecordAndReport(RecordKind::kBlocked, step_id,
                      fmt::format("held back by `{}`", context_.plan.step(held_by).path),
                      ProgressKind::kBlocked);
      continue;
    }
    if (!has_come) {
      before_revert_[step_id] = before;
      Record(RecordKind::kReverting, step_id, "");
    }
    if (has_come || never_came) {
      RecordAndReport(RecordKind::kReverted, step_id, "", ProgressKind::kReverted);
    } else {
      to_ask.push_back(step_id);
    }
  }
  if (!CommitPending()) {
    return WalkEnd::kCrashed;
  }
  if (to_ask.empty()) {
    return WalkEnd::kDone;
  }
  if (StopLevel() >= 2) {
    return WalkEnd::kStopped;
  }
  Report(ProgressKind::kReverting, to_ask.front(), "");
  const WorkResult result = RevertStep(context_, to_ask.front(), CapturedOf(to_ask.front()),
                                       before_revert_[to_ask.front()], {});
  if (result.status.ok()) {
    is_rebooting_ = true;
    return WalkEnd::kReboots;
  }
  for (const StepId step_id : to_ask) {
    RecordStuck(step_id, result.status.error().message, false);
  }
  return CommitPending() ? WalkEnd::kDone : WalkEnd::kCrashed;
}

}  // namespace upgraph::executor
