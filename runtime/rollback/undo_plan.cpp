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

bool IsOverwritten(const plan::Plan& plan, const std::vector<bool>& reverts, StepId step_id) {
  for (uint32_t i = step_id.index() + 1; i < plan.steps.size(); ++i) {
    if (!reverts[i]) {
      continue;
    }
    for (const plan::Effect& earlier : plan.step(step_id).effects) {
      for (const plan::Effect& later : plan.steps[i].effects) {
        if (earlier.kind == EffectKind::kWrites && later.kind == EffectKind::kWrites &&
            plan::Overlaps(plan.resource(earlier.resource_id), plan.resource(later.resource_id))) {
          return true;
        }
      }
    }
  }
  return false;
}

StepId FirstFinalStep(const plan::Plan& plan, const history::RunHistory& history) {
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    StepState state = history.steps()[i].state;
    const bool is_final = plan.steps[i].undo == plan::UndoClass::kNever ||
                          plan.steps[i].kind == plan::StepKind::kCommit;
    if (is_final && (state == StepState::kApplied || state == StepState::kCaptured)) {
      return StepId(i);
    }
  }
  return StepId();
}

}  // namespace upgraph::rollback
