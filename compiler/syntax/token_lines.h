#pragma once

// Lines and blocks in a list of tokens whose brackets match. Internal to syntax.

#include <cstddef>
#include <vector>

#include "compiler/syntax/scanner.h"

namespace upgraph::syntax {

using Tokens = std::vector<ScannedToken>;

// Half-open, as indexes of a Tokens.
struct TokenRange {
  size_t begin = 0;
  size_t end = 0;
};

// The end of the line that begins at `begin`: the index of its newline, or of the } of the block
// around it, or `end`. Blocks that the line opens belong to it.
size_t LineEnd(const Tokens& tokens, size_t begin, size_t end);

// The lines in a body that are not empty, each with its newline, or the } of the body, which ends
// with it.
std::vector<TokenRange> LinesOf(const Tokens& tokens, TokenRange body);

// The first token of the line that `at` stands on; a newline belongs to the line that it ends.
size_t LineBegin(const Tokens& tokens, size_t at);

// The tokens of `range` without what stands inside blocks that are `depth` deep in others: with 0,
// `lock x { a() }` becomes `lock x { }`. `bodies` gets what was left out, each with its } at the
// end, in order.
Tokens WithoutBodies(const Tokens& tokens, TokenRange range, int depth,
                     std::vector<TokenRange>* bodies);

}  // namespace upgraph::syntax
