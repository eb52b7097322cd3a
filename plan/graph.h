#pragma once

// Questions about the step graph that checks, the runtime and people ask. All of them need edges
// that lead from smaller ids to greater ones, as every plan has that Lower() made or Verify() let
// pass.

#include <cstdint>
#include <vector>

#include "plan/adjacency.h"
#include "plan/plan.h"

namespace upgraph::plan {

// For each step the steps that come directly after it, ascending.
Adjacency<StepId> Successors(const StepGraph& plan);

// Whether one step always comes before another.
//
// Two orders of all steps are made, each a depth-first walk, one taking successors from the left,
// one from the right. Where a path leads from a to b, a stands before b in both: one comparison
// says no. The reverse holds for every graph that can be drawn without crossings, and the text of
// a spec makes series and parallels, which can; only `after` inside a `parallel` can break it. So
// each step is judged once: do all steps that stand closest before it in both orders have an edge
// to it? Where no step between a and b fails that, one comparison says yes as well. Else a search
// goes backwards from b, among the steps that stand after a in both orders, until it comes to
// where the orders decide.
//
// Making it takes (steps + edges) · log(steps); a question takes constant time, a search aside.
// Rejected: bit sets, which need 1.2 GB for 100,000 steps, and chains with a search between
// them, which are quadratic in the branches of one parallel.
class Reachability {
 public:
  explicit Reachability(const StepGraph& plan);
  // Whether there is a path from `from` to `to`. Not thread-safe.
  bool Reaches(StepId from, StepId to);
  bool AreOrdered(StepId a, StepId b) { return a < b ? Reaches(a, b) : Reaches(b, a); }
  // Whether the step is ordered with every other step of the plan.
  bool IsBarrier(StepId id) const { return is_barrier_[id.index()]; }

 private:
  // A necessary condition for a path.
  bool StandsBefore(uint32_t from, uint32_t to) const {
    return left_rank_[from] < left_rank_[to] && right_rank_[from] < right_rank_[to];
  }
  // Of two steps for which StandsBefore() holds: whether that settles it.
  bool IsSettled(uint32_t from, uint32_t to) const;
  bool Search(uint32_t from, uint32_t to);
  void FindBarriers();
  void JudgeSteps();

  const StepGraph& plan_;
  std::vector<uint32_t> left_rank_;
  std::vector<uint32_t> right_rank_;
  // How many steps failed the judgement up to and with this rank in each order.
  std::vector<uint32_t> failed_by_left_;
  std::vector<uint32_t> failed_by_right_;
  std::vector<bool> is_barrier_;
  std::vector<uint32_t> next_barrier_;  // the first barrier from this id on; steps.size(): none
  std::vector<uint32_t> mark_;          // the search that saw the step last
  uint32_t search_ = 0;
};

struct Duration {
  int64_t forward_ms = 0;
  int64_t back_ms = 0;
};

// The longest path through the steps of the phases first … last of all hops (the others count as
// nothing): each step at its estimate, each
// lock at its full wait where a path enters it (back: where the reverse path enters it, and only
// locks under which something is reverted). Back, what stands below a point of no return counts as
// nothing. Scopes
// that share a lock without being ordered wait for one another: they count in sequence. An
// estimate, no bound: only timeouts bound. Sums stop at the greatest number.
Duration CriticalPath(const StepGraph& plan, Phase first, Phase last);
// What comes out forward, alone.
int64_t CriticalPathForward(const StepGraph& plan, Phase first, Phase last);

// How many steps, from the first on, a rollback reaches: those before the point of no return or,
// where there is none, before cleanup.
uint32_t WayBackEnd(const StepGraph& plan);

// The longest path from the start to the commit, and back from just before it.
Duration UntilCommit(const StepGraph& plan);
// The same of a run under way: forward the steps that are open, back those and what is to be
// reverted already.
Duration UntilCommit(const StepGraph& plan, const std::vector<bool>& is_open,
                     const std::vector<bool>& reverts);
// The longest path back through these steps alone.
int64_t WayBack(const StepGraph& plan, const std::vector<bool>& reverts);
// How much of a window is kept for a way back of this estimate: half as much again.
int64_t KeptForWayBack(int64_t back_ms);

// The steps of one longest path forward, in order, joins left out.
std::vector<StepId> CriticalSteps(const StepGraph& plan, Phase first, Phase last);

// For each lock scope how long its locks are held by estimate: the longest path through its steps,
// with the full waits for the locks inside it. In (steps · depth of the scopes) steps.
std::vector<Duration> HoldTimes(const StepGraph& plan);

// The locks of each scope by number; a name has one number, wherever it stands.
struct LockNumbers {
  std::vector<std::vector<uint32_t>> of_scope;
  uint32_t count = 0;  // numbers go from 0 up to it
};
LockNumbers NumberLocks(const StepGraph& plan);

// From the innermost scope outwards.
std::vector<LockScopeId> EnclosingScopes(const StepGraph& plan, LockScopeId scope_id);

}  // namespace upgraph::plan
