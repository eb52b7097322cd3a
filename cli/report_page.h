#pragma once

// A report about a run as one page that needs nothing else: no network, no script. Pure.

#include <string>

#include "cli/report_words.h"

namespace upgraph::cli {

// The graph of a plan with more steps is not drawn in the page: nobody finds anything in it.
inline constexpr size_t kReportGraphStepsMax = 300;
// Steps of a stage that are listed; of a longer one those that did not go straight come first.
inline constexpr size_t kReportStageStepsMax = 2000;
// A stage with more steps is folded up when the page is opened.
inline constexpr size_t kReportOpenStepsMax = 100;

// HTML. All that comes from a run or a plan is text in it, never markup.
std::string RenderReportPage(const ReportedRun& report);

}  // namespace upgraph::cli
