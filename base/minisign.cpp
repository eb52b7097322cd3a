#include "base/minisign.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

#include "base/base64.h"
#include "base/check.h"
#include "base/digest.h"

namespace upgraph::minisign {
namespace {

constexpr std::string_view kUntrusted = "untrusted comment: ";
constexpr std::string_view kTrusted = "trusted comment: ";
constexpr std::string_view kKeyAlgorithm = "Ed";
constexpr std::string_view kHashedAlgorithm = "ED";
constexpr std::string_view kWholeAlgorithm = "Ed";  // of old versions: without a hash

static_assert(crypto_sign_PUBLICKEYBYTES == 32 && crypto_sign_BYTES == 64);

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// Exactly `count` lines, each with its end but perhaps the last; else none.
std::vector<std::string_view> Lines(std::string_view text, size_t count) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines.size() == count ? lines : std::vector<std::string_view>();
}

bool IsPrintable(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

template <size_t N>
void Take(std::string_view* bytes, std::array<uint8_t, N>* into) {
  std::memcpy(into->data(), bytes->data(), N);
  bytes->remove_prefix(N);
}

}  // namespace

bool LooksLikeSignature(std::string_view text) { return text.starts_with(kUntrusted); }

Result<PublicKey> ParsePublicKey(std::string_view text) {
  const Error wrong{ErrorKind::kInvalid,
                    "this is no public key of minisign: a comment, and a line that `minisign -G` "
                    "has written"};
  const std::vector<std::string_view> lines = Lines(text, 2);
  if (lines.empty() || text.size() > kPublicKeyBytesMax || !lines[0].starts_with(kUntrusted)) {
    return wrong;
  }
  const std::optional<std::string> decoded = FromBase64(lines[1]);
  PublicKey key;
  if (!decoded.has_value() ||
      decoded->size() != kKeyAlgorithm.size() + key.id.size() + key.key.size() ||
      !decoded->starts_with(kKeyAlgorithm)) {
    return wrong;
  }
  std::string_view rest = std::string_view(*decoded).substr(kKeyAlgorithm.size());
  Take(&rest, &key.id);
  Take(&rest, &key.key);
  return key;
}

Result<Signature> ParseSignature(std::string_view text) {
  const Error wrong{ErrorKind::kInvalid,
                    "this is no signature of minisign: four lines that `minisign -S` has written"};
  const std::vector<std::string_view> lines = Lines(text, 4);
  if (lines.empty() || text.size() > kSignatureBytesMax || !lines[0].starts_with(kUntrusted) ||
      !lines[2].starts_with(kTrusted) || !IsPrintable(lines[0]) || !IsPrintable(lines[2])) {
    return wrong;
  }
  const std::optional<std::string> first = FromBase64(lines[1]);
  const std::optional<std::string> second = FromBase64(lines[3]);
  Signature signature;
  if (!first.has_value() || !second.has_value() ||
      first->size() !=
          kHashedAlgorithm.size() + signature.key_id.size() + signature.of_bytes.size() ||
      second->size() != signature.of_comment.size()) {
    return wrong;
  }
  if (first->starts_with(kWholeAlgorithm)) {
    return Error{ErrorKind::kUnsupported,
                 "the signature is of the old form, without a hash; minisign 0.10 and newer make "
                 "the other one, older ones with `-H`"};
  }
  if (!first->starts_with(kHashedAlgorithm)) {
    return wrong;
  }
  std::string_view rest = std::string_view(*first).substr(kHashedAlgorithm.size());
  Take(&rest, &signature.key_id);
  Take(&rest, &signature.of_bytes);
  rest = *second;
  Take(&rest, &signature.of_comment);
  signature.trusted_comment = lines[2].substr(kTrusted.size());
  return signature;
}

bool IsSignedBy(const PublicKey& key, const Signature& signature, std::string_view bytes) {
  UPGRAPH_CHECK(sodium_init() >= 0);
  if (key.id != signature.key_id) {
    return false;
  }
  std::array<unsigned char, crypto_generichash_BYTES_MAX> hash{};
  crypto_generichash(hash.data(), hash.size(), Bytes(bytes), bytes.size(), nullptr, 0);
  if (crypto_sign_verify_detached(signature.of_bytes.data(), hash.data(), hash.size(),
                                  key.key.data()) != 0) {
    return false;
  }
  std::string said(reinterpret_cast<const char*>(signature.of_bytes.data()),
                   signature.of_bytes.size());
  said += signature.trusted_comment;
  return crypto_sign_verify_detached(signature.of_comment.data(), Bytes(said), said.size(),
                                     key.key.data()) == 0;
}

std::string KeyIdText(const std::array<uint8_t, 8>& id) {
  std::string hex = ToHex({reinterpret_cast<const char*>(id.data()), id.size()});
  std::string text;  // minisign reads it as a little-endian number
  for (size_t at = hex.size(); at >= 2; at -= 2) {
    text += hex.substr(at - 2, 2);
  }
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

}  // namespace upgraph::minisign
