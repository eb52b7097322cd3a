#pragma once

// What each diagnostic of the compiler is about, for `upgraph explain NAME`. The checks of a plan
// explain themselves (plan/checks).

#include <string_view>
#include <vector>

#include "compiler/diagnostics/diagnostic.h"

namespace upgraph::diagnostics {

// The text's first line says what the rule is; behind a blank line it says why, and where words are
// not enough there are a bad and a good example, each a part of a spec, indented by four.
struct Explanation {
  Kind kind;
  const char* text;
};

// In the order of kind.def. A kind that shares its name with a check has none: the check's explains
// both.
std::vector<Explanation> AllExplanations();

}  // namespace upgraph::diagnostics
