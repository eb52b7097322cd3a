#pragma once

// The step graph of a plan as text for drawing tools. Pure; one plan gives the same text.

#include <string>

#include "plan/plan.h"

namespace upgraph::cli {

enum class GraphForm {
  kDot,      // Graphviz
  kMermaid,  // a flowchart, as Markdown viewers draw it
  kSvg,      // drawn already: cli/graph_svg.h
};

enum class GraphDirection {
  kForward,
  kBack,  // the reverse graph: what is undone, in the mirrored order
};

// Phases and locks are boxes around their steps, joins are points, and the steps of the longest
// path are marked. Of the forms that are text for other tools: not of kSvg.
std::string RenderGraph(const plan::Plan& plan, GraphForm form, GraphDirection direction);

}  // namespace upgraph::cli
