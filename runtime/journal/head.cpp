#include "runtime/journal/head.h"

#include <array>
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

using Slots = std::array<std::optional<HeadSlot>, 2>;

Slots ReadSlots(env::Files& files, const std::string& path) {
  Slots slots;
  auto bytes = files.Read(path, kHeadBytesMax);
  for (size_t i = 0; bytes.ok() && i < slots.size(); ++i) {
    if (bytes->size() >= (i + 1) * kSlotBytes) {
      slots[i] = DecodeSlot(bytes->substr(i * kSlotBytes, kSlotBytes));
    }
  }
  return slots;
}

// Which of them was written last; the first one when there is none.
size_t NewestOf(const Slots& slots) {
  return slots[1].has_value() && !(slots[0].has_value() && slots[0]->seq > slots[1]->seq) ? 1 : 0;
}

}  // namespace

Status HeadFile::Write(const HeadSlot& slot) {
  if (file_ == nullptr) {
    // A runner before this one may have written last to either.
    next_ = 1 - NewestOf(ReadSlots(files_, path_));
    UPGRAPH_ASSIGN(file_, files_.OpenToWrite(path_));
  }
  UPGRAPH_TRY(file_->WriteAt(next_ * kSlotBytes, EncodeSlot(slot)));
  next_ = 1 - next_;
  return OkStatus();
}

std::optional<HeadSlot> ReadHead(env::Files& files, const std::string& path) {
  const Slots slots = ReadSlots(files, path);
  return slots[NewestOf(slots)];
}

}  // namespace upgraph::journal
