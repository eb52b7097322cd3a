#include <algorithm>
#include <limits>

#include "plan/graph.h"

namespace upgraph::plan {
namespace {

int64_t SumMs(int64_t a, int64_t b) {
  int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<int64_t>::max() : sum;
}

// One longest path for each scope, over the steps in it alone. Whatever is kept for a step, a scope
// or a lock belongs to the scope whose turn it is: a stamp says so, and nothing is cleared.
class HoldTimesOf {
 public:
  HoldTimesOf(const StepGraph& plan, bool is_back)
      : plan_(plan),
        is_back_(is_back),
        steps_of_(plan.lock_scopes.size()),
        locks_(NumberLocks(plan)),
        step_stamp_(plan.steps.size(), kNone),
        end_ms_(plan.steps.size(), 0),
        entered_stamp_(plan.lock_scopes.size(), kNone),
        entry_ms_(plan.lock_scopes.size(), 0),
        free_stamp_(locks_.count, kNone),
        free_ms_(locks_.count, 0) {
    for (uint32_t i = 0; i < plan.steps.size(); ++i) {
      for (LockScopeId id = plan.steps[i].lock_scope_id; id.has_value();
           id = plan.lock_scope(id).parent_id) {
        steps_of_[id.index()].push_back(i);
      }
    }
    if (is_back) {
      successors_ = Successors(plan);
      for (std::vector<uint32_t>& steps : steps_of_) {
        std::reverse(steps.begin(), steps.end());
      }
    }
  }

  std::vector<int64_t> Run() {
    std::vector<int64_t> hold_ms(steps_of_.size(), 0);
    for (uint32_t scope = 0; scope < steps_of_.size(); ++scope) {
      for (const uint32_t step : steps_of_[scope]) {
        hold_ms[scope] = std::max(hold_ms[scope], Visit(step, scope));
      }
    }
    return hold_ms;
  }

 private:
  static constexpr uint32_t kNone = UINT32_MAX;

  // When the step ends, counted from when the scope has its locks.
  int64_t Visit(uint32_t index, uint32_t scope) {
    const Step& step = plan_.steps[index];
    int64_t start_ms = 0;
    for (const StepId before :
         is_back_ ? successors_[index] : std::span<const StepId>(step.after)) {
      if (step_stamp_[before.index()] == scope) {
        start_ms = std::max(start_ms, end_ms_[before.index()]);
      }
    }
    Enter(step.lock_scope_id, scope, &start_ms);
    const int64_t end_ms = SumMs(start_ms, is_back_ ? step.undo_takes_ms : step.takes_ms);
    step_stamp_[index] = scope;
    end_ms_[index] = end_ms;
    for (LockScopeId id = step.lock_scope_id; id.index() != scope;
         id = plan_.lock_scope(id).parent_id) {
      for (const uint32_t lock : locks_.of_scope[id.index()]) {
        free_ms_[lock] = free_stamp_[lock] == scope ? std::max(free_ms_[lock], end_ms) : end_ms;
        free_stamp_[lock] = scope;
      }
    }
    return end_ms;
  }

  // The locks between the step and the scope, outermost first: each is waited for in full where it
  // is met first, after what else holds it.
  void Enter(LockScopeId id, uint32_t scope, int64_t* start_ms) {
    if (id.index() == scope) {
      return;
    }
    Enter(plan_.lock_scope(id).parent_id, scope, start_ms);
    const uint32_t inner = id.index();
    if (entered_stamp_[inner] != scope) {
      int64_t free_ms = *start_ms;
      for (const uint32_t lock : locks_.of_scope[inner]) {
        free_ms = free_stamp_[lock] == scope ? std::max(free_ms, free_ms_[lock]) : free_ms;
      }
      entered_stamp_[inner] = scope;
      entry_ms_[inner] = SumMs(free_ms, plan_.lock_scope(id).within_ms);
    }
    *start_ms = std::max(*start_ms, entry_ms_[inner]);
  }

  const StepGraph& plan_;
  bool is_back_;
  std::vector<std::vector<uint32_t>> steps_of_;  // of each scope, with those of the scopes in it
  LockNumbers locks_;
  Adjacency<StepId> successors_;  // of the way back only
  std::vector<uint32_t> step_stamp_;
  std::vector<int64_t> end_ms_;
  std::vector<uint32_t> entered_stamp_;
  std::vector<int64_t> entry_ms_;
  std::vector<uint32_t> free_stamp_;
  std::vector<int64_t> free_ms_;
};

}  // namespace

std::vector<Duration> HoldTimes(const StepGraph& plan) {
  const std::vector<int64_t> forward_ms = HoldTimesOf(plan, false).Run();
  const std::vector<int64_t> back_ms = HoldTimesOf(plan, true).Run();
  std::vector<Duration> times;
  times.reserve(forward_ms.size());
  for (size_t i = 0; i < forward_ms.size(); ++i) {
    times.push_back({forward_ms[i], back_ms[i]});
  }
  return times;
}

}  // namespace upgraph::plan
