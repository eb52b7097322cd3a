#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace upgraph::source {

struct Utf8Character {
  uint32_t code = 0;
  uint32_t size_bytes = 1;  // 1 when not valid
  bool is_valid = false;
};

// The first character of `text`, which is not empty. Overlong forms, surrogates and codes above
// 0x10FFFF are not valid.
Utf8Character DecodeUtf8(std::string_view text);

// Codes that make a text read differently from how it looks. A terminal obeys the first, except for
// tab, newline and carriage return, which are none of these.
bool IsControl(uint32_t code);
bool ChangesDirection(uint32_t code);
// Shown as nothing, or as a new line where the compiler sees none: two texts that look the same
// would not be. Letters of some scripts need U+200C and U+200D between them; a spec says them by
// escapes, which are seen: `"\u{200d}"`.
bool IsHidden(uint32_t code);

// False when `code` is no character: a surrogate, or too large.
bool IsCharacter(uint32_t code);
// The bytes of a code that IsCharacter().
std::string EncodeUtf8(uint32_t code);

}  // namespace upgraph::source
