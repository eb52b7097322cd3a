#include "compiler/syntax/foreign_character.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "compiler/source/utf8.h"

namespace upgraph::syntax {
namespace {

struct Pair {
  uint32_t code;
  char twin;
};

// Sorted by code. From the list of confusable characters of Unicode (UTS 39), those that are twins
// of one letter: Latin beside ASCII, Greek, Cyrillic, Armenian.
constexpr Pair kTwins[] = {
    {0x131, 'i'}, {0x251, 'a'}, {0x261, 'g'},  {0x269, 'i'}, {0x37f, 'J'}, {0x391, 'A'},
    {0x392, 'B'}, {0x395, 'E'}, {0x396, 'Z'},  {0x397, 'H'}, {0x399, 'I'}, {0x39a, 'K'},
    {0x39c, 'M'}, {0x39d, 'N'}, {0x39f, 'O'},  {0x3a1, 'P'}, {0x3a4, 'T'}, {0x3a5, 'Y'},
    {0x3a7, 'X'}, {0x3b1, 'a'}, {0x3b3, 'y'},  {0x3b9, 'i'}, {0x3bd, 'v'}, {0x3bf, 'o'},
    {0x3c1, 'p'}, {0x3c3, 'o'}, {0x3c5, 'u'},  {0x3f2, 'c'}, {0x3f3, 'j'}, {0x3f9, 'C'},
    {0x405, 'S'}, {0x406, 'I'}, {0x408, 'J'},  {0x410, 'A'}, {0x412, 'B'}, {0x415, 'E'},
    {0x417, '3'}, {0x41a, 'K'}, {0x41c, 'M'},  {0x41d, 'H'}, {0x41e, 'O'}, {0x420, 'P'},
    {0x421, 'C'}, {0x422, 'T'}, {0x423, 'Y'},  {0x425, 'X'}, {0x430, 'a'}, {0x435, 'e'},
    {0x43e, 'o'}, {0x440, 'p'}, {0x441, 'c'},  {0x443, 'y'}, {0x445, 'x'}, {0x455, 's'},
    {0x456, 'i'}, {0x458, 'j'}, {0x475, 'v'},  {0x4ae, 'Y'}, {0x4af, 'y'}, {0x4bb, 'h'},
    {0x4c0, 'I'}, {0x4cf, 'l'}, {0x501, 'd'},  {0x50c, 'G'}, {0x51b, 'q'}, {0x51c, 'W'},
    {0x51d, 'w'}, {0x555, 'O'}, {0x570, 'h'},  {0x578, 'n'}, {0x57d, 'u'}, {0x581, 'g'},
    {0x584, 'f'}, {0x585, 'o'}, {0x212a, 'K'},
};

std::string_view FirstCharacter(std::string_view rest) {
  return rest.substr(0, source::DecodeUtf8(rest).size_bytes);
}

}  // namespace

char LooksLike(uint32_t code) {
  constexpr uint32_t kFullWidthFirst = 0xff01;  // `!`, and all of ASCII behind it
  constexpr uint32_t kFullWidthLast = 0xff5e;
  constexpr uint32_t kMathFirst = 0x1d400;  // the alphabet thirteen times, `A` to `Z`, `a` to `z`
  constexpr uint32_t kMathLast = 0x1d6a3;
  constexpr uint32_t kMathDigitFirst = 0x1d7ce;
  constexpr uint32_t kMathDigitLast = 0x1d7ff;
  if (code >= kFullWidthFirst && code <= kFullWidthLast) {
    return static_cast<char>(code - kFullWidthFirst + '!');
  }
  if (code >= kMathFirst && code <= kMathLast) {
    const uint32_t letter = (code - kMathFirst) % 52;
    return static_cast<char>(letter < 26 ? 'A' + letter : 'a' + letter - 26);
  }
  if (code >= kMathDigitFirst && code <= kMathDigitLast) {
    return static_cast<char>('0' + (code - kMathDigitFirst) % 10);
  }
  const auto* found =
      std::lower_bound(std::begin(kTwins), std::end(kTwins), code,
                       [](const Pair& pair, uint32_t wanted) { return pair.code < wanted; });
  return found != std::end(kTwins) && found->code == code ? found->twin : '\0';
}

std::string UnexpectedMessage(std::string_view rest) {
  const std::string_view found = FirstCharacter(rest);
  if (found == "\r") {
    return "found a carriage return without a newline";
  }
  if (found.size() == 1) {
    return fmt::format("found `{}`, which has no meaning here", found);
  }
  const uint32_t code = source::DecodeUtf8(rest).code;
  if (const char twin = LooksLike(code); twin != '\0') {
    return fmt::format("found `{}` (U+{:04X}), which only looks like `{}`", found, code, twin);
  }
  return fmt::format("found `{}` (U+{:04X}), which has no meaning here", found, code);
}

std::string UnexpectedHint(std::string_view rest) {
  const std::string_view found = FirstCharacter(rest);
  if (found == ";") {
    return "a newline ends a statement";
  }
  if (found == "#" || rest.starts_with("/*")) {
    return "a comment begins with `//` and ends with its line";
  }
  if (found == "`" || found == "\u201c" || found == "\u201d" || found == "\u201e") {
    return "a text stands between `\"`";
  }
  if (found == "\u2018" || found == "\u2019") {
    return "a raw text stands between `'`";
  }
  if (found == "\u2013" || found == "\u2014" || found == "\u2212") {
    return "write `-`";
  }
  if (found == "\u2192") {
    return "write `->`";
  }
  if (found == "$") {
    return "`${name}` stands inside a text";
  }
  if (found == "%") {
    return "a percentage is a number with `%` right behind it; there is no modulo";
  }
  if (found == "&" || found == "|") {
    return found == "&" ? "write `and`" : "write `or`";
  }
  if (found == "!") {
    return "write `not`; two values that differ are `a != b`";
  }
  if (found == "/") {
    return "there is no division; a path stands in a text";
  }
  if (found == "\u00a0") {
    return "this is a space that does not break; write a plain one";
  }
  if (found.size() > 1) {
    return "names are made of the letters a to z, digits and `_`; anything else stands in a text";
  }
  return "";
}

}  // namespace upgraph::syntax
