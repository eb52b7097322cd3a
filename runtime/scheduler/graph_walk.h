#pragma once

// Which step may start now: a walk over the step graph, forward or mirrored. No I/O, no threads, no
// clock: it is told what ended and says what may begin.
//
// A step may start when everything before it (in the walk's direction) is done and its lock scopes
// are held. A scope is taken when its first step could start and nothing outside it that any of its
// steps waits for is open, and freed after its last step, in both directions. So a lock is never
// held for work that does not need it, and a held scope can always come to its end: no two scopes
// wait for each other (Verify() refuses plans whose scopes would).

#include <cstdint>
#include <set>
#include <span>
#include <vector>

#include "plan/graph.h"
#include "plan/plan.h"
#include "runtime/history/record.h"

namespace upgraph::scheduler {

class GraphWalk {
 public:
  // Walks the steps for which `is_included` is true; all others, and joins, count as done.
  // `plan` must outlive the walk.
  GraphWalk(const plan::Plan& plan, history::Direction direction,
            const std::vector<bool>& is_included);

  struct Next {
    std::vector<plan::StepId> steps;        // in the order of the walk
    std::vector<plan::LockScopeId> scopes;  // to be taken; outer ones first
  };
  // What may begin now; each step and each scope is given once. Of the steps no more than
  // `steps_max`, the first ones; the others are given later.
  Next TakeReady(size_t steps_max = SIZE_MAX);

  void ScopeTaken(plan::LockScopeId scope_id);
  // A scope that could not be taken: its steps never start; they count as done.
  // Returns them, in the order of the walk.
  std::vector<plan::StepId> ScopeFailed(plan::LockScopeId scope_id);

  // Returns the scopes that are no longer needed, inner ones first: to be freed by the caller.
  std::vector<plan::LockScopeId> StepDone(plan::StepId step_id);

  // Every included step is done.
  bool is_finished() const { return open_count_ == 0; }
  // After Stop nothing more becomes ready.
  void Stop() { is_stopped_ = true; }

 private:
  enum class ScopeState { kFree, kTaking, kHeld, kGone };

  std::span<const plan::StepId> NextOf(plan::StepId step_id) const;  // in the walk's direction
  void Complete(plan::StepId step_id);
  void AddFresh(plan::StepId step_id);
  plan::StepId TakeFresh();
  std::vector<plan::LockScopeId> ScopesEntered(plan::StepId from, plan::StepId to) const;
  bool IsScopeReady(plan::LockScopeId scope_id, Next* next);
  bool SharesHeldLock(plan::LockScopeId scope_id) const;
  void SetScope(plan::LockScopeId scope_id, ScopeState state);
  std::vector<plan::LockScopeId> ReleaseScopes(plan::LockScopeId scope_id);

  const plan::Plan& plan_;
  const history::Direction direction_;
  std::vector<bool> is_included_;
  plan::Adjacency<plan::StepId> successors_;  // of a walk forward; back they are `after`
  std::vector<uint32_t> waiting_for_;         // how many before it are not done
  std::vector<bool> is_done_;
  struct Order {
    bool is_back = false;
    bool operator()(plan::StepId a, plan::StepId b) const { return is_back ? b < a : a < b; }
  };
  // What nothing is open before and was not given yet: steps that nobody has looked at, as a heap
  // whose top is the first in the order of the walk (most of a large plan may be there at once),
  // and those whose locks are not held.
  std::vector<plan::StepId> fresh_;
  std::set<plan::StepId, Order> waiting_;
  std::vector<ScopeState> scopes_;
  plan::LockNumbers locks_;
  std::vector<uint32_t> holder_count_;       // of each lock: scopes that take or hold it
  std::vector<uint32_t> scope_open_count_;   // included steps in it that are not done
  std::vector<uint32_t> scope_waiting_for_;  // edges into it from steps that are not done
  uint32_t open_count_ = 0;
  bool is_stopped_ = false;
};

}  // namespace upgraph::scheduler
