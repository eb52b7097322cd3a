#include "runtime/scheduler/graph_walk.h"

#include <algorithm>
#include <iterator>

#include "plan/graph.h"

namespace upgraph::scheduler {

using plan::LockScopeId;
using plan::StepId;

GraphWalk::GraphWalk(const plan::Plan& plan, history::Direction direction,
                     const std::vector<bool>& is_included)
    : plan_(plan),
      direction_(direction),
      is_included_(is_included),
      successors_(direction == history::Direction::kForward ? plan::Successors(plan)
                                                            : plan::Adjacency<StepId>()),
      waiting_for_(plan.steps.size(), 0),
      is_done_(plan.steps.size(), false),
      waiting_(Order{direction == history::Direction::kBack}),
      scopes_(plan.lock_scopes.size(), ScopeState::kFree),
      locks_(plan::NumberLocks(plan)),
      holder_count_(locks_.count, 0),
      scope_open_count_(plan.lock_scopes.size(), 0),
      scope_waiting_for_(plan.lock_scopes.size(), 0) {
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    for (StepId before : plan.steps[i].after) {
      StepId from = direction == history::Direction::kForward ? before : StepId(i);
      StepId to = direction == history::Direction::kForward ? StepId(i) : before;
      ++waiting_for_[to.index()];
      for (LockScopeId id : ScopesEntered(from, to)) {
        ++scope_waiting_for_[id.index()];
      }
    }
    if (is_included_[i]) {
      ++open_count_;
      for (LockScopeId id : plan::EnclosingScopes(plan, plan.steps[i].lock_scope_id)) {
        ++scope_open_count_[id.index()];
      }
    }
  }
  std::vector<StepId> roots;
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    if (waiting_for_[i] == 0) {
      roots.push_back(StepId(i));
    }
  }
  for (StepId root : roots) {
    if (is_included_[root.index()]) {
      AddFresh(root);
    } else {
      Complete(root);
    }
  }
}

std::span<const StepId> GraphWalk::NextOf(StepId step_id) const {
  return direction_ == history::Direction::kForward ? successors_[step_id.index()]
                                                    : std::span(plan_.step(step_id).after);
}

// The scopes around `to` that are not around `from`.
std::vector<LockScopeId> GraphWalk::ScopesEntered(StepId from, StepId to) const {
  LockScopeId scope_id = plan_.step(to).lock_scope_id;
  if (!scope_id.has_value() || scope_id == plan_.step(from).lock_scope_id) {
    return {};
  }
  std::vector<LockScopeId> around = plan::EnclosingScopes(plan_, plan_.step(from).lock_scope_id);
  std::vector<LockScopeId> entered;
  for (LockScopeId id : plan::EnclosingScopes(plan_, scope_id)) {
    if (std::find(around.begin(), around.end(), id) != around.end()) {
      break;  // and with it all that are around it
    }
    entered.push_back(id);
  }
  return entered;
}

// Marks a step as done and everything it opens; what is not included is done at once in turn.
void GraphWalk::Complete(StepId step_id) {
  std::vector<StepId> done = {step_id};
  while (!done.empty()) {
    StepId current = done.back();
    done.pop_back();
    if (is_done_[current.index()]) {
      continue;
    }
    is_done_[current.index()] = true;
    for (StepId next : NextOf(current)) {
      for (LockScopeId id : ScopesEntered(current, next)) {
        --scope_waiting_for_[id.index()];
      }
      if (--waiting_for_[next.index()] != 0) {
        continue;
      }
      if (is_included_[next.index()]) {
        AddFresh(next);
      } else {
        done.push_back(next);
      }
    }
  }
}

bool GraphWalk::SharesHeldLock(LockScopeId scope_id) const {
  const std::vector<uint32_t>& wanted = locks_.of_scope[scope_id.index()];
  return std::any_of(wanted.begin(), wanted.end(),
                     [&](uint32_t lock) { return holder_count_[lock] > 0; });
}

void GraphWalk::SetScope(LockScopeId scope_id, ScopeState state) {
  const auto holds = [](ScopeState of) {
    return of == ScopeState::kTaking || of == ScopeState::kHeld;
  };
  ScopeState& current = scopes_[scope_id.index()];
  if (holds(current) != holds(state)) {
    for (const uint32_t lock : locks_.of_scope[scope_id.index()]) {
      holder_count_[lock] += holds(state) ? 1 : -1;
    }
  }
  current = state;
}

