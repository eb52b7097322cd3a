#include "runtime/package/zip_layout.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>

#include "runtime/package/extract_policy.h"

namespace upgraph::package {
namespace {

// APPNOTE.TXT 6.3.10, sections 4.3.7 (local header), 4.3.9 (descriptor), 4.3.12 (directory), 4.3.16
// (end). All numbers are little-endian.
constexpr std::string_view kLocalMagic("PK\3\4", 4);
constexpr std::string_view kDescriptorMagic("PK\7\10", 4);
constexpr std::string_view kDirectoryMagic("PK\1\2", 4);
constexpr std::string_view kEndMagic("PK\5\6", 4);
constexpr size_t kLocalBytes = 30;
constexpr size_t kDescriptorBytes = 16;
constexpr size_t kDirectoryBytes = 46;
constexpr size_t kEndBytes = 22;

// libarchive wants 24 bytes after the content, the size of a 64-bit descriptor, before it reads one
// of 16. The directory and the end that follow are always longer.
constexpr size_t kLookAheadBytes = 8;

constexpr uint16_t kFlagDescriptor = 1 << 3;
constexpr uint16_t kFlagUtf8 = 1 << 11;
constexpr uint16_t kMethodStored = 0;
constexpr uint16_t kMethodDeflated = 8;
constexpr uint16_t kVersionMax = 20;
constexpr uint16_t kMadeByUnix = 3;

Error Damaged(const std::string& what) {
  return {ErrorKind::kDamaged, "the zip is damaged: " + what};
}

Error Foreign(const std::string& what) {
  return {ErrorKind::kInvalid, "the zip was not made by `upgraph pack`: " + what};
}

// Reads fields one after another; the caller has checked that they are there.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : bytes_(bytes) {}
  uint16_t U16() { return static_cast<uint16_t>(Number(2)); }
  uint32_t U32() { return static_cast<uint32_t>(Number(4)); }

 private:
  uint64_t Number(size_t size) {
    UPGRAPH_CHECK(size <= bytes_.size());
    uint64_t number = 0;
    for (size_t i = size; i > 0; --i) {
      number = number << 8 | static_cast<unsigned char>(bytes_[i - 1]);
    }
    bytes_.remove_prefix(size);
    return number;
  }
  std::string_view bytes_;
};

void AppendNumber(std::string* bytes, uint64_t number, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    bytes->push_back(static_cast<char>(number >> (8 * i) & 0xFF));
  }
}

// The only extra field: the time in UTC ("UT") and owner and group 0 ("ux").
std::string ExpectedExtra() {
  std::string extra = "UT";
  AppendNumber(&extra, 5, 2);
  extra.push_back(1);  // only the time of modification
  AppendNumber(&extra, kUnixTime, 4);
  extra += "ux";
  AppendNumber(&extra, 11, 2);
  extra.push_back(1);  // its version
  for (int i = 0; i < 2; ++i) {
    extra.push_back(4);
    AppendNumber(&extra, 0, 4);
  }
  return extra;
}

// What both headers of an entry hold.
struct CommonHeader {
  uint16_t version = 0;
  uint16_t flags = 0;
  uint16_t method = 0;
  uint16_t time = 0;
  uint16_t date = 0;
  uint32_t crc = 0;
  uint32_t packed_bytes = 0;
  uint32_t size_bytes = 0;
  uint16_t name_bytes = 0;
  uint16_t extra_bytes = 0;
};

CommonHeader ReadCommon(Fields* fields) {
  CommonHeader header;
  header.version = fields->U16();
  header.flags = fields->U16();
  header.method = fields->U16();
  header.time = fields->U16();
  header.date = fields->U16();
  header.crc = fields->U32();
  header.packed_bytes = fields->U32();
  header.size_bytes = fields->U32();
  header.name_bytes = fields->U16();
  header.extra_bytes = fields->U16();
  return header;
}

struct DirectoryRecord {
  CommonHeader header;
  std::string_view name;
  std::string_view extra;
  uint32_t attributes = 0;
  uint32_t local_offset = 0;
  size_t size = 0;  // of the whole record
};

class LayoutReader {
 public:
  explicit LayoutReader(std::string_view bytes) : bytes_(bytes), extra_(ExpectedExtra()) {}

  Result<std::vector<ZipEntry>> Read() {
    UPGRAPH_TRY(ReadEnd());
    std::vector<ZipEntry> entries;
    entries.reserve(entry_count_);
    size_t at = directory_offset_;
    for (uint32_t i = 0; i < entry_count_; ++i) {
      UPGRAPH_ASSIGN(const DirectoryRecord record, ReadRecord(at));
      at += record.size;
      UPGRAPH_ASSIGN(const ZipEntry entry, ReadEntry(record));
      entries.push_back(entry);
    }
    if (at != bytes_.size() - kEndBytes) {
      return Damaged("bytes stand between its directory and its end");
    }
    if (next_local_ != directory_offset_) {
      return Damaged("bytes stand between its last entry and its directory");
    }
    return entries;
  }

