// What somebody else changed since, of a committed run that is to be turned back.

#include <fmt/format.h>

#include "runtime/executor/runner.h"
#include "runtime/rollback/undo_plan.h"

namespace upgraph::executor {

// Whether a step that goes back before this one changed something below a folder that this one made
// on the way to its target. The plan knows the targets alone, and two files of one folder do not
// overlap.
bool Runner::IsBuiltUpon(plan::StepId step_id, const std::vector<bool>& reverts) const {
  std::vector<std::string> made;  // what each of its changes brought, from the topmost name on
  for (const plan::Effect& effect : context_.plan.step(step_id).effects) {
    const plan::Resource& resource = context_.plan.resource(effect.resource_id);
    if (effect.kind != plan::EffectKind::kWrites || resource.overlap != plan::Overlap::kPath ||
        resource.arguments.empty()) {
      continue;
    }
    const std::string& target = resource.arguments.front();
    for (const steps::DirectoryTime& directory : CapturedOf(step_id).directories) {
      const std::string above = directory.path == "/" ? "/" : directory.path + "/";
      if (target.rfind(above, 0) == 0) {
        made.push_back(target.substr(0, target.find('/', above.size())));
      }
    }
  }
  for (uint32_t i = step_id.index() + 1; i < context_.plan.steps.size(); ++i) {
    if (!reverts[i]) {
      continue;
    }
    for (const steps::DirectoryTime& directory : CapturedOf(plan::StepId(i)).directories) {
      for (const std::string& top : made) {
        if (directory.path == top || directory.path.rfind(top + "/", 0) == 0) {
          return true;
        }
      }
    }
  }
  return false;
}

// Whether the host shows what the step left. What is in doubt is our own in any state.
bool Runner::IsLastWriter(plan::StepId step_id, const std::vector<bool>& reverts) const {
  return reverts[step_id.index()] && history_.step(step_id).state == history::StepState::kApplied &&
         !rollback::IsOverwritten(context_.plan, reverts, step_id) &&
         !IsBuiltUpon(step_id, reverts);
}

std::vector<std::string> Runner::FindDrift() const {
  std::vector<bool> reverts = rollback::StepsToRevert(context_.plan, history_);
  std::vector<std::string> drift;
  for (uint32_t i = 0; i < context_.plan.steps.size(); ++i) {
    plan::StepId step_id(i);
    if (!IsLastWriter(step_id, reverts)) {
      continue;
    }
    steps::Observation seen =
        ObserveApplied(context_, step_id, CapturedOf(step_id), history_.step(step_id));
    if (seen.world != steps::World::kAfter) {
      drift.push_back(
          fmt::format("`{}`: {}", context_.plan.step(step_id).title,
                      seen.detail.empty() ? "it is as it was before the run" : seen.detail));
    }
  }
  return drift;
}

ParkedDrift Runner::FindParkedDrift() const {
  const std::vector<bool> reverts = rollback::StepsToRevert(context_.plan, history_);
  ParkedDrift drift;
  for (uint32_t i = 0; i < context_.plan.steps.size(); ++i) {
    const plan::StepId step_id(i);
    const plan::Step& step = context_.plan.steps[i];
    // What ends something that was found is never looked at.
    const bool is_found = history_.steps()[i].state == history::StepState::kFound &&
                          !step.ends.has_value() &&
                          !rollback::IsOverwritten(context_.plan, reverts, step_id);
    if (!is_found && !IsLastWriter(step_id, reverts)) {
      continue;
    }
    const steps::Observation seen =
        is_found ? ObserveFound(context_, step_id)
                 : ObserveApplied(context_, step_id, CapturedOf(step_id), history_.step(step_id));
    if (seen.world == steps::World::kBefore && !is_found && !step.issues.empty()) {
      drift.ended.push_back(step_id);
    } else if (seen.world != steps::World::kAfter) {
      drift.changed.push_back(fmt::format("`{}`: {}", step.path,
                                          !seen.detail.empty() ? seen.detail
                                          : is_found ? "it stood before the run, and stands no more"
                                                     : "it is as it was before the run"));
    }
  }
  return drift;
}

}  // namespace upgraph::executor