// Whether the scope and all around it are held; asks for the outermost that is not.
bool GraphWalk::IsScopeReady(LockScopeId scope_id, Next* next) {
  std::vector<LockScopeId> scopes = plan::EnclosingScopes(plan_, scope_id);
  for (auto id = scopes.rbegin(); id != scopes.rend(); ++id) {
    const ScopeState state = scopes_[id->index()];
    if (state == ScopeState::kHeld) {
      continue;
    }
    if (state == ScopeState::kFree && scope_waiting_for_[id->index()] == 0 &&
        !SharesHeldLock(*id)) {
      SetScope(*id, ScopeState::kTaking);
      next->scopes.push_back(*id);
    }
    return false;
  }
  return true;
}

void GraphWalk::AddFresh(StepId step_id) {
  fresh_.push_back(step_id);
  std::push_heap(fresh_.begin(), fresh_.end(),
                 [&](StepId a, StepId b) { return waiting_.key_comp()(b, a); });
}

StepId GraphWalk::TakeFresh() {
  std::pop_heap(fresh_.begin(), fresh_.end(),
                [&](StepId a, StepId b) { return waiting_.key_comp()(b, a); });
  const StepId step_id = fresh_.back();
  fresh_.pop_back();
  return step_id;
}

GraphWalk::Next GraphWalk::TakeReady(size_t steps_max) {
  Next next;
  if (is_stopped_) {
    return next;
  }
  auto waiting = waiting_.begin();
  while (next.steps.size() < steps_max && (waiting != waiting_.end() || !fresh_.empty())) {
    const bool is_fresh = waiting == waiting_.end() ||
                          (!fresh_.empty() && waiting_.key_comp()(fresh_.front(), *waiting));
    const StepId step_id = is_fresh ? TakeFresh() : *waiting;
    if (!is_included_[step_id.index()]) {
      continue;  // its lock was not to be had
    }
    const bool is_ready = IsScopeReady(plan_.step(step_id).lock_scope_id, &next);
    if (is_ready) {
      next.steps.push_back(step_id);
    }
    if (is_fresh && !is_ready) {
      waiting_.insert(step_id);  // before `waiting`
    } else if (!is_fresh) {
      waiting = is_ready ? waiting_.erase(waiting) : std::next(waiting);
    }
  }
  return next;
}

void GraphWalk::ScopeTaken(LockScopeId scope_id) { SetScope(scope_id, ScopeState::kHeld); }

std::vector<StepId> GraphWalk::ScopeFailed(LockScopeId scope_id) {
  SetScope(scope_id, ScopeState::kGone);
  std::vector<StepId> failed;
  for (uint32_t i = 0; i < plan_.steps.size(); ++i) {
    if (!is_included_[i] || is_done_[i]) {
      continue;
    }
    std::vector<LockScopeId> scopes = plan::EnclosingScopes(plan_, plan_.steps[i].lock_scope_id);
    if (std::find(scopes.begin(), scopes.end(), scope_id) != scopes.end()) {
      failed.push_back(StepId(i));
    }
  }
  std::sort(failed.begin(), failed.end(), waiting_.key_comp());
  for (StepId id : failed) {
    waiting_.erase(id);
    is_included_[id.index()] = false;
    --open_count_;
    for (LockScopeId scope : plan::EnclosingScopes(plan_, plan_.step(id).lock_scope_id)) {
      --scope_open_count_[scope.index()];
    }
    if (waiting_for_[id.index()] == 0) {
      Complete(id);
    }
  }
  return failed;
}

std::vector<LockScopeId> GraphWalk::ReleaseScopes(LockScopeId scope_id) {
  std::vector<LockScopeId> released;
  for (LockScopeId id : plan::EnclosingScopes(plan_, scope_id)) {
    if (--scope_open_count_[id.index()] == 0) {
      SetScope(id, ScopeState::kGone);
      released.push_back(id);
    }
  }
  return released;
}

std::vector<LockScopeId> GraphWalk::StepDone(StepId step_id) {
  UPGRAPH_CHECK(is_included_[step_id.index()] && !is_done_[step_id.index()]);
  --open_count_;
  Complete(step_id);
  return ReleaseScopes(plan_.step(step_id).lock_scope_id);
}

}  // namespace upgraph::scheduler
