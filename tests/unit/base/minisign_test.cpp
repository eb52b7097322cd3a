#include "base/minisign.h"

#include "tests/support/signer.h"

namespace upgraph {
namespace {

using minisign::IsSignedBy;
using minisign::ParsePublicKey;
using minisign::ParseSignature;
using minisign::PublicKey;
using minisign::Signature;

// Made by minisign 0.11 with a key that is gone.
constexpr const char* kPublicKey =
    "untrusted comment: minisign public key E8B4D60C670EE5F3\n"
    "RWTz5Q5nDNa06PD/kiLzTkjfko1nncRZEjFW98NRogzVdafH3xEgw7V9\n";

PublicKey KeyOf(const test::Signer& signer) { return *ParsePublicKey(signer.PublicKeyText()); }
Signature SignatureOf(const std::string& text) { return *ParseSignature(text); }

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

TEST_CASE("a key of minisign is read, and named as minisign names it") {
  const auto key = ParsePublicKey(kPublicKey);
  REQUIRE(key.ok());
  CHECK(minisign::KeyIdText(key->id) == "E8B4D60C670EE5F3");
}

TEST_CASE("a signature holds for its key, its bytes and its comment alone") {
  const test::Signer signer;
  const std::string bytes = "what is signed";
  const Signature signature = SignatureOf(signer.Sign(bytes, "box 2.0.0"));
  CHECK(signature.trusted_comment == "box 2.0.0");
  CHECK(IsSignedBy(KeyOf(signer), signature, bytes));
  CHECK_FALSE(IsSignedBy(KeyOf(signer), signature, bytes + " "));
  CHECK_FALSE(IsSignedBy(KeyOf(signer), signature, "what is signe"));
  CHECK_FALSE(IsSignedBy(KeyOf(signer), signature, ""));
  const test::Signer same_name;
  CHECK_FALSE(IsSignedBy(KeyOf(same_name), signature, bytes));
  Signature other = signature;
  other.trusted_comment = "box 9.0.0";
  CHECK_FALSE(IsSignedBy(KeyOf(signer), other, bytes));
  const Signature of_other_bytes = SignatureOf(signer.Sign("other", "box 9.0.0"));
  other.of_comment = of_other_bytes.of_comment;
  CHECK_FALSE(IsSignedBy(KeyOf(signer), other, bytes));
}

TEST_CASE("no bit of a signature can be changed") {
  const test::Signer signer;
  const std::string bytes = "what is signed";
  const PublicKey key = KeyOf(signer);
  const Signature signature = SignatureOf(signer.Sign(bytes));
  for (size_t bit = 0; bit < 64 * 8; ++bit) {
    Signature changed = signature;
    changed.of_bytes[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    CHECK_FALSE(IsSignedBy(key, changed, bytes));
    changed = signature;
    changed.of_comment[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    CHECK_FALSE(IsSignedBy(key, changed, bytes));
    PublicKey other = key;
    other.key[bit / 16] ^= static_cast<uint8_t>(1 << bit % 8);
    CHECK_FALSE(IsSignedBy(other, signature, bytes));
  }
  for (size_t bit = 0; bit < 64; ++bit) {
    Signature changed = signature;
    changed.key_id[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    CHECK_FALSE(IsSignedBy(key, changed, bytes));
  }
}

// The order of the group added to the second half: the same signature, spelt otherwise.
TEST_CASE("a signature has one spelling") {
  const test::Signer signer;
  Signature signature = SignatureOf(signer.Sign("bytes"));
  constexpr uint8_t kOrder[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                                  0xa2, 0xde, 0xf9, 0xde, 0x14, 0,    0,    0,    0,    0,    0,
                                  0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
  unsigned carry = 0;
  for (size_t i = 0; i < 32; ++i) {
    carry += signature.of_bytes[32 + i] + kOrder[i];
    signature.of_bytes[32 + i] = static_cast<uint8_t>(carry);
    carry >>= 8;
  }
  CHECK_FALSE(IsSignedBy(KeyOf(signer), signature, "bytes"));
}

TEST_CASE("what is no signature is refused") {
  const test::Signer signer;
  const std::string good = signer.Sign("bytes");
  REQUIRE(ParseSignature(good).ok());
  REQUIRE(ParseSignature(good.substr(0, good.size() - 1)).ok());  // the last end of a line
  for (size_t size = 0; size + 1 < good.size(); ++size) {
    CHECK_FALSE(ParseSignature(good.substr(0, size)).ok());
  }
  CHECK_FALSE(ParseSignature(good + "\n").ok());
  CHECK_FALSE(ParseSignature(good + good).ok());
  CHECK_FALSE(ParseSignature(Replaced(good, "untrusted comment: ", "comment: ")).ok());
  CHECK_FALSE(ParseSignature(Replaced(good, "\ntrusted comment: ", "\ncomment: ")).ok());
  CHECK_FALSE(ParseSignature(signer.Sign("bytes", "a\x1b[31m")).ok());
  CHECK_FALSE(ParseSignature(signer.Sign("bytes", std::string("a\0b", 3))).ok());
  CHECK_FALSE(ParseSignature(signer.Sign("bytes", "box", "XX")).ok());
  const auto old = ParseSignature(signer.Sign("bytes", "box", "Ed"));
  REQUIRE_FALSE(old.ok());
  CHECK(old.error().kind == ErrorKind::kUnsupported);
}

TEST_CASE("a signature has 16 KiB at most") {
  const test::Signer signer;
  const size_t rest = signer.Sign("bytes", "").size();
  const size_t most = minisign::kSignatureBytesMax - rest;
  CHECK(ParseSignature(signer.Sign("bytes", std::string(most, 'x'))).ok());
  CHECK_FALSE(ParseSignature(signer.Sign("bytes", std::string(most + 1, 'x'))).ok());
}

TEST_CASE("what is no public key is refused") {
  const std::string good = kPublicKey;
  for (size_t size = 0; size + 1 < good.size(); ++size) {
    CHECK_FALSE(ParsePublicKey(good.substr(0, size)).ok());
  }
  CHECK_FALSE(ParsePublicKey(good + good).ok());
  CHECK_FALSE(ParsePublicKey(Replaced(good, "RWT", "AAA")).ok());
  CHECK_FALSE(ParsePublicKey(Replaced(good, "\nRWT", "\n RWT")).ok());
}

}  // namespace
}  // namespace upgraph
