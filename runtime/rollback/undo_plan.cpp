#include "runtime/rollback/undo_plan.h"

#include "plan/graph.h"

namespace upgraph::rollback {

using history::StepState;
using plan::EffectKind;
using plan::StepId;

std::vector<bool> StepsToRevert(const plan::Plan& plan, const history::RunHistory& history) {
  std::vector<bool> reverts(plan.steps.size(), false);
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    const plan::Step& step = plan.steps[i];
    if (step.kind == plan::StepKind::kJoin || step.undo == plan::UndoClass::kObserves) {
      continue;
    }
    switch (history.steps()[i].state) {
      case StepState::kPending:
      case StepState::kFound:
      case StepState::kReverted:
        break;
      case StepState::kCaptured:
      case StepState::kApplied:
      case StepState::kReverting:
      case StepState::kStuck:
      case StepState::kBlocked:
        reverts[i] = true;
        break;
    }
  }
  return reverts;
}

namespace {

bool TouchesWhatItWrites(const plan::Plan& plan, const plan::Step& earlier,
                         const plan::Step& later) {
  for (const plan::Effect& write : earlier.effects) {
    if (write.kind != EffectKind::kWrites) {
      continue;
    }
    for (const plan::Effect& effect : later.effects) {
      if (plan::Overlaps(plan.resource(write.resource_id), plan.resource(effect.resource_id))) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

StepId BlockedBy(const plan::Plan& plan, const history::RunHistory& history, StepId step_id) {
  plan::Reachability reachability(plan);
  for (uint32_t i = step_id.index() + 1; i < plan.steps.size(); ++i) {
    StepState state = history.steps()[i].state;
    if ((state == StepState::kStuck || state == StepState::kBlocked) &&
        TouchesWhatItWrites(plan, plan.step(step_id), plan.steps[i]) &&
        reachability.Reaches(step_id, StepId(i))) {
      return StepId(i);
    }
  }
  return StepId();
}

StepId FirstFinalStep(const plan::Plan& plan, const history::RunHistory& history) {
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    StepState state = history.steps()[i].state;
    if (plan.steps[i].undo == plan::UndoClass::kNever &&
        (state == StepState::kApplied || state == StepState::kCaptured)) {
      return StepId(i);
    }
  }
  return StepId();
}

}  // namespace upgraph::rollback
