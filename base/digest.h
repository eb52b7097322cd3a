#pragma once

// SHA-256, the one digest of the project: plan and package hashes, the event chain, fingerprints.
// libsodium is owned here.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace upgraph {

struct Digest {
  std::array<uint8_t, 32> bytes{};

  std::string Hex() const;  // 64 lower-case digits
  // False when `hex` is not 64 hexadecimal digits.
  static bool FromHex(std::string_view hex, Digest* digest);
  friend bool operator==(const Digest&, const Digest&) = default;
};

Digest Sha256(std::string_view bytes);

// Digest of a stream of pieces; Finish once, after which the object is spent.
class DigestBuilder {
 public:
  DigestBuilder();
  void Add(std::string_view bytes);
  // A length-prefixed piece: ("ab","c") and ("a","bc") differ.
  void AddField(std::string_view bytes);
  Digest Finish();

 private:
  alignas(64) unsigned char state_[128];
};

// `size` bytes that nobody can guess, from the kernel; for run ids and temporary names.
std::string RandomBytes(size_t size);
std::string ToHex(std::string_view bytes);
// False when `hex` is not pairs of lower-case hexadecimal digits.
bool FromHex(std::string_view hex, std::string* bytes);

}  // namespace upgraph
