#pragma once

// Which steps of a plan a drawing shows, and what leads to what. Pure.

#include <set>
#include <string>
#include <vector>

#include "cli/graph_text.h"
#include "plan/plan.h"

namespace upgraph::cli {

struct DrawnGraph {
  std::vector<bool> is_drawn;                     // of each step
  std::vector<std::vector<plan::StepId>> before;  // of each drawn step, in the direction drawn
  std::set<plan::StepId> longest_path;            // up to the commit; empty for the way back
};

// Back, steps that only look are passed through: what came after them comes after what was before
// them.
DrawnGraph GraphToDraw(const plan::Plan& plan, GraphDirection direction);

// 5s, by compensation; or, of the way back: 5s back
std::string TimeAndWayBack(const plan::Step& step, GraphDirection direction);

// "lock files.lock(/srv)"
std::string LockTitle(const plan::LockScope& scope);

}  // namespace upgraph::cli
