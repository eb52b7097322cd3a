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

// The same as an element for a page. `classes` has a class for the box of each step of the one
// plan, or is empty.
std::string RenderSvgElement(const std::vector<plan::Plan>& plans, GraphDirection direction,
                             const std::vector<std::string>& classes);

}  // namespace upgraph::cli
