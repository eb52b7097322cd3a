#pragma once

// What may stand in a package. The rule is: reject, never sanitise. Writer and reader ask the same
// questions, so what `pack` makes, `apply` takes. Pure.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/package/payload.h"

namespace upgraph::package {

// A whole package: it is held in memory while it is open.
inline constexpr uint64_t kPackageBytesMax = 2ull << 30;
// The sum of all contents after unpacking, and one file of it, which is in memory while in use.
inline constexpr uint64_t kContentTotalBytesMax = 4ull << 30;
inline constexpr uint64_t kContentFileBytesMax = 1ull << 30;
// The most that a zip counts without its 64-bit extension, which is refused.
inline constexpr uint32_t kPackageEntriesMax = 65'534;
// Of one entry; leaves room for the target folder in a host path.
inline constexpr uint32_t kEntryPathBytesMax = 2048;
inline constexpr uint32_t kEntryNameBytesMax = 255;
inline constexpr uint32_t kEntryDepthMax = 64;
inline constexpr uint64_t kManifestBytesMax = 64ull << 20;
// A deflated entry larger than the floor may not unpack to more than this many times its size; the
// writer stores such contents instead, so a small file can never claim a large part of memory.
inline constexpr uint64_t kRatioMax = 100;
inline constexpr uint64_t kRatioFloorBytes = 1ull << 20;

inline constexpr const char* kManifestName = "manifest.json";
inline constexpr const char* kPlanName = "plan.bin";
inline constexpr const char* kPayloadFolder = "payload";

// A path below "payload", or one of the two fixed names: relative, no empty part, no `.` or `..`,
// no backslash, no control character, valid UTF-8, within the limits. No slash at the end.
Status CheckEntryPath(std::string_view path);

// A link's target: relative, and from where the link stands it never leaves "payload".
Status CheckLinkTarget(std::string_view link_path, std::string_view target);

// The entries of one package together: each path and target by itself, byte order, no path twice,
// also not when upper and lower case are taken for one, every folder above an entry is an entry
// and a folder, modes 0644 or 0755 (links 0777), sizes within the limits.
Status CheckEntries(const std::vector<PayloadEntry>& entries);

// Whether an entry that takes `packed_bytes` may unpack to `size_bytes`.
bool IsRatioAllowed(uint64_t packed_bytes, uint64_t size_bytes);

// The error of an entry that may not stand in a package: entry `path` why.
Error Refused(std::string_view path, const std::string& why);

// The path in printable form, for messages: bytes that a terminal would obey become `?`.
std::string Printable(std::string_view text);

}  // namespace upgraph::package
