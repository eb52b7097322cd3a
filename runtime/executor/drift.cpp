// What somebody else changed since, of a committed run that is to be turned back.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "runtime/executor/runner.h"
#include "runtime/rollback/undo_plan.h"

namespace upgraph::executor {

namespace {

// Folders, and whether one is `top` or lies in it.
class FolderSet {
 public:
  void Add(const std::string& path) { paths_.insert(path); }
  bool HasInOrAt(const std::string& top) const {
    const std::string inside = top + "/";
    const auto first = paths_.lower_bound(inside);
    return paths_.count(top) > 0 || (first != paths_.end() && first->starts_with(inside));
  }

 private:
  std::set<std::string> paths_;
};

}  // namespace

// What the step made on the way to its targets, of each the topmost folder, or the target itself.
std::vector<std::string> Runner::TopsMadeBy(plan::StepId step_id) const {
  std::vector<std::string> made;
  for (const plan::Effect& effect : context_.plan.step(step_id).effects) {
    const plan::Resource& resource = context_.plan.resource(effect.resource_id);
    if (effect.kind != plan::EffectKind::kWrites || resource.overlap != plan::Overlap::kPath ||
        resource.arguments.empty()) {
      continue;
    }
    const std::string& target = resource.arguments.front();
    for (const steps::DirectoryTime& directory : CapturedOf(step_id).directories) {
      const std::string above = directory.path == "/" ? "/" : directory.path + "/";
      if (target.starts_with(above)) {
        made.push_back(target.substr(0, target.find('/', above.size())));
      }
    }
  }
  return made;
}

// A step that goes back before this one may have changed something below a folder that this one
// made on the way to its target. The plan knows the targets alone, and two files of one folder do
// not overlap.
std::vector<bool> Runner::StepsBuiltUpon(const std::vector<bool>& reverts) const {
  std::vector<bool> is_built_upon(reverts.size(), false);
  FolderSet changed_later;
  for (uint32_t i = static_cast<uint32_t>(reverts.size()); i-- > 0;) {
    if (!reverts[i]) {
      continue;
    }
    const std::vector<std::string> made = TopsMadeBy(plan::StepId(i));
    is_built_upon[i] = std::any_of(made.begin(), made.end(), [&](const std::string& top) {
      return changed_later.HasInOrAt(top);
    });
    for (const steps::DirectoryTime& directory : CapturedOf(plan::StepId(i)).directories) {
      changed_later.Add(directory.path);
    }
  }
  return is_built_upon;
}

// The host shows what these left. What is in doubt is our own in any state.
std::vector<bool> Runner::LastWriters(const std::vector<bool>& reverts,
                                      const std::vector<bool>& is_overwritten) const {
  const std::vector<bool> is_built_upon = StepsBuiltUpon(reverts);
  std::vector<bool> is_last(reverts.size(), false);
  for (uint32_t i = 0; i < reverts.size(); ++i) {
    is_last[i] = reverts[i] && history_.steps()[i].state == history::StepState::kApplied &&
                 !is_overwritten[i] && !is_built_upon[i];
  }
  return is_last;
}

std::vector<std::string> Runner::FindDrift() const {
  const std::vector<bool> reverts = rollback::StepsToRevert(context_.plan, history_);
  const std::vector<bool> is_last =
      LastWriters(reverts, rollback::OverwrittenSteps(context_.plan, reverts));
  std::vector<std::string> drift;
  for (uint32_t i = 0; i < context_.plan.steps.size(); ++i) {
    plan::StepId step_id(i);
    if (!is_last[i]) {
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
  const std::vector<bool> is_overwritten = rollback::OverwrittenSteps(context_.plan, reverts);
  const std::vector<bool> is_last = LastWriters(reverts, is_overwritten);
  ParkedDrift drift;
  for (uint32_t i = 0; i < context_.plan.steps.size(); ++i) {
    const plan::StepId step_id(i);
    const plan::Step& step = context_.plan.steps[i];
    // What ends something that was found is never looked at.
    const bool is_found = history_.steps()[i].state == history::StepState::kFound &&
                          !step.ends.has_value() && !is_overwritten[i];
    if (!is_found && !is_last[i]) {
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
