#pragma once

// The edges of a plan one by one.

#include <cstddef>

#include "plan/plan.h"

namespace upgraph::plan {

inline size_t EdgeCount(const Plan& plan) { return plan.other_edges.size() + 1; }
inline const StepGraph& EdgeGraph(const Plan& plan, size_t index) {
  return index == 0 ? plan : plan.other_edges[index - 1];
}

// A plan with this edge alone, as checks and reports of one edge want it. It copies the edge: where
// there is only one, use the plan itself.
Plan EdgePlan(const Plan& plan, size_t index);

// Calls `visit` with the plan of each edge.
template <typename Visit>
void ForEachEdge(const Plan& plan, Visit visit) {
  for (size_t i = 0; i < EdgeCount(plan); ++i) {
    if (plan.other_edges.empty()) {
      visit(plan);
    } else {
      visit(EdgePlan(plan, i));
    }
  }
}

}  // namespace upgraph::plan
