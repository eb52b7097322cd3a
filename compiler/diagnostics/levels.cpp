#include "compiler/diagnostics/levels.h"

#include <fmt/format.h>

#include <algorithm>

#include "compiler/diagnostics/suggest.h"

namespace upgraph::diagnostics {

std::optional<std::string> AddLevel(std::string_view level, const std::vector<std::string>& known,
                                    Levels* levels) {
  constexpr std::string_view kError = "error=";
  constexpr std::string_view kNo = "no-";
  if (level == "error") {
    levels->warnings_are_errors = true;
    return std::nullopt;
  }
  // A name may begin with `no-` itself (no-estimate): `-W no-no-estimate`.
  const bool is_error = level.starts_with(kError);
  if (!is_error && !level.starts_with(kNo)) {
    return "`-W` is followed by `error`, `error=NAME` or `no-NAME`";
  }
  const std::string name(level.substr(is_error ? kError.size() : kNo.size()));
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    const std::string hint = SuggestHint(name, known);
    return fmt::format("there is no diagnostic `{}`{}", name, hint.empty() ? "" : "; " + hint);
  }
  (is_error ? levels->errors : levels->silenced).insert(name);
  return std::nullopt;
}

void ApplyLevels(const Levels& levels, std::vector<Diagnostic>* diagnostics) {
  const auto is_silenced = [&](const Diagnostic& diagnostic) {
    return diagnostic.severity == Severity::kWarning && levels.silenced.count(diagnostic.name) != 0;
  };
  diagnostics->erase(std::remove_if(diagnostics->begin(), diagnostics->end(), is_silenced),
                     diagnostics->end());
  for (Diagnostic& diagnostic : *diagnostics) {
    if (levels.warnings_are_errors || levels.errors.count(diagnostic.name) != 0) {
      diagnostic.severity = Severity::kError;
    }
  }
}

}  // namespace upgraph::diagnostics
