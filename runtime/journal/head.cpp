#include "runtime/journal/head.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace upgraph::journal {
namespace {

// seq (8 bytes, little-endian), hash (32), check (8): the first bytes of the digest of both.
constexpr size_t kSlotBytes = 48;

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

Result<std::unique_ptr<HeadFile>> HeadFile::Open(const std::string& real_path) {
  int descriptor = open(real_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) {
    return SystemError(errno, real_path);
  }
  return std::unique_ptr<HeadFile>(new HeadFile(descriptor));
}

HeadFile::~HeadFile() { close(descriptor_); }

Status HeadFile::Write(const HeadSlot& slot) {
  std::string bytes = EncodeSlot(slot);
  off_t offset = slot.seq % 2 == 0 ? 0 : kSlotBytes;
  if (pwrite(descriptor_, bytes.data(), bytes.size(), offset) !=
      static_cast<ssize_t>(bytes.size())) {
    return SystemError(errno, "head");
  }
  return OkStatus();
}

std::optional<HeadSlot> ReadHead(const std::string& real_path) {
  int descriptor = open(real_path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) {
    return std::nullopt;
  }
  std::optional<HeadSlot> newest;
  for (off_t offset : {off_t{0}, static_cast<off_t>(kSlotBytes)}) {
    std::string bytes(kSlotBytes, '\0');
    if (pread(descriptor, bytes.data(), bytes.size(), offset) == static_cast<ssize_t>(kSlotBytes)) {
      std::optional<HeadSlot> slot = DecodeSlot(bytes);
      if (slot.has_value() && (!newest.has_value() || slot->seq > newest->seq)) {
        newest = slot;
      }
    }
  }
  close(descriptor);
  return newest;
}

}  // namespace upgraph::journal
