#pragma once

// A report about a run for programs: docs/formats/report.md. Pure.

#include "base/json.h"
#include "cli/report_words.h"

namespace upgraph::cli {

Json ReportJson(const ReportedRun& report);

}  // namespace upgraph::cli
