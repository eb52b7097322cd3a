#include "compiler/source/utf8.h"

#include <rapidcheck/catch.h>

#include "tests/support/catch.h"

namespace upgraph::source {
namespace {

TEST_CASE("what is encoded is decoded") {
  rc::prop("for every character", [] {
    auto code = *rc::gen::suchThat(rc::gen::inRange<uint32_t>(0, 0x110000), IsCharacter);
    std::string text = EncodeUtf8(code);
    Utf8Character found = DecodeUtf8(text + "x");
    RC_ASSERT(found.is_valid);
    RC_ASSERT(found.code == code);
    RC_ASSERT(found.size_bytes == text.size());
  });
}

TEST_CASE("what is not UTF-8 is not valid, and one byte long") {
  std::string_view bad[] = {
      "\x80",              // a following byte in front
      "\xc3",              // cut off
      "\xc3(",             // a plain byte where another should follow
      "\xc0\xaf",          // two bytes for what needs one
      "\xe0\x80\xaf",      // three for what needs one
      "\xf0\x80\x80\xaf",  // four for what needs one
      "\xed\xa0\x80",      // a surrogate
      "\xf4\x90\x80\x80",  // above the last character
      "\xff",
  };
  for (std::string_view text : bad) {
    Utf8Character found = DecodeUtf8(text);
    CHECK(!found.is_valid);
    CHECK(found.size_bytes == 1);
  }
}

TEST_CASE("the borders of each length are valid") {
  for (uint32_t code :
       {0x7fu, 0x80u, 0x7ffu, 0x800u, 0xd7ffu, 0xe000u, 0xffffu, 0x10000u, 0x10ffffu}) {
    CHECK(DecodeUtf8(EncodeUtf8(code)).code == code);
  }
  CHECK(!IsCharacter(0xd800));
  CHECK(!IsCharacter(0xdfff));
  CHECK(!IsCharacter(0x110000));
}

}  // namespace
}  // namespace upgraph::source
