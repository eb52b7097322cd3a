#pragma once

// What `check --fix` does, as one function: a spec in, its mended text and what is left to say out.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "compiler/driver/pipeline.h"

namespace upgraph::driver {

struct AppliedFix {
  std::string name;     // of the diagnostic
  std::string message;  // of the diagnostic
  uint32_t line = 0;    // in the text as it was when the fix was applied
  uint32_t column = 0;
};

struct FixedSpec {
  std::string before;
  std::string after;  // in the one style, where anything was fixed; else as before
  std::vector<AppliedFix> applied;
  Compilation compilation;  // of `after`
};

// Applies the fixes that diagnostics of the spec carry, compiles again, and goes on as long as
// there are more: what was found late shows only when what was wrong before is mended. Only the
// spec itself is changed, not the modules that it imports. Writes nothing. An error when the spec
// cannot be read, or when a fix broke its syntax: a bug of ours.
Result<FixedSpec> FixSpec(const std::string& spec_path, const Options& options);
Result<FixedSpec> FixText(const std::string& display_path, std::string text,
                          const std::string& payload_root, const Options& options);

}  // namespace upgraph::driver
