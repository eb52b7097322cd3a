#include "compiler/checks/checks.h"

#include "compiler/diagnostics/position.h"
#include "plan/checks/check.h"

namespace upgraph::checks {

void RunChecks(const plan::Plan& plan, const source::SourceManager& sources,
               diagnostics::Emitter& emitter) {
  for (const plan::Finding& finding : plan::RunChecks(plan)) {
    diagnostics::Severity severity = finding.severity == plan::FindingSeverity::kError
                                         ? diagnostics::Severity::kError
                                         : diagnostics::Severity::kWarning;
    diagnostics::Diagnostic& diagnostic = emitter.EmitFinding(
        finding.check, severity, diagnostics::RangeOf(sources, finding.position), finding.message);
    diagnostic.SetHint(finding.hint);
    if (!finding.second_message.empty()) {
      diagnostic.AddNote(diagnostics::RangeOf(sources, finding.second_position),
                         finding.second_message);
    }
  }
}

std::optional<std::string> Explain(std::string_view check_name) {
  const plan::Check* check = plan::FindCheck(check_name);
  return check == nullptr ? std::nullopt : std::optional<std::string>(check->explanation);
}

std::vector<std::string> CheckNames() {
  std::vector<std::string> names;
  for (const plan::Check& check : plan::AllChecks()) {
    names.emplace_back(check.name);
  }
  return names;
}

}  // namespace upgraph::checks
