#include "cli/plan_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "plan/turns.h"
#include "plan/value.h"
#include "plan/version.h"

namespace upgraph::cli {

std::vector<std::string> UpConditions(const plan::Plan& plan) {
  std::vector<std::string> titles;
  for (const std::vector<plan::Condition>* conditions : plan::AllUpWhen(plan)) {
    for (const plan::Condition& condition : *conditions) {
      titles.push_back(condition.title);
    }
  }
  return titles;
}

std::vector<plan::StepId> RealPredecessors(const plan::Plan& plan, plan::StepId step_id) {
  std::set<plan::StepId> found;
  std::set<plan::StepId> seen;
  std::vector<plan::StepId> open = plan.step(step_id).after;
  while (!open.empty()) {
    const plan::StepId id = open.back();
    open.pop_back();
    if (!seen.insert(id).second) {
      continue;
    }
    const plan::Step& step = plan.step(id);
    if (step.kind == plan::StepKind::kJoin) {
      open.insert(open.end(), step.after.begin(), step.after.end());
    } else {
      found.insert(id);
    }
  }
  return {found.begin(), found.end()};
}

std::string ArmText(const plan::StepGraph& plan, plan::ArmId arm_id) {
  std::string text;
  for (plan::ArmId id = arm_id; id.has_value(); id = plan.arm(id).parent_id) {
    std::string condition = plan.arm(id).title;
    for (plan::ArmId before = plan.arm(id).before_id; before.has_value();
         before = plan.arm(before).before_id) {
      condition += ", not " + plan.arm(before).title;
    }
    text += (text.empty() ? "" : ", inside ") + condition;
  }
  return text;
}

std::string StageName(const plan::Plan& plan, const plan::Step& step) {
  const std::string name = plan::PhaseName(step.phase);
  const bool is_of_hop = plan.hops.size() > 1 && step.phase != plan::Phase::kPreflight;
  return is_of_hop ? name + " to " + plan::FormatVersion(plan::TargetOf(plan, step)) : name;
}

bool IsLeftOut(const plan::StepGraph& plan, const plan::Step& step) {
  return step.arm_id.has_value() && plan.arm(step.arm_id).state == plan::ArmState::kLeftOut &&
         step.title != "join";
}

const char* PhaseMeaning(plan::Phase phase) {
  switch (phase) {
    case plan::Phase::kPreflight:
      return "looks, and changes nothing; all of it is checked, then reported together";
    case plan::Phase::kPrepare:
      return "changes things while the service still runs";
    case plan::Phase::kSwitch:
      return "the downtime is counted here";
    case plan::Phase::kVerify:
      return "looks again; a failure here turns everything back";
    case plan::Phase::kCleanup:
      return "after the commit: nothing turns back by itself any more";
  }
  UPGRAPH_UNREACHABLE("phase");
}

std::string DelayText(const plan::Plan& plan, const plan::Step& step) {
  if (step.kind == plan::StepKind::kWatch) {
    return fmt::format("looks for {} from the commit on, every {}, by `upgraph tick`",
                       plan::FormatDuration(plan.gate(step.gate_id).for_ms),
                       plan::FormatDuration(step.delay_ms));
  }
  if (step.watch_id.has_value()) {
    return fmt::format("only when `{}` does not hold", plan.step(step.watch_id).path);
  }
  return step.delay_ms > 0
             ? plan::FormatDuration(step.delay_ms) + " after the commit, by `upgraph tick`"
             : "";
}

std::string WayBack(const plan::Step& step) {
  if (step.kind == plan::StepKind::kCommit) {
    return "the point of no return: below it everything goes forward only";
  }
  switch (step.undo) {
    case plan::UndoClass::kObserves:
      return "nothing to undo";
    case plan::UndoClass::kExactly:
      return fmt::format("back exactly, in {}", plan::FormatDuration(step.undo_takes_ms));
    case plan::UndoClass::kByCompensation:
      return fmt::format("back by compensation, in {}", plan::FormatDuration(step.undo_takes_ms));
    case plan::UndoClass::kWithLoss:
      return fmt::format("back with loss of {}, in {}", step.undo_reason.str(),
                         plan::FormatDuration(step.undo_takes_ms));
    case plan::UndoClass::kNever:
      return fmt::format("no way back: {}", step.undo_reason.str());
  }
  UPGRAPH_UNREACHABLE("undo class");
}

std::string LockText(const plan::LockScope& scope) {
  std::string text;
  for (const plan::Lock& lock : scope.locks) {
    text += (text.empty() ? "" : ", ") + lock.name;
  }
  if (scope.within_ms > 0) {
    text += " within " + plan::FormatDuration(scope.within_ms);
  }
  if (scope.hold_ms > 0) {
    text += " hold " + plan::FormatDuration(scope.hold_ms);
  }
  return text;
}

bool IsHiddenTurn(const plan::StepGraph& plan, const plan::Step& step) {
  for (plan::ArmId id = step.arm_id; id.has_value(); id = plan.arm(id).parent_id) {
    const plan::Arm& arm = plan.arm(id);
    if (plan::IsTurn(arm) &&
        (arm.state == plan::ArmState::kLeftOut ||
         (arm.state == plan::ArmState::kOpen && !arm.element.text.ends_with(".1}")))) {
      return true;
    }
  }
  return false;
}

std::string GateText(const plan::Gate& gate) {
  std::string text;
  if (gate.settle_ms > 0) {
    text += "after " + plan::FormatDuration(gate.settle_ms) + " to settle, ";
  }
  text += "every " + plan::FormatDuration(gate.every_ms);
  if (gate.baseline_ms > 0) {
    const bool is_asked = std::all_of(
        gate.conditions.begin(), gate.conditions.end(), [](const plan::Condition& condition) {
          return condition.baseline_factor == 0 || condition.signal.has_history;
        });
    text += fmt::format(", baseline over {} {}", plan::FormatDuration(gate.baseline_ms),
                        is_asked ? "before the run" : "measured before the run opens");
  }
  if (gate.missing != plan::Missing::kUnsaid) {
    text += fmt::format(", a missing sample {}", plan::MissingName(gate.missing));
  }
  if (gate.tolerated > 0) {
    text += fmt::format(", {} may fail", gate.tolerated);
  }
  return text;
}

std::string TemporaryText(const plan::StepGraph& plan, plan::StepId issuer) {
  const plan::Step& step = plan.step(issuer);
  std::string text = "issues a temporary " + step.issues.str();
  if (!step.kept.empty()) {
    return text + ", which is kept: " + step.kept.str();
  }
  for (const plan::Step& end : plan.steps) {
    if (end.ends == issuer) {
      text += ", which " + end.path + " ends";
    }
  }
  return text;
}

}  // namespace upgraph::cli
