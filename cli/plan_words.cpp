#include "cli/plan_words.h"

#include <set>

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

}  // namespace upgraph::cli
