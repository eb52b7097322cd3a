#include "base/digest.h"

#include <sodium.h>

#include <cstring>

#include "base/check.h"

namespace upgraph {
namespace {

static_assert(sizeof(crypto_hash_sha256_state) <= 128);

crypto_hash_sha256_state* State(unsigned char* bytes) {
  return reinterpret_cast<crypto_hash_sha256_state*>(bytes);
}

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string ToHex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (unsigned char byte : bytes) {
    hex.push_back(kDigits[byte >> 4]);
    hex.push_back(kDigits[byte & 15]);
  }
  return hex;
}

bool FromHex(std::string_view hex, std::string* bytes) {
  auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  bytes->clear();
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    if (digit(hex[i]) < 0 || digit(hex[i + 1]) < 0) {
      return false;
    }
    bytes->push_back(static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1])));
  }
  return hex.size() % 2 == 0;
}

std::string Digest::Hex() const {
  return ToHex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

bool Digest::FromHex(std::string_view hex, Digest* digest) {
  size_t length = 0;
  const char* end = nullptr;
  return hex.size() == 64 &&
         sodium_hex2bin(digest->bytes.data(), digest->bytes.size(), hex.data(), hex.size(), nullptr,
                        &length, &end) == 0 &&
         length == digest->bytes.size() && end == hex.data() + hex.size();
}

Digest Sha256(std::string_view bytes) {
  Digest digest;
  crypto_hash_sha256(digest.bytes.data(), Bytes(bytes), bytes.size());
  return digest;
}

DigestBuilder::DigestBuilder() { crypto_hash_sha256_init(State(state_)); }

void DigestBuilder::Add(std::string_view bytes) {
  crypto_hash_sha256_update(State(state_), Bytes(bytes), bytes.size());
}

void DigestBuilder::AddField(std::string_view bytes) {
  uint64_t size = bytes.size();
  char prefix[8];
  std::memcpy(prefix, &size, sizeof size);
  Add({prefix, sizeof prefix});
  Add(bytes);
}

Digest DigestBuilder::Finish() {
  Digest digest;
  crypto_hash_sha256_final(State(state_), digest.bytes.data());
  return digest;
}

std::string RandomBytes(size_t size) {
  UPGRAPH_CHECK(sodium_init() >= 0);
  std::string bytes(size, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return bytes;
}

}  // namespace upgraph
