#include "plan/graph.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <unordered_map>

namespace upgraph::plan {
namespace {

int64_t AddMs(int64_t a, int64_t b) {
  int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<int64_t>::max() : sum;
}

// The longest path in one direction. Back, the graph is read from its end: the successors of a
// step are what its reverse waits for.
class LongestPath {
 public:
  // Steps from `end` on count as nothing, nor do those that are not in `counted`; null: all are.
  LongestPath(const StepGraph& plan, Phase first, Phase last, bool is_back, uint32_t end,
              const std::vector<bool>* counted = nullptr)
      : plan_(plan),
        counted_(counted),
        end_(end),
        first_(first),
        last_(last),
        is_back_(is_back),
        end_ms_(plan.steps.size(), 0),
        from_(plan.steps.size()),
        depth_(plan.lock_scopes.size(), 1),
        is_entered_(plan.lock_scopes.size(), false),
        entry_ms_(plan.lock_scopes.size(), 0),
        locks_(NumberLocks(plan)),
        free_ms_(locks_.count, 0) {
    for (size_t i = 0; i < plan.lock_scopes.size(); ++i) {
      const LockScopeId parent_id = plan.lock_scopes[i].parent_id;
      depth_[i] = parent_id.has_value() ? depth_[parent_id.index()] + 1 : 1;
    }
    if (is_back) {
      before_ = Successors(plan);
      FindRetaken();
    }
  }

  int64_t Run() {
    const auto count = static_cast<uint32_t>(plan_.steps.size());
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t step = is_back_ ? count - 1 - i : i;
      Visit(step);
    }
    return last_step_.has_value() ? end_ms_[last_step_.index()] : 0;
  }

  std::vector<StepId> Steps() const {
    std::vector<StepId> steps;
    for (StepId id = last_step_; id.has_value(); id = from_[id.index()]) {
      if (plan_.step(id).kind != StepKind::kJoin && IsInPhases(id.index())) {
        steps.push_back(id);
      }
    }
    std::reverse(steps.begin(), steps.end());
    return steps;
  }

 private:
  bool IsInPhases(uint32_t step) const {
    return step < end_ && plan_.steps[step].phase >= first_ && plan_.steps[step].phase <= last_ &&
           (counted_ == nullptr || (*counted_)[step]);
  }

  std::span<const StepId> Before(uint32_t step) const {
    return is_back_ ? before_[step] : std::span<const StepId>(plan_.steps[step].after);
  }

  void Visit(uint32_t index) {
    const Step& step = plan_.steps[index];
    int64_t start_ms = 0;
    bool has_before = false;
    for (StepId before : Before(index)) {
      const int64_t wait_ms = EntryWait(ScopeAt(index), ScopeAt(before.index()));
      const int64_t ms = AddMs(end_ms_[before.index()], wait_ms);
      if (!has_before || ms > start_ms) {
        start_ms = ms;
        from_[index] = before;
      }
      has_before = true;
    }
    if (!has_before) {
      start_ms = EntryWait(ScopeAt(index), LockScopeId());
    }
    start_ms = std::max(start_ms, LocksFree(index));
    const int64_t takes_ms = is_back_ ? step.undo_takes_ms : step.takes_ms;
    end_ms_[index] = IsInPhases(index) ? AddMs(start_ms, takes_ms) : start_ms;
    KeepLocks(index);
    if (!last_step_.has_value() || end_ms_[index] >= end_ms_[last_step_.index()]) {
      last_step_ = StepId(index);
    }
  }

  // Back, a lock is taken again only for what is reverted under it.
  void FindRetaken() {
    is_retaken_.assign(plan_.lock_scopes.size(), false);
    for (uint32_t i = 0; i < plan_.steps.size(); ++i) {
      const UndoClass undo = plan_.steps[i].undo;
      if (undo == UndoClass::kObserves || undo == UndoClass::kNever || !IsInPhases(i)) {
        continue;
      }
      for (LockScopeId id = plan_.steps[i].lock_scope_id;
           id.has_value() && !is_retaken_[id.index()]; id = plan_.lock_scope(id).parent_id) {
        is_retaken_[id.index()] = true;
      }
    }
  }

  // Steps of other phases are passed in no time, which joins what stands before and after them, as
  // one hop's switch comes after that of another. They hold no lock for anybody.
  LockScopeId ScopeAt(uint32_t index) const {
    LockScopeId id = IsInPhases(index) ? plan_.steps[index].lock_scope_id : LockScopeId();
    while (is_back_ && id.has_value() && !is_retaken_[id.index()]) {
      id = plan_.lock_scope(id).parent_id;
    }
    return id;
  }

  uint32_t Depth(LockScopeId id) const { return id.has_value() ? depth_[id.index()] : 0; }

  LockScopeId Common(LockScopeId a, LockScopeId b) const {
    while (a != b) {
      LockScopeId& deeper = Depth(a) >= Depth(b) ? a : b;
      deeper = plan_.lock_scope(deeper).parent_id;
    }
    return a;
  }

  // The waits of the scopes that hold `inner` and do not hold `outside`.
  int64_t EntryWait(LockScopeId inner, LockScopeId outside) const {
    const LockScopeId common = Common(inner, outside);
    int64_t wait_ms = 0;
    for (LockScopeId id = inner; id != common; id = plan_.lock_scope(id).parent_id) {
      wait_ms = AddMs(wait_ms, plan_.lock_scope(id).within_ms);
    }
    return wait_ms;
  }

