#pragma once

// A plan as the people read it who carry an upgrade out: what for, who says go, what is looked at,
// what happens in which order, the way back, and the commands. Markdown. Pure.

#include <string>

#include "cli/plan_report.h"

namespace upgraph::cli {

// What a spec says in `///` stands as it is; all else that comes from it is text, never markup.
std::string RenderRunbook(const PlanReport& report);

}  // namespace upgraph::cli
