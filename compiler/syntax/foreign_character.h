#pragma once

// What to say about a character that begins no token. Internal to syntax.

#include <cstdint>
#include <string>
#include <string_view>

namespace upgraph::syntax {

// The sign or letter of ASCII that a person cannot tell `code` from, or 0: `a` for U+0430. Only
// what looks the same in common fonts; a letter with an accent is seen.
char LooksLike(uint32_t code);

// "found `x` (U+0445), which only looks like `x`", with the one and the other `x`. `rest` begins
// with the character; it is not empty. A byte of ASCII is named without its number.
std::string UnexpectedMessage(std::string_view rest);

// What was most likely meant, or empty.
std::string UnexpectedHint(std::string_view rest);

}  // namespace upgraph::syntax
