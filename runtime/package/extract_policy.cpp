#include "runtime/package/extract_policy.h"

#include <fmt/format.h>

#include <unordered_map>
#include <unordered_set>

namespace upgraph::package {
namespace {

// The length of the UTF-8 sequence at the start of `text`, or 0. Overlong forms, surrogates and
// what lies above U+10FFFF are no sequences.
size_t Utf8SequenceBytes(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) {
    return 1;
  }
  const size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) {
    return 0;
  }
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) {
      return 0;
    }
  }
  const unsigned char second = byte(1);
  const bool is_bad = (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) ||
                      (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
  return is_bad ? 0 : size;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const size_t size = Utf8SequenceBytes(text);
    if (size == 0) {
      return false;
    }
    text.remove_prefix(size);
  }
  return true;
}

// The rules that a single component and a link's target share.
Status CheckBytes(std::string_view path, std::string_view text, const char* what) {
  for (const unsigned char c : text) {
    if (c == '\0') {
      return Refused(path, fmt::format("has a zero byte in its {}", what));
    }
    if (c < 0x20 || c == 0x7F) {
      return Refused(path, fmt::format("has a control character in its {}", what));
    }
    if (c == '\\') {
      return Refused(path, fmt::format("has a backslash in its {}; only `/` parts a path", what));
    }
  }
  if (!IsUtf8(text)) {
    return Refused(path, fmt::format("has bytes in its {} that are not UTF-8", what));
  }
  return OkStatus();
}

std::string FoldCase(std::string_view text) {
  std::string folded(text);
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return folded;
}

Status CheckMode(const PayloadEntry& entry) {
  bool is_good = false;
  switch (entry.type) {
    case PayloadType::kFile:
      is_good = entry.mode == 0644 || entry.mode == 0755;
      break;
    case PayloadType::kDirectory:
      is_good = entry.mode == 0755;
      break;
    case PayloadType::kSymlink:
      is_good = entry.mode == 0777;
      break;
  }
  if (!is_good) {
    return Refused(entry.path, fmt::format("has mode {:04o}; a package holds files of 0644 or "
                                           "0755, folders of 0755 and links of 0777",
                                           entry.mode));
  }
  return OkStatus();
}

Status CheckOne(const PayloadEntry& entry) {
  UPGRAPH_TRY(CheckEntryPath(entry.path));
  UPGRAPH_TRY(CheckMode(entry));
  if (entry.type == PayloadType::kSymlink) {
    UPGRAPH_TRY(CheckLinkTarget(entry.path, entry.link_target));
  }
  if (entry.type == PayloadType::kFile && entry.size_bytes > kContentFileBytesMax) {
    return Refused(entry.path, fmt::format("has {} bytes; at most {} are allowed in one file",
                                           entry.size_bytes, kContentFileBytesMax));
  }
  return OkStatus();
}

}  // namespace

Status CheckEntryPath(std::string_view path) {
  if (path.empty()) {
    return Refused(path, "has an empty name");
  }
  UPGRAPH_TRY(CheckBytes(path, path, "name"));
  if (path.front() == '/') {
    return Refused(path, "is absolute; names in a package are relative");
  }
  if (path.size() > kEntryPathBytesMax) {
    return Refused(path, fmt::format("has a name of {} bytes; at most {} are allowed", path.size(),
                                     kEntryPathBytesMax));
  }
  uint32_t depth = 0;
  for (size_t begin = 0; begin <= path.size(); ++depth) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    if (part.empty()) {
      return Refused(path, "has an empty part in its name");
    }
    if (part == "." || part == "..") {
      return Refused(path, fmt::format("has `{}` in its name", part));
    }
    if (part.size() > kEntryNameBytesMax) {
      return Refused(path, fmt::format("has a part of {} bytes in its name; at most {} are allowed",
                                       part.size(), kEntryNameBytesMax));
    }
    begin = end + 1;
  }
  if (depth > kEntryDepthMax) {
    return Refused(
        path, fmt::format("is {} folders deep; at most {} are allowed", depth, kEntryDepthMax));
  }
  const std::string_view first = path.substr(0, path.find('/'));
  if (first != kPayloadFolder && path != kManifestName && path != kPlanName) {
    return Refused(path,
                   "has no place in a package, which holds `manifest.json`, `plan.bin` and "
                   "what is below `payload/`");
  }
  return OkStatus();
}

