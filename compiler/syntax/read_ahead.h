#pragma once

// The lines of a large block, read on several cores. Internal to syntax.

#include <cstdint>
#include <string_view>
#include <vector>

#include "compiler/ast/tree.h"
#include "compiler/syntax/token_lines.h"

namespace upgraph::syntax {

// Blocks with fewer lines of their own are not worth a thread.
inline constexpr size_t kLinesForThreads = 500;

// A statement for each line, with its children, and beside them whether it was read: a line that is
// not all of the common form, nor whatever it holds, that documents something, or that has a
// mistake is left for the parser, and nothing is said about it.
struct LinesAhead {
  ast::List<ast::Statement> statements;
  std::vector<uint8_t> is_read;
};
LinesAhead ReadAhead(source::BufferId buffer_id, std::string_view text, const Tokens& tokens,
                     const std::vector<TokenRange>& lines);

}  // namespace upgraph::syntax
