#pragma once

// Bounds of one parse. The sizes of files are in base/limits.h.

#include <cstddef>
#include <cstdint>

namespace upgraph::syntax {

// Tokens of one file. They take 12 bytes each, and the tree some 200 for each of them: 3 GiB.
inline constexpr size_t kTokensMax = 16'000'000;
// Brackets of all kinds around one token. The parser is recursive: some ten thousand would end the
// stack; nobody reads more than a dozen.
inline constexpr uint32_t kNestingMax = 256;
// Operators around one value, in all the expressions that it is a part of. Each is a level of the
// tree, and everything that walks the tree is recursive.
inline constexpr size_t kOperatorsMax = 256;
// Syntax errors that are told in one run. Later ones are most likely the same mistake.
inline constexpr uint32_t kSyntaxErrorsMax = 50;
// A declaration with a mistake is parsed again without the damaged line. This bounds the tokens
// read for the second time and later, so that a huge declaration full of mistakes ends soon.
inline constexpr uint64_t kRepeatedTokensMax = 4'000'000;

}  // namespace upgraph::syntax
