#include "compiler/source/utf8.h"

#include "base/check.h"

namespace upgraph::source {
namespace {

// How many bytes follow a first byte, or -1.
int FollowingBytes(unsigned char first) {
  if (first < 0x80) {
    return 0;
  }
  if (first >= 0xc2 && first < 0xe0) {
    return 1;
  }
  if (first >= 0xe0 && first < 0xf0) {
    return 2;
  }
  return first >= 0xf0 && first < 0xf5 ? 3 : -1;
}

}  // namespace

Utf8Character DecodeUtf8(std::string_view text) {
  UPGRAPH_CHECK(!text.empty());
  auto first = static_cast<unsigned char>(text[0]);
  int following = FollowingBytes(first);
  if (following < 0 || text.size() <= static_cast<size_t>(following)) {
    return {};
  }
  constexpr uint32_t kFirstMask[] = {0x7f, 0x1f, 0x0f, 0x07};
  constexpr uint32_t kSmallest[] = {0, 0x80, 0x800, 0x10000};
  uint32_t code = first & kFirstMask[following];
  for (int i = 1; i <= following; ++i) {
    auto byte = static_cast<unsigned char>(text[static_cast<size_t>(i)]);
    if ((byte & 0xc0) != 0x80) {
      return {};
    }
    code = code << 6 | (byte & 0x3fu);
  }
  if (code < kSmallest[following] || !IsCharacter(code)) {
    return {};
  }
  return {code, static_cast<uint32_t>(following) + 1, true};
}

bool IsControl(uint32_t code) {
  return (code < 0x20 && code != '\t' && code != '\n' && code != '\r') ||
         (code >= 0x7f && code < 0xa0);
}

bool ChangesDirection(uint32_t code) {
  return (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069) ||
         code == 0x200e || code == 0x200f || code == 0x061c;
}

bool IsHidden(uint32_t code) {
  struct Range {
    uint32_t first;
    uint32_t last;
  };
  // Sorted. The characters that Unicode calls default-ignorable, but for the variation selectors
  // 0xFE00 to 0xFE0F, which choose between two forms of a character that is seen; and what breaks
  // or annotates lines, or fills a cell with nothing.
  static constexpr Range kHidden[] = {
      {0x00ad, 0x00ad},   {0x034f, 0x034f}, {0x115f, 0x1160},   {0x17b4, 0x17b5},
      {0x180b, 0x180f},   {0x200b, 0x200d}, {0x2028, 0x2029},   {0x2060, 0x2065},
      {0x206a, 0x206f},   {0x2800, 0x2800}, {0x3164, 0x3164},   {0xfeff, 0xfeff},
      {0xffa0, 0xffa0},   {0xfff0, 0xfffb}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
      {0xe0000, 0xe0fff},
  };
  for (const Range& range : kHidden) {
    if (code <= range.last) {
      return code >= range.first;
    }
  }
  return false;
}

bool IsCharacter(uint32_t code) { return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff); }

std::string EncodeUtf8(uint32_t code) {
  UPGRAPH_CHECK(IsCharacter(code));
  std::string text;
  if (code < 0x80) {
    text += static_cast<char>(code);
    return text;
  }
  if (code < 0x800) {
    text += static_cast<char>(0xc0 | code >> 6);
  } else if (code < 0x10000) {
    text += static_cast<char>(0xe0 | code >> 12);
    text += static_cast<char>(0x80 | (code >> 6 & 0x3f));
  } else {
    text += static_cast<char>(0xf0 | code >> 18);
    text += static_cast<char>(0x80 | (code >> 12 & 0x3f));
    text += static_cast<char>(0x80 | (code >> 6 & 0x3f));
  }
  text += static_cast<char>(0x80 | (code & 0x3f));
  return text;
}

}  // namespace upgraph::source
