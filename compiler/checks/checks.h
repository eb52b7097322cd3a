#pragma once

// The checks of the plan as the compiler shows them: plan/checks finds, this folder says it at the
// place in the source.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/diagnostics/emitter.h"
#include "compiler/source/source_manager.h"
#include "plan/plan.h"

namespace upgraph::checks {

// Emits a diagnostic for each finding of each check, under the check's name.
void RunChecks(const plan::Plan& plan, const source::SourceManager& sources,
               diagnostics::Emitter& emitter);

// What the check proves and why, for `upgraph explain NAME`; nothing for an unknown name.
std::optional<std::string> Explain(std::string_view check_name);

// In the order in which they run.
std::vector<std::string> CheckNames();

}  // namespace upgraph::checks
