#pragma once

// Which pieces stand on one row, and how far in. Internal to format.

#include <cstdint>
#include <vector>

#include "compiler/format/pieces.h"

namespace upgraph::format {

struct Row {
  uint32_t first = 0;  // piece; the row ends where the next one begins
  uint32_t indent = 0;
  uint32_t width = 0;           // with its indent, without a comment at its end
  uint32_t comment = kNoPiece;  // at its end
  bool is_after_blank = false;  // an empty row stands before it
  // A comment alone, written below one at the end of a row, in the same column: it goes on there.
  bool continues_comment = false;
};

// The spaces, starts and pads are set.
std::vector<Row> BreakRows(const Pieces& pieces);

}  // namespace upgraph::format
