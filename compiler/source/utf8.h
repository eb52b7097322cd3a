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

// False when `code` is no character: a surrogate, or too large.
bool IsCharacter(uint32_t code);
// The bytes of a code that IsCharacter().
std::string EncodeUtf8(uint32_t code);

}  // namespace upgraph::source
