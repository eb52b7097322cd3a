#pragma once

// The step graph of plans as a drawing that needs no other program. Pure; one plan gives the same
// text.

#include <string>
#include <vector>

#include "cli/graph_text.h"
#include "plan/plan.h"

namespace upgraph::cli {

// One SVG document, the plans below one another. Phases are bands with their times, forward and
// back; the steps of the longest path are marked; in the forward drawing dashed lines are the way
// back. All that comes from a plan is text in it, never markup.
std::string RenderSvg(const std::vector<plan::Plan>& plans, GraphDirection direction);

}  // namespace upgraph::cli
