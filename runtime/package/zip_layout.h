#pragma once

// The structure of a zip, read strictly: every byte of the file belongs to exactly one record, both
// headers of an entry say the same, and all that `pack` does not write is refused (comments, the
// 64-bit extension, encryption, other methods, other times and owners, bytes before, between or
// after the records). So no two programs can see two different packages in one file. Pure.

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/package/payload.h"

namespace upgraph::package {

// kPayloadMtimeNs in the two forms of a zip; the first has no zone and is written as UTC.
inline constexpr uint16_t kDosTime = 0;
inline constexpr uint16_t kDosDate = (2020 - 1980) << 9 | 1 << 5 | 1;
inline constexpr uint32_t kUnixTime = kPayloadMtimeNs / 1'000'000'000;

// One entry; the views point into the bytes of the zip.
struct ZipEntry {
  std::string_view path;  // without the slash of a folder
  PayloadType type = PayloadType::kFile;
  uint32_t mode = 0;
  uint64_t size_bytes = 0;
  bool is_deflated = false;
  std::string_view packed;  // the packed content
  std::string_view record;  // from its first header on, with a few bytes of what follows
};

// The entries in the order of the file. kDamaged when bytes are missing or do not fit, kInvalid
// when they fit but are not allowed. Paths are not judged here (CheckEntryPath does).
Result<std::vector<ZipEntry>> ReadZipLayout(std::string_view bytes);

// Sets the time of every record to kDosTime and kDosDate. Writers put the local time there, which
// would make the bytes depend on the time zone. `bytes` is a zip that was just written.
Status SetZipTimes(std::string* bytes);

}  // namespace upgraph::package
