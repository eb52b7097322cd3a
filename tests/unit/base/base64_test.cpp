#include "base/base64.h"

#include "tests/support/catch.h"

namespace upgraph {
namespace {

// Those of RFC 4648, section 10, and the two digits that other alphabets have differently.
TEST_CASE("base64 is that of the published vectors") {
  CHECK(Base64("") == "");
  CHECK(Base64("f") == "Zg==");
  CHECK(Base64("fo") == "Zm8=");
  CHECK(Base64("foo") == "Zm9v");
  CHECK(Base64("foob") == "Zm9vYg==");
  CHECK(Base64("fooba") == "Zm9vYmE=");
  CHECK(Base64("foobar") == "Zm9vYmFy");
  CHECK(Base64("\xfb\xff") == "+/8=");
}

TEST_CASE("what is read from base64 is what was written, in one spelling") {
  for (const std::string bytes : {"", "f", "fo", "foo", "foob", "\xfb\xff"}) {
    CHECK(FromBase64(Base64(bytes)) == bytes);
  }
  for (const char* text :
       {"Zg", "Zg=", "Zh==", "Zg==\n", " Zg==", "Zg==Zg==", "-_8=", "Z", "===="}) {
    CHECK_FALSE(FromBase64(text).has_value());
  }
}

}  // namespace
}  // namespace upgraph
