#pragma once

// Questions about the step graph that checks, the runtime and people ask.

#include <cstdint>
#include <vector>

#include "plan/plan.h"

namespace upgraph::plan {

// For each step the steps that come directly after it, ascending.
std::vector<std::vector<StepId>> Successors(const Plan& plan);

// Whether one step always comes before another. Chains answer at once: steps are put greedily on
// chains (a step extends the chain of its first predecessor that ends one), and two steps of one
// chain compare by position. Between chains a search goes backwards from the later step, never
// below the number of the earlier one. Text order makes long chains and short searches.
class Reachability {
 public:
  explicit Reachability(const Plan& plan);
  // Whether there is a path from `from` to `to`. Not thread-safe.
  bool Reaches(StepId from, StepId to);
  bool AreOrdered(StepId a, StepId b) { return a < b ? Reaches(a, b) : Reaches(b, a); }

 private:
  const Plan& plan_;
  std::vector<uint32_t> chain_;     // of each step
  std::vector<uint32_t> position_;  // in its chain
  std::vector<uint32_t> mark_;      // the search that saw the step last
  uint32_t search_ = 0;
};

struct Duration {
  int64_t forward_ms = 0;
  int64_t back_ms = 0;
};

// The longest path through the steps of the phases first … last: each step at its estimate, each
// lock at its full wait where a path enters it. Scopes that share a lock without being ordered
// wait for one another: they count in sequence.
Duration CriticalPath(const Plan& plan, Phase first, Phase last);

// From the innermost scope outwards.
std::vector<LockScopeId> EnclosingScopes(const Plan& plan, LockScopeId scope_id);

}  // namespace upgraph::plan