  // When the scopes around the step get their locks: after every scope with one of them that was
  // met before. Where that one is ordered before it, it makes no difference.
  int64_t LocksFree(uint32_t index) {
    int64_t free_ms = 0;
    for (LockScopeId id = ScopeAt(index); id.has_value(); id = plan_.lock_scope(id).parent_id) {
      if (!is_entered_[id.index()]) {
        is_entered_[id.index()] = true;
        for (uint32_t lock : locks_.of_scope[id.index()]) {
          entry_ms_[id.index()] = std::max(entry_ms_[id.index()], free_ms_[lock]);
        }
      }
      free_ms = std::max(free_ms, entry_ms_[id.index()]);
    }
    return free_ms;
  }

  void KeepLocks(uint32_t index) {
    for (LockScopeId id = ScopeAt(index); id.has_value(); id = plan_.lock_scope(id).parent_id) {
      for (uint32_t lock : locks_.of_scope[id.index()]) {
        free_ms_[lock] = std::max(free_ms_[lock], end_ms_[index]);
      }
    }
  }

  const StepGraph& plan_;
  const std::vector<bool>* counted_;
  uint32_t end_;
  Phase first_;
  Phase last_;
  bool is_back_;
  Adjacency<StepId> before_;  // of the way back only
  std::vector<int64_t> end_ms_;
  std::vector<StepId> from_;       // the predecessor on the longest path
  std::vector<bool> is_retaken_;   // of each scope, of the way back only
  std::vector<uint32_t> depth_;    // of each scope, from 1
  std::vector<bool> is_entered_;   // of each scope
  std::vector<int64_t> entry_ms_;  // of each scope: when its locks were free
  LockNumbers locks_;
  std::vector<int64_t> free_ms_;  // of each lock
  StepId last_step_;
};

}  // namespace

LockNumbers NumberLocks(const StepGraph& plan) {
  LockNumbers locks;
  locks.of_scope.resize(plan.lock_scopes.size());
  std::unordered_map<std::string_view, uint32_t> numbers;
  for (size_t i = 0; i < plan.lock_scopes.size(); ++i) {
    for (const Lock& lock : plan.lock_scopes[i].locks) {
      const auto [known, is_new] = numbers.try_emplace(lock.name, locks.count);
      locks.count += is_new ? 1 : 0;
      locks.of_scope[i].push_back(known->second);
    }
  }
  return locks;
}

Adjacency<StepId> Successors(const StepGraph& plan) {
  std::vector<Adjacency<StepId>::Edge> edges;
  edges.reserve(plan.steps.size());
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    for (StepId before : plan.steps[i].after) {
      edges.emplace_back(before.index(), StepId(i));
    }
  }
  return Adjacency<StepId>(plan.steps.size(), edges);
}

uint32_t WayBackEnd(const StepGraph& plan) {
  const auto end = std::find_if(plan.steps.begin(), plan.steps.end(), [](const Step& step) {
    return step.kind == StepKind::kCommit || step.phase == Phase::kCleanup;
  });
  return static_cast<uint32_t>(end - plan.steps.begin());
}

int64_t CriticalPathForward(const StepGraph& plan, Phase first, Phase last) {
  return LongestPath(plan, first, last, false, static_cast<uint32_t>(plan.steps.size())).Run();
}

Duration CriticalPath(const StepGraph& plan, Phase first, Phase last) {
  return {CriticalPathForward(plan, first, last),
          LongestPath(plan, first, last, true, WayBackEnd(plan)).Run()};
}

Duration UntilCommit(const StepGraph& plan) {
  const uint32_t end = WayBackEnd(plan);
  return {LongestPath(plan, Phase::kPreflight, Phase::kVerify, false, end).Run(),
          LongestPath(plan, Phase::kPreflight, Phase::kVerify, true, end).Run()};
}

Duration UntilCommit(const StepGraph& plan, const std::vector<bool>& is_open,
                     const std::vector<bool>& reverts) {
  std::vector<bool> goes_back = reverts;
  for (size_t i = 0; i < is_open.size(); ++i) {
    goes_back[i] = goes_back[i] || is_open[i];
  }
  const uint32_t end = WayBackEnd(plan);
  return {LongestPath(plan, Phase::kPreflight, Phase::kVerify, false, end, &is_open).Run(),
          LongestPath(plan, Phase::kPreflight, Phase::kVerify, true, end, &goes_back).Run()};
}

int64_t WayBack(const StepGraph& plan, const std::vector<bool>& reverts) {
  return LongestPath(plan, Phase::kPreflight, Phase::kCleanup, true,
                     static_cast<uint32_t>(plan.steps.size()), &reverts)
      .Run();
}

int64_t KeptForWayBack(int64_t back_ms) { return AddMs(back_ms, back_ms / 2); }

std::vector<StepId> CriticalSteps(const StepGraph& plan, Phase first, Phase last) {
  LongestPath path(plan, first, last, false, static_cast<uint32_t>(plan.steps.size()));
  path.Run();
  return path.Steps();
}

std::vector<LockScopeId> EnclosingScopes(const StepGraph& plan, LockScopeId scope_id) {
  std::vector<LockScopeId> scopes;
  for (LockScopeId id = scope_id; id.has_value(); id = plan.lock_scope(id).parent_id) {
    scopes.push_back(id);
  }
  return scopes;
}

}  // namespace upgraph::plan
