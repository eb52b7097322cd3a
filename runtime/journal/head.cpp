#include "runtime/journal/head.h"

#include <cstring>

namespace upgraph::journal {
namespace {

// seq (8 bytes, little-endian), hash (32), check (8): the first bytes of the digest of both.
constexpr size_t kSlotBytes = 48;
constexpr uint64_t kHeadBytesMax = 4096;

std::string EncodeSlot(const HeadSlot& slot) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) {
    bytes.push_back(static_cast<char>(slot.seq >> (8 * i) & 0xff));
  }
  bytes.append(reinterpret_cast<const char*>(slot.hash.bytes.data()), slot.hash.bytes.size());
  Digest check = Sha256(bytes);
  bytes.append(reinterpret_cast<const char*>(check.bytes.data()), 8);
  return bytes;
}

std::optional<HeadSlot> DecodeSlot(const std::string& bytes) {
  HeadSlot slot;
  for (int i = 0; i < 8; ++i) {
    slot.seq |= static_cast<uint64_t>(static_cast<unsigned char>(bytes[static_cast<size_t>(i)]))
                << (8 * i);
  }
  std::memcpy(slot.hash.bytes.data(), bytes.data() + 8, slot.hash.bytes.size());
  return EncodeSlot(slot) == bytes && slot.seq != 0 ? std::optional(slot) : std::nullopt;
}

}  // namespace

Status HeadFile::Write(const HeadSlot& slot) {
  return files_.WriteAt(path_, slot.seq % 2 == 0 ? 0 : kSlotBytes, EncodeSlot(slot));
}

std::optional<HeadSlot> ReadHead(env::Files& files, const std::string& path) {
  auto bytes = files.Read(path, kHeadBytesMax);
  if (!bytes.ok()) {
    return std::nullopt;
  }
  std::optional<HeadSlot> newest;
  for (size_t offset : {size_t{0}, kSlotBytes}) {
    if (bytes->size() < offset + kSlotBytes) {
      break;
    }
    std::optional<HeadSlot> slot = DecodeSlot(bytes->substr(offset, kSlotBytes));
    if (slot.has_value() && (!newest.has_value() || slot->seq > newest->seq)) {
      newest = slot;
    }
  }
  return newest;
}

}  // namespace upgraph::journal
