#include "base/digest.h"

#include "tests/support/catch.h"

namespace upgraph {
namespace {

// The one-block and the empty message of FIPS 180-4's examples.
TEST_CASE("sha-256 gives the published digests") {
  CHECK(Sha256("abc").Hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(Sha256("").Hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("a digest reads its own hex and nothing else") {
  Digest digest = Sha256("abc");
  Digest read;
  REQUIRE(Digest::FromHex(digest.Hex(), &read));
  CHECK(read == digest);
  CHECK_FALSE(Digest::FromHex(digest.Hex().substr(1), &read));
  CHECK_FALSE(Digest::FromHex(digest.Hex() + "0", &read));
  CHECK_FALSE(Digest::FromHex("g" + digest.Hex().substr(1), &read));
}

TEST_CASE("fields of a digest do not run into each other") {
  DigestBuilder a;
  a.AddField("ab");
  a.AddField("c");
  DigestBuilder b;
  b.AddField("a");
  b.AddField("bc");
  CHECK(a.Finish() != b.Finish());
}

}  // namespace
}  // namespace upgraph
