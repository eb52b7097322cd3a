#pragma once

// How serious the author's side wants a diagnostic to be: `-W error`, `-W error=NAME`, `-W
// no-NAME`.

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/diagnostics/diagnostic.h"

namespace upgraph::diagnostics {

struct Levels {
  bool warnings_are_errors = false;
  std::set<std::string, std::less<>> errors;    // warnings of these names are errors
  std::set<std::string, std::less<>> silenced;  // warnings of these names are left out
};

// Adds what follows one `-W`. Nothing when it reads well, else what is wrong with it; `known` are
// the names there are.
std::optional<std::string> AddLevel(std::string_view level, const std::vector<std::string>& known,
                                    Levels* levels);

// Errors stay what they are: `allow … because` in the text lowers them, where people read it.
void ApplyLevels(const Levels& levels, std::vector<Diagnostic>* diagnostics);

}  // namespace upgraph::diagnostics
