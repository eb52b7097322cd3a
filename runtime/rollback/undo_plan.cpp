#include "runtime/rollback/undo_plan.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <string>

#include "plan/graph.h"
#include "plan/overlap.h"

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
        reverts[i] = true;
        break;
      case StepState::kStuck:
      case StepState::kBlocked:
        reverts[i] = !history.steps()[i].is_accepted;
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

// The first later step that is stuck or blocked, not passed over, and holds `step_id` back.
StepId FindAbove(const plan::Plan& plan, const history::RunHistory& history, StepId step_id,
                 const std::function<bool(StepId)>& is_passed_over) {
  if (history.CountIn(StepState::kStuck) + history.CountIn(StepState::kBlocked) == 0) {
    return StepId();
  }
  std::optional<plan::Reachability> reachability;  // made when one is met
  for (uint32_t i = step_id.index() + 1; i < plan.steps.size(); ++i) {
    StepState state = history.steps()[i].state;
    if ((state != StepState::kStuck && state != StepState::kBlocked) || is_passed_over(StepId(i)) ||
        !TouchesWhatItWrites(plan, plan.step(step_id), plan.steps[i])) {
      continue;
    }
    if (!reachability.has_value()) {
      reachability.emplace(plan);
    }
    if (reachability->Reaches(step_id, StepId(i))) {
      return StepId(i);
    }
  }
  return StepId();
}

// Whether a change of all of `inner` would be one of `outer`: a folder covers its files.
bool Covers(const plan::Resource& outer, const plan::Resource& inner) {
  return plan::OverlapKey(inner).starts_with(plan::OverlapKey(outer));
}

// Resources, as plan::Overlaps() compares two of them.
class ResourceSet {
 public:
  void Add(const plan::Resource& resource) {
    wholes_.insert(plan::WholeOf(resource));
    if (resource.is_template) {
      unknown_wholes_.insert(plan::WholeOf(resource));
    } else {
      keys_.insert(plan::OverlapKey(resource));
    }
  }
  bool OverlapsAnyOf(const plan::Resource& resource) const {
    const std::string& whole = plan::WholeOf(resource);
    return unknown_wholes_.count(whole) > 0 ||
           (resource.is_template ? wholes_.count(whole) > 0
                                 : plan::OverlapsAny(keys_, plan::OverlapKey(resource)));
  }

 private:
  std::set<std::string> keys_;
  std::set<std::string> wholes_;
  std::set<std::string> unknown_wholes_;  // of which a run alone can say what it is
};

}  // namespace

std::vector<bool> StepsToRevertEarly(const plan::Plan& plan, const std::vector<bool>& reverts,
                                     const std::vector<EarlyPart>& parts) {
  const auto count = static_cast<uint32_t>(plan.steps.size());
  std::vector<bool> goes(count, false);
  std::vector<bool> is_held(count, false);  // something after it by the graph holds everything back
  std::vector<StepId> waiting;              // all of them come later in the order of the plan
  std::optional<plan::Reachability> reachability;  // made when it is asked
  for (uint32_t i = count; i-- > 0;) {
    const StepId step_id(i);
    if (reverts[i]) {
      const bool is_waited_for = std::any_of(waiting.begin(), waiting.end(), [&](StepId later) {
        if (!TouchesWhatItWrites(plan, plan.step(step_id), plan.step(later))) {
          return false;
        }
        if (!reachability.has_value()) {
          reachability.emplace(plan);
        }
        return reachability->Reaches(step_id, later);
      });
      goes[i] = parts[i] == EarlyPart::kGoes && !is_held[i] && !is_waited_for;
      if (!goes[i]) {
        waiting.push_back(step_id);
      }
      is_held[i] = is_held[i] || parts[i] == EarlyPart::kWaitsAll;
    }
    for (const StepId before : plan.steps[i].after) {
      is_held[before.index()] = is_held[before.index()] || is_held[i];
    }
  }
  return goes;
}

StepId BlockedBy(const plan::Plan& plan, const history::RunHistory& history, StepId step_id) {
  return FindAbove(plan, history, step_id, [](StepId) { return false; });
}

StepId UnsettledAbove(const plan::Plan& plan, const history::RunHistory& history, StepId step_id,
                      const std::vector<bool>& settled_now) {
  return FindAbove(plan, history, step_id, [&](StepId later) {
    return history.step(later).is_accepted || settled_now[later.index()];
  });
}

bool IsUndoneBelow(const plan::Plan& plan, const history::RunHistory& history, StepId step_id,
                   const std::vector<bool>& put_back_now) {
  bool has_writes = false;
  for (const plan::Effect& write : plan.step(step_id).effects) {
    if (write.kind != EffectKind::kWrites) {
      continue;
    }
    has_writes = true;
    bool is_covered = false;
    for (uint32_t i = 0; i < step_id.index() && !is_covered; ++i) {
      const bool is_back = put_back_now[i] || history.steps()[i].state == StepState::kReverted;
      for (const plan::Effect& earlier : plan.steps[i].effects) {
        is_covered = is_covered ||
                     (is_back && earlier.kind == EffectKind::kWrites &&
                      Covers(plan.resource(earlier.resource_id), plan.resource(write.resource_id)));
      }
    }
    if (!is_covered) {
      return false;
    }
  }
  return has_writes;
}

std::vector<bool> OverwrittenSteps(const plan::Plan& plan, const std::vector<bool>& reverts) {
  std::vector<bool> is_overwritten(plan.steps.size(), false);
  ResourceSet written_later;
  for (uint32_t i = static_cast<uint32_t>(plan.steps.size()); i-- > 0;) {
    std::vector<const plan::Resource*> writes;
    for (const plan::Effect& effect : plan.steps[i].effects) {
      if (effect.kind == EffectKind::kWrites) {
        writes.push_back(&plan.resource(effect.resource_id));
      }
    }
    is_overwritten[i] = std::any_of(
        writes.begin(), writes.end(),
        [&](const plan::Resource* resource) { return written_later.OverlapsAnyOf(*resource); });
    for (const plan::Resource* resource : writes) {
      if (reverts[i]) {
        written_later.Add(*resource);
      }
    }
  }
  return is_overwritten;
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