 private:
  bool HasMagic(size_t at, std::string_view magic) const {
    return bytes_.substr(std::min(at, bytes_.size()), magic.size()) == magic;
  }

  Status ReadEnd() {
    if (bytes_.size() < kEndBytes) {
      return Damaged("it is too short");
    }
    const size_t at = bytes_.size() - kEndBytes;
    if (!HasMagic(at, kEndMagic)) {
      return Damaged("it does not end as a zip does; it is cut off, or bytes were added");
    }
    Fields fields(bytes_.substr(at + kEndMagic.size()));
    const uint16_t disk = fields.U16();
    const uint16_t directory_disk = fields.U16();
    const uint16_t disk_entries = fields.U16();
    entry_count_ = fields.U16();
    const uint32_t directory_bytes = fields.U32();
    directory_offset_ = fields.U32();
    const uint16_t comment_bytes = fields.U16();
    if (disk != 0 || directory_disk != 0 || disk_entries != entry_count_) {
      return Foreign("it is a part of several");
    }
    if (comment_bytes != 0) {
      return Foreign("it has a comment");
    }
    if (entry_count_ > kPackageEntriesMax) {
      return Foreign(fmt::format("it has more than {} entries", kPackageEntriesMax));
    }
    if (uint64_t{directory_offset_} + directory_bytes != at) {
      return Damaged("its directory is not where its end says");
    }
    return OkStatus();
  }

  Result<DirectoryRecord> ReadRecord(size_t at) const {
    const size_t end = bytes_.size() - kEndBytes;
    if (end - at < kDirectoryBytes || !HasMagic(at, kDirectoryMagic)) {
      return Damaged("its directory has fewer entries than its end says");
    }
    Fields fields(bytes_.substr(at + kDirectoryMagic.size()));
    const uint16_t made_by = fields.U16();
    DirectoryRecord record;
    record.header = ReadCommon(&fields);
    const uint16_t comment_bytes = fields.U16();
    const uint16_t disk = fields.U16();
    const uint16_t internal_attributes = fields.U16();
    record.attributes = fields.U32();
    record.local_offset = fields.U32();
    record.size = kDirectoryBytes + record.header.name_bytes + record.header.extra_bytes;
    if (end - at < record.size) {
      return Damaged("a record of its directory is cut off");
    }
    record.name = bytes_.substr(at + kDirectoryBytes, record.header.name_bytes);
    record.extra =
        bytes_.substr(at + kDirectoryBytes + record.header.name_bytes, record.header.extra_bytes);
    if (comment_bytes != 0 || disk != 0 || internal_attributes != 0 ||
        made_by != (kMadeByUnix << 8 | record.header.version)) {
      return Foreign(fmt::format("the directory record of `{}` has fields that are not written",
                                 Printable(record.name)));
    }
    return record;
  }

