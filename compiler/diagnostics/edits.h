#pragma once

// Changes of a text that diagnostics carry, put into it. Pure.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/diagnostics/diagnostic.h"

namespace upgraph::diagnostics {

struct EditedText {
  std::string text;
  std::vector<size_t> applied;  // which of the fixes, ascending
};

// Puts fixes into the text of one buffer, the first ones first. Each is taken whole or not at all:
// not when an edit of it lies in another buffer, beyond the text, or over an edit that was taken.
// Two edits that begin at one place are over one another as well, as their order would be chance.
EditedText ApplyFixes(std::string_view text, source::BufferId buffer_id,
                      const std::vector<std::vector<Edit>>& fixes);

}  // namespace upgraph::diagnostics
