// The rules about locks: one global order, and no lock that waits for itself.

#include <fmt/format.h>

#include <cstdint>
#include <vector>

#include "llvm/ADT/SmallVector.h"

#include "plan/adjacency.h"
#include "plan/verify.h"
#include "plan/verify_rules.h"

namespace upgraph::plan::rules {
namespace {

// The graph with every scope drawn as one node: an edge between two steps leads from the outermost
// scope around the one that is not around the other (or the step itself) to that of the other.
class ScopeGraph {
 public:
  explicit ScopeGraph(const StepGraph& plan)
      : plan_(plan),
        step_count_(static_cast<uint32_t>(plan.steps.size())),
        waiting_for_(step_count_ + plan.lock_scopes.size(), 0) {
    std::vector<Adjacency<uint32_t>::Edge> edges;
    edges.reserve(step_count_);
    for (uint32_t i = 0; i < step_count_; ++i) {
      for (StepId before : plan.steps[i].after) {
        edges.push_back(EdgeBetween(before, StepId(i)));
        ++waiting_for_[edges.back().second];
      }
    }
    next_of_ = Adjacency<uint32_t>(waiting_for_.size(), edges);
  }

  // A scope on a cycle or behind one; none when there is no cycle (Kahn's algorithm).
  LockScopeId FindUnordered() {
    std::vector<uint32_t> ready;
    for (uint32_t node = 0; node < waiting_for_.size(); ++node) {
      if (waiting_for_[node] == 0) {
        ready.push_back(node);
      }
    }
    while (!ready.empty()) {
      uint32_t node = ready.back();
      ready.pop_back();
      for (uint32_t next : next_of_[node]) {
        if (--waiting_for_[next] == 0) {
          ready.push_back(next);
        }
      }
    }
    for (uint32_t i = 0; i < plan_.lock_scopes.size(); ++i) {
      if (waiting_for_[step_count_ + i] != 0) {
        return LockScopeId(i);
      }
    }
    return LockScopeId();
  }

 private:
  // From the step outwards: the step, then each scope around it.
  llvm::SmallVector<uint32_t, 8> Nodes(StepId id) const {
    llvm::SmallVector<uint32_t, 8> nodes = {id.index()};
    for (LockScopeId scope_id = plan_.step(id).lock_scope_id; scope_id.has_value();
         scope_id = plan_.lock_scope(scope_id).parent_id) {
      nodes.push_back(step_count_ + scope_id.index());
    }
    return nodes;
  }

  Adjacency<uint32_t>::Edge EdgeBetween(StepId from, StepId to) const {
    llvm::SmallVector<uint32_t, 8> left = Nodes(from);
    llvm::SmallVector<uint32_t, 8> right = Nodes(to);
    while (left.back() == right.back()) {
      left.pop_back();
      right.pop_back();
    }
    return {left.back(), right.back()};
  }

  const StepGraph& plan_;
  uint32_t step_count_;
  std::vector<uint32_t> waiting_for_;  // of each step, then of each scope
  Adjacency<uint32_t> next_of_;
};

}  // namespace

Status VerifyScopes(const Context& context) {
  const StepGraph& plan = context.graph;
  std::vector<uint32_t> depth(plan.lock_scopes.size(), 1);
  for (uint32_t i = 0; i < plan.lock_scopes.size(); ++i) {
    const LockScope& scope = plan.lock_scopes[i];
    if (scope.locks.empty()) {
      return Violation(fmt::format("lock scope {} takes no lock", i));
    }
    UPGRAPH_TRY(VerifyTime(scope.within_ms, "a lock's wait"));
    UPGRAPH_TRY(VerifyTime(scope.hold_ms, "a lock's hold"));
    for (size_t k = 0; k < scope.locks.size(); ++k) {
      const Lock& lock = scope.locks[k];
      UPGRAPH_TRY(VerifyName(lock.name, "a lock's name"));
      UPGRAPH_TRY(VerifyName(lock.native, "a lock's native name"));
      UPGRAPH_TRY(VerifyFields(context, lock.arguments));
      if (k > 0 && lock.name <= scope.locks[k - 1].name) {
        return Violation(fmt::format("the locks of scope {} are not in order", i));
      }
    }
    if (!scope.parent_id.has_value()) {
      continue;
    }
    if (scope.parent_id.index() >= i) {
      return Violation(fmt::format("lock scope {} comes before the one around it", i));
    }
    depth[i] = depth[scope.parent_id.index()] + 1;
    if (depth[i] > kLockDepthMax) {
      return Violation(fmt::format("lock scopes nest deeper than {}", kLockDepthMax));
    }
    // One global order of locks is what keeps two runs from waiting for each other for ever.
    if (scope.locks.front().name <= plan.lock_scope(scope.parent_id).locks.back().name) {
      return Violation(fmt::format("`{}` is taken inside `{}` and must sort after it",
                                   scope.locks.front().name,
                                   plan.lock_scope(scope.parent_id).locks.back().name));
    }
  }
  return OkStatus();
}

Status VerifyScopeOrder(const StepGraph& plan) {
  LockScopeId id = ScopeGraph(plan).FindUnordered();
  if (id.has_value()) {
    return Violation(
        fmt::format("the lock `{}` waits for a step outside it that waits for the lock",
                    plan.lock_scope(id).locks.front().name));
  }
  return OkStatus();
}

}  // namespace upgraph::plan::rules