  // The fields that are the same in each record that `pack` writes.
  Status CheckHeader(const DirectoryRecord& record) const {
    const CommonHeader& header = record.header;
    auto foreign = [&](const std::string& what) {
      return Foreign(fmt::format("`{}` {}", Printable(record.name), what));
    };
    if ((header.flags & 1) != 0) {
      return foreign("is encrypted");
    }
    if ((header.flags & ~(kFlagDescriptor | kFlagUtf8)) != 0 || header.version > kVersionMax) {
      return foreign("needs features that are not allowed");
    }
    if (header.method != kMethodStored && header.method != kMethodDeflated) {
      return foreign(
          fmt::format("is packed by method {}; only 0 and 8 are allowed", header.method));
    }
    const bool is_ascii = std::all_of(record.name.begin(), record.name.end(),
                                      [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (is_ascii == ((header.flags & kFlagUtf8) != 0)) {
      return foreign("has a name in a wrong encoding");
    }
    if (header.time != kDosTime || header.date != kDosDate || record.extra != extra_) {
      return foreign("has another time or owner");
    }
    return OkStatus();
  }

  static Result<PayloadType> TypeOf(const DirectoryRecord& record) {
    const uint32_t mode = record.attributes >> 16;
    if ((record.attributes & 0xFFFF) == 0) {
      switch (mode & S_IFMT) {
        case S_IFREG:
          return PayloadType::kFile;
        case S_IFDIR:
          return PayloadType::kDirectory;
        case S_IFLNK:
          return PayloadType::kSymlink;
        default:
          break;
      }
    }
    return Foreign(
        fmt::format("`{}` is neither a file nor a folder nor a link", Printable(record.name)));
  }

  // Both headers, the content and what follows it; entries stand one after another.
  Result<ZipEntry> ReadEntry(const DirectoryRecord& record) {
    const std::string name = Printable(record.name);
    UPGRAPH_TRY(CheckHeader(record));
    const CommonHeader& header = record.header;
    const uint64_t content_at =
        uint64_t{record.local_offset} + kLocalBytes + header.name_bytes + header.extra_bytes;
    const bool has_descriptor = (header.flags & kFlagDescriptor) != 0;
    const uint64_t end = content_at + header.packed_bytes + (has_descriptor ? kDescriptorBytes : 0);
    if (record.local_offset != next_local_) {
      return Damaged(fmt::format("`{}` does not begin where the entry before it ends", name));
    }
    if (end > directory_offset_ || !HasMagic(record.local_offset, kLocalMagic)) {
      return Damaged(fmt::format("`{}` is cut off", name));
    }
    next_local_ = end;
    UPGRAPH_TRY(CompareLocal(record, has_descriptor));
    if (has_descriptor) {
      const size_t at = end - kDescriptorBytes;
      Fields fields(bytes_.substr(at + kDescriptorMagic.size()));
      if (!HasMagic(at, kDescriptorMagic) || fields.U32() != header.crc ||
          fields.U32() != header.packed_bytes || fields.U32() != header.size_bytes) {
        return Damaged(fmt::format("what follows `{}` is not what the directory says", name));
      }
    }
    ZipEntry entry;
    UPGRAPH_ASSIGN(entry.type, TypeOf(record));
    entry.mode = record.attributes >> 16 & ~S_IFMT;
    entry.path = record.name;
    if (entry.type == PayloadType::kDirectory) {
      if (!entry.path.ends_with('/') || header.size_bytes != 0 || header.packed_bytes != 0) {
        return Foreign(fmt::format("`{}` is a folder that does not look like one", name));
      }
      entry.path.remove_suffix(1);
    }
    entry.size_bytes = header.size_bytes;
    entry.is_deflated = header.method == kMethodDeflated;
    entry.packed = bytes_.substr(content_at, header.packed_bytes);
    entry.record = bytes_.substr(record.local_offset, end - record.local_offset + kLookAheadBytes);
    if (!entry.is_deflated && header.packed_bytes != header.size_bytes) {
      return Damaged(fmt::format("`{}` has two different sizes", name));
    }
    return entry;
  }

  Status CompareLocal(const DirectoryRecord& record, bool has_descriptor) const {
    const CommonHeader& header = record.header;
    Fields fields(bytes_.substr(record.local_offset + kLocalMagic.size()));
    const CommonHeader local = ReadCommon(&fields);
    const size_t name_at = record.local_offset + kLocalBytes;
    const bool has_same_names =
        local.name_bytes == header.name_bytes && local.extra_bytes == header.extra_bytes &&
        bytes_.substr(name_at, header.name_bytes) == record.name &&
        bytes_.substr(name_at + header.name_bytes, header.extra_bytes) == record.extra;
    const bool has_same_fields = local.version == header.version && local.flags == header.flags &&
                                 local.method == header.method && local.time == header.time &&
                                 local.date == header.date;
    // With a descriptor, what is known only after packing stands there and is zero here.
    const bool is_packed_later = has_descriptor && header.method == kMethodDeflated;
    const bool has_same_numbers = local.crc == (has_descriptor ? 0 : header.crc) &&
                                  local.size_bytes == header.size_bytes &&
                                  local.packed_bytes == (is_packed_later ? 0 : header.packed_bytes);
    if (!has_same_names || !has_same_fields || !has_same_numbers) {
      return Damaged(fmt::format("the two headers of `{}` differ", Printable(record.name)));
    }
    return OkStatus();
  }

  std::string_view bytes_;
  std::string extra_;
  uint32_t entry_count_ = 0;
  uint32_t directory_offset_ = 0;
  uint64_t next_local_ = 0;
};

}  // namespace

Result<std::vector<ZipEntry>> ReadZipLayout(std::string_view bytes) {
  if (bytes.size() > kPackageBytesMax) {
    return Foreign(
        fmt::format("it has {} bytes; at most {} are allowed", bytes.size(), kPackageBytesMax));
  }
  return LayoutReader(bytes).Read();
}

Status SetZipTimes(std::string* bytes) {
  std::string stamp;
  AppendNumber(&stamp, kDosTime, 2);
  AppendNumber(&stamp, kDosDate, 2);
  const Error wrong = Damaged("it was not written as expected");
  if (bytes->size() < kEndBytes || bytes->size() > kPackageBytesMax) {
    return wrong;
  }
  Fields end(std::string_view(*bytes).substr(bytes->size() - kEndBytes + 10));
  const uint32_t count = end.U16();
  end.U32();
  size_t at = end.U32();
  for (uint32_t i = 0; i < count; ++i) {
    if (at + kDirectoryBytes > bytes->size()) {
      return wrong;
    }
    Fields lengths(std::string_view(*bytes).substr(at + 28));
    const size_t name_bytes = lengths.U16();
    const size_t extra_bytes = lengths.U16();
    Fields offset(std::string_view(*bytes).substr(at + 42));
    const size_t local = offset.U32();
    if (local + kLocalBytes > bytes->size()) {
      return wrong;
    }
    bytes->replace(at + 12, stamp.size(), stamp);
    bytes->replace(local + 10, stamp.size(), stamp);
    at += kDirectoryBytes + name_bytes + extra_bytes;
  }
  return OkStatus();
}

}  // namespace upgraph::package
