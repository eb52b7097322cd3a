#pragma once

// A pair of keys that lives as long as the test, and signs as `minisign -S` does.

#include <sodium.h>

#include <string>
#include <string_view>

#include "base/base64.h"
#include "tests/support/catch.h"

namespace upgraph::test {

class Signer {
 public:
  explicit Signer(const std::string& id = "12345678") : id_(id) {
    REQUIRE(sodium_init() >= 0);
    REQUIRE(id_.size() == 8);
    crypto_sign_keypair(public_, secret_);
  }

  std::string PublicKeyText() const {
    return "untrusted comment: minisign public key\n" +
           Base64("Ed" + id_ + Text(public_, sizeof public_)) + "\n";
  }

  std::string Sign(std::string_view bytes, const std::string& comment = "box 2.0.0",
                   const std::string& algorithm = "ED") const {
    unsigned char hash[crypto_generichash_BYTES_MAX];
    crypto_generichash(hash, sizeof hash, Bytes(bytes), bytes.size(), nullptr, 0);
    const std::string first = SignRaw(Text(hash, sizeof hash));
    return "untrusted comment: signature\n" + Base64(algorithm + id_ + first) +
           "\ntrusted comment: " + comment + "\n" + Base64(SignRaw(first + comment)) + "\n";
  }

 private:
  static const unsigned char* Bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  }
  static std::string Text(const unsigned char* bytes, size_t size) {
    return {reinterpret_cast<const char*>(bytes), size};
  }
  std::string SignRaw(const std::string& bytes) const {
    unsigned char signature[crypto_sign_BYTES];
    crypto_sign_detached(signature, nullptr, Bytes(bytes), bytes.size(), secret_);
    return Text(signature, sizeof signature);
  }

  std::string id_;
  unsigned char public_[crypto_sign_PUBLICKEYBYTES];
  unsigned char secret_[crypto_sign_SECRETKEYBYTES];
};

}  // namespace upgraph::test
