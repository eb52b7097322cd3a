#pragma once

// When each step of a run was at work, forward and back, as a drawing for a page. Pure.

#include <string>
#include <vector>

#include "runtime/executor/view.h"
#include "runtime/history/timeline.h"

namespace upgraph::cli {

// So many steps have a row of their own; of a longer run those that did not go straight, and then
// those that took longest.
inline constexpr size_t kTimelineStepsMax = 500;

struct TimelineDrawing {
  std::string svg;         // an element; all that comes from a run is text in it, never markup
  size_t drawn_count = 0;  // steps with a row
  size_t step_count = 0;   // steps that were at work
};

// Rows in the order of the plan, below the name of their stage.
TimelineDrawing DrawTimeline(const executor::RunDetails& details,
                             const std::vector<history::Try>& tries);

}  // namespace upgraph::cli
