#include "runtime/executor/leftovers.h"

#include <fmt/format.h>

#include "runtime/executor/run_folder.h"
#include "runtime/rollback/undo_plan.h"

namespace upgraph::executor {
namespace {

using history::StepHistory;
using history::StepState;
using plan::StepId;

// As a shell reads it: one word, whatever is in it.
std::string Word(const std::string& text) {
  const bool is_plain = !text.empty() && text.find_first_not_of(
                                             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                             "0123456789_@%+=:,./-") == std::string::npos;
  if (is_plain) {
    return text;
  }
  std::string word = "'";
  for (char c : text) {
    word += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return word + "'";
}

std::string At(const std::string& root) { return root == "/" ? "" : " --root " + Word(root); }

bool IsHeld(StepState state) { return state == StepState::kStuck || state == StepState::kBlocked; }

// What the conditions of a step were seen to be that held before the run.
std::string BrokenText(const LeftoverSource& source, StepId step_id) {
  std::string text;
  for (const auto& [number, seen] : source.history.held().at(step_id)) {
    text += seen.empty() ? "" : (text.empty() ? "" : "; ") + seen;
  }
  return history::kHeldBefore + text +
         fmt::format("; `upgraph resolve {} --as accepted --because WHY{}` lets it be so",
                     Word(source.plan.step(step_id).path), At(source.root));
}

bool IsFree(const LeftoverSource& source, StepId step_id) {
  return source.history.step(step_id).state == StepState::kBlocked &&
         !rollback::BlockedBy(source.plan, source.history, step_id).has_value();
}

// What is blocked goes back by itself once that is settled which blocks it, unless it was accepted.
std::string FinishingCommand(const LeftoverSource& source, StepId step_id) {
  const StepState state = source.history.step(step_id).state;
  const std::vector<bool> none(source.plan.steps.size(), false);
  const bool waits =
      state == StepState::kBlocked &&
      (IsFree(source, step_id) ||
       rollback::UnsettledAbove(source.plan, source.history, step_id, none).has_value());
  if (!IsHeld(state) || waits) {
    const bool is_late = source.plan.step(step_id).delay_ms > 0 && !IsHeld(state);
    return fmt::format("upgraph {}{}", is_late ? "tick" : "resume", At(source.root));
  }
  return fmt::format("upgraph resolve {} --as reverted --because WHY{}",
                     Word(source.plan.step(step_id).path), At(source.root));
}

bool IsOpenEnd(const LeftoverSource& source, const plan::Step& step, StepState state) {
  return source.history.state() == history::RunState::kCommitted &&
         step.kind != plan::StepKind::kJoin && state != StepState::kApplied &&
         state != StepState::kFound && IsDue(step, source.history, source.env.clock.WallMs());
}

}  // namespace

std::vector<Leftover> FindLeftovers(const LeftoverSource& source,
                                    const std::function<steps::Captured(StepId)>& captured) {
  std::vector<Leftover> leftovers;
  for (uint32_t i = 0; i < source.plan.steps.size(); ++i) {
    const plan::Step& step = source.plan.steps[i];
    const StepHistory& history = source.history.steps()[i];
    const bool is_held = IsHeld(history.state) && !history.is_accepted;
    const bool is_broken = source.history.is_broken(StepId(i));
    if (!is_held && !is_broken && !IsOpenEnd(source, step, history.state)) {
      continue;
    }
    Leftover leftover;
    leftover.step_path = step.path;
    leftover.step_title = step.title;
    leftover.reason = is_broken                   ? BrokenText(source, StepId(i))
                      : IsFree(source, StepId(i)) ? "what held it back is settled"
                      : history.text.empty()      ? "not done yet"
                                                  : history.text;
    leftover.state = history::StepStateName(history.state);
    leftover.command = FinishingCommand(source, StepId(i));
    for (const plan::Effect& effect : step.effects) {
      if (is_held && effect.kind == plan::EffectKind::kWrites) {
        leftover.left.push_back(source.plan.resource(effect.resource_id).Name());
      }
    }
    const steps::NativeStep* native = source.host.FindStep(step);
    if (is_held && native != nullptr) {
      leftover.kept = native->WhereOldLies(source.env.files, captured(StepId(i)));
    }
    leftovers.push_back(std::move(leftover));
  }
  return leftovers;
}

}  // namespace upgraph::executor
