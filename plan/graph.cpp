#include "plan/graph.h"

#include <algorithm>
#include <map>

namespace upgraph::plan {
namespace {

bool IsInside(const Plan& plan, LockScopeId inner, LockScopeId outer) {
  for (LockScopeId id = inner; id.has_value(); id = plan.lock_scope(id).parent_id) {
    if (id == outer) {
      return true;
    }
  }
  return false;
}

// The waits of the scopes that hold `scope_id` and do not hold `outside_id`.
int64_t EntryWait(const Plan& plan, LockScopeId scope_id, LockScopeId outside_id) {
  int64_t wait_ms = 0;
  for (LockScopeId id = scope_id; id.has_value(); id = plan.lock_scope(id).parent_id) {
    if (!IsInside(plan, outside_id, id)) {
      wait_ms += plan.lock_scope(id).within_ms;
    }
  }
  return wait_ms;
}

// What scopes that share a lock add to a path that does not run through them all: the estimates
// of all scopes of one lock but the largest.
Duration SharedLockDelay(const Plan& plan, Phase first, Phase last) {
  std::vector<Duration> held(plan.lock_scopes.size());
  for (const Step& step : plan.steps) {
    if (step.phase >= first && step.phase <= last && step.lock_scope_id.has_value()) {
      Duration& scope = held[step.lock_scope_id.index()];
      scope.forward_ms += step.takes_ms;
      scope.back_ms += step.undo_takes_ms;
    }
  }
  std::map<std::string, std::vector<LockScopeId>> by_lock;
  for (uint32_t i = 0; i < plan.lock_scopes.size(); ++i) {
    for (const Lock& lock : plan.lock_scopes[i].locks) {
      by_lock[lock.name].push_back(LockScopeId(i));
    }
  }
  Reachability reachability(plan);
  auto first_step = [&](LockScopeId id) {
    auto step = std::find_if(plan.steps.begin(), plan.steps.end(),
                             [&](const Step& s) { return s.lock_scope_id == id; });
    return step == plan.steps.end() ? StepId()
                                    : StepId(static_cast<uint32_t>(step - plan.steps.begin()));
  };
  Duration delay;
  for (const auto& [name, scopes] : by_lock) {
    for (size_t i = 1; i < scopes.size(); ++i) {
      StepId a = first_step(scopes[i - 1]);
      StepId b = first_step(scopes[i]);
      if (a.has_value() && b.has_value() && !reachability.AreOrdered(a, b)) {
        const Duration& x = held[scopes[i - 1].index()];
        const Duration& y = held[scopes[i].index()];
        delay.forward_ms += std::min(x.forward_ms, y.forward_ms);
        delay.back_ms += std::min(x.back_ms, y.back_ms);
      }
    }
  }
  return delay;
}

}  // namespace

std::vector<std::vector<StepId>> Successors(const Plan& plan) {
  std::vector<std::vector<StepId>> successors(plan.steps.size());
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    for (StepId before : plan.steps[i].after) {
      successors[before.index()].push_back(StepId(i));
    }
  }
  return successors;
}

Reachability::Reachability(const Plan& plan)
    : plan_(plan),
      chain_(plan.steps.size()),
      position_(plan.steps.size()),
      mark_(plan.steps.size()) {
  std::vector<bool> has_next(plan.steps.size(), false);
  uint32_t chain_count = 0;
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    bool extends = false;
    for (StepId before : plan.steps[i].after) {
      if (!has_next[before.index()]) {
        has_next[before.index()] = true;
        chain_[i] = chain_[before.index()];
        position_[i] = position_[before.index()] + 1;
        extends = true;
        break;
      }
    }
    if (!extends) {
      chain_[i] = chain_count++;
    }
  }
}

bool Reachability::Reaches(StepId from, StepId to) {
  if (to <= from) {
    return false;
  }
  ++search_;
  std::vector<StepId> open = {to};
  while (!open.empty()) {
    StepId step = open.back();
    open.pop_back();
    if (chain_[step.index()] == chain_[from.index()] &&
        position_[step.index()] >= position_[from.index()]) {
      return true;
    }
    for (StepId before : plan_.step(step).after) {
      if (before >= from && mark_[before.index()] != search_) {
        mark_[before.index()] = search_;
        open.push_back(before);
      }
    }
  }
  return false;
}

Duration CriticalPath(const Plan& plan, Phase first, Phase last) {
  std::vector<Duration> end(plan.steps.size());
  Duration longest;
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    if (step.phase < first || step.phase > last) {
      continue;
    }
    Duration start;
    bool has_before = false;
    for (StepId before : step.after) {
      const Step& previous = plan.step(before);
      if (previous.phase < first || previous.phase > last) {
        continue;
      }
      has_before = true;
      int64_t wait_ms = EntryWait(plan, step.lock_scope_id, previous.lock_scope_id);
      start.forward_ms = std::max(start.forward_ms, end[before.index()].forward_ms + wait_ms);
      start.back_ms = std::max(start.back_ms, end[before.index()].back_ms + wait_ms);
    }
    if (!has_before) {
      start.forward_ms = start.back_ms = EntryWait(plan, step.lock_scope_id, LockScopeId());
    }
    end[i] = {start.forward_ms + step.takes_ms, start.back_ms + step.undo_takes_ms};
    longest.forward_ms = std::max(longest.forward_ms, end[i].forward_ms);
    longest.back_ms = std::max(longest.back_ms, end[i].back_ms);
  }
  Duration delay = SharedLockDelay(plan, first, last);
  return {longest.forward_ms + delay.forward_ms, longest.back_ms + delay.back_ms};
}

std::vector<LockScopeId> EnclosingScopes(const Plan& plan, LockScopeId scope_id) {
  std::vector<LockScopeId> scopes;
  for (LockScopeId id = scope_id; id.has_value(); id = plan.lock_scope(id).parent_id) {
    scopes.push_back(id);
  }
  return scopes;
}

}  // namespace upgraph::plan
