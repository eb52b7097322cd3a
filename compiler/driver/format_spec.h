#pragma once

// The formatter as one function: a spec in, its text in the one style or diagnostics out.

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "compiler/diagnostics/diagnostic.h"
#include "compiler/source/source_manager.h"

namespace upgraph::driver {

struct FormattedSpec {
  // Why the file cannot be read, or errors of its syntax in the order of their places, as a
  // compilation says them. What a spec means is not looked at.
  std::vector<diagnostics::Diagnostic> diagnostics;
  std::unique_ptr<source::SourceManager> sources;  // never null
  std::string before;                              // the text as it was read
  // In the one style; the same as before when there are diagnostics.
  std::string after;
};

// An error when the formatted text would be larger than a spec may be, or would not say the same: a
// bug of ours. Writes nothing.
Result<FormattedSpec> FormatSpec(const std::string& path);
Result<FormattedSpec> FormatText(const std::string& display_path, std::string text);

}  // namespace upgraph::driver