Status CheckLinkTarget(std::string_view link_path, std::string_view target) {
  if (target.empty()) {
    return Refused(link_path, "is a link without a target");
  }
  UPGRAPH_TRY(CheckBytes(link_path, target, "target"));
  if (target.front() == '/') {
    return Refused(link_path, fmt::format("links to `{}`; links in a package are relative",
                                          Printable(target)));
  }
  if (target.size() > kEntryPathBytesMax) {
    return Refused(link_path, "has a target that is too long");
  }
  // The folder of the link, counted from the top of the package.
  int64_t depth = 0;
  for (const char c : link_path) {
    depth += c == '/';
  }
  for (size_t begin = 0; begin <= target.size();) {
    const size_t end = std::min(target.find('/', begin), target.size());
    const std::string_view part = target.substr(begin, end - begin);
    if (part == "..") {
      --depth;
    } else if (!part.empty() && part != ".") {
      ++depth;
    }
    if (depth < 1) {
      return Refused(link_path,
                     fmt::format("links to `{}`, which leaves `payload`", Printable(target)));
    }
    begin = end + 1;
  }
  return OkStatus();
}

Status CheckEntries(const std::vector<PayloadEntry>& entries) {
  if (entries.size() > kPackageEntriesMax) {
    return Error{ErrorKind::kInvalid, fmt::format("the package has {} entries; at most {} are "
                                                  "allowed",
                                                  entries.size(), kPackageEntriesMax)};
  }
  std::unordered_map<std::string, std::string_view> folded;
  std::unordered_set<std::string_view> folders;
  uint64_t total_bytes = 0;
  const PayloadEntry* previous = nullptr;
  for (const PayloadEntry& entry : entries) {
    UPGRAPH_TRY(CheckOne(entry));
    if (const auto [it, is_new] = folded.emplace(FoldCase(entry.path), entry.path); !is_new) {
      if (it->second == entry.path) {
        return Refused(entry.path, "occurs twice");
      }
      return Refused(entry.path, fmt::format("differs from `{}` only in upper and lower case",
                                             Printable(it->second)));
    }
    if (previous != nullptr && !(previous->path < entry.path)) {
      return Refused(entry.path, fmt::format("stands after `{}`; entries are in byte order",
                                             Printable(previous->path)));
    }
    previous = &entry;
    if (const size_t slash = entry.path.rfind('/'); slash != std::string::npos) {
      const std::string_view parent = std::string_view(entry.path).substr(0, slash);
      if (!folders.contains(parent)) {
        return Refused(entry.path, fmt::format("lies in `{}`, which is no folder of the package",
                                               Printable(parent)));
      }
    }
    if (entry.type == PayloadType::kDirectory) {
      folders.insert(entry.path);
    }
    total_bytes += entry.size_bytes;  // 65,534 files of 1 GiB cannot overflow
    if (total_bytes > kContentTotalBytesMax) {
      return Error{ErrorKind::kInvalid, fmt::format("the contents of the package have more than "
                                                    "{} bytes, which is the most allowed",
                                                    kContentTotalBytesMax)};
    }
  }
  return OkStatus();
}

bool IsRatioAllowed(uint64_t packed_bytes, uint64_t size_bytes) {
  return size_bytes <= kRatioFloorBytes || size_bytes / kRatioMax <= packed_bytes;
}

std::string Printable(std::string_view text) {
  std::string printable;
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text.front());
    const size_t size = Utf8SequenceBytes(text);
    // C1 controls (U+0080 to U+009F) are obeyed by some terminals.
    const bool is_c1 = size == 2 && first == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0;
    if (size == 0 || first < 0x20 || first == 0x7F || is_c1) {
      printable += '?';
    } else {
      printable += text.substr(0, size);
    }
    text.remove_prefix(std::max<size_t>(size, 1));
  }
  return printable;
}

Error Refused(std::string_view path, const std::string& why) {
  return {ErrorKind::kInvalid, fmt::format("entry `{}` {}", Printable(path), why)};
}

}  // namespace upgraph::package
