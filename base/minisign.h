#pragma once

// Signatures as minisign makes them (https://jedisct1.github.io/minisign, "Signature format"):
// Ed25519 over the BLAKE2b-512 of the bytes, and a second one over that and the trusted comment.
// Only checked here: no secret key is ever read. Pure.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace upgraph::minisign {

// Four lines; minisign itself takes comments of 8 KiB.
inline constexpr size_t kSignatureBytesMax = 16 << 10;
inline constexpr size_t kPublicKeyBytesMax = 4 << 10;

struct PublicKey {
  std::array<uint8_t, 8> id{};
  std::array<uint8_t, 32> key{};
};

struct Signature {
  std::array<uint8_t, 8> key_id{};
  std::array<uint8_t, 64> of_bytes{};
  std::array<uint8_t, 64> of_comment{};
  std::string trusted_comment;  // printable; only to be believed once IsSignedBy said so
};

// The text of a key file, or of a signature file, whole. kInvalid: it is something else.
Result<PublicKey> ParsePublicKey(std::string_view text);
Result<Signature> ParseSignature(std::string_view text);

// Whether the text begins as a signature does.
bool LooksLikeSignature(std::string_view text);

// Whether that key made this signature, of these bytes and its trusted comment.
bool IsSignedBy(const PublicKey& key, const Signature& signature, std::string_view bytes);

// As minisign shows it: "E7620F1842B4E81F". It names a key and proves nothing.
std::string KeyIdText(const std::array<uint8_t, 8>& id);

}  // namespace upgraph::minisign
