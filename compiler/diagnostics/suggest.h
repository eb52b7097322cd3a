#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace upgraph::diagnostics {

// The candidate that `word` was most likely meant to be, or empty when none is near. Of equally
// near ones the first in byte order.
std::string FindNearest(std::string_view word, std::vector<std::string> candidates);

// "did you mean `files.install`?", or empty.
std::string SuggestHint(std::string_view word, std::vector<std::string> candidates);

}  // namespace upgraph::diagnostics
