#include "runtime/package/archive_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "plan/codec.h"
#include "runtime/package/deflate.h"
#include "runtime/package/extract_policy.h"
#include "runtime/package/signature.h"
#include "runtime/package/zip_layout.h"

namespace upgraph::package {
namespace {

// Path → record, in byte order; views into the shared bytes.
using Records = std::vector<ZipEntry>;

const ZipEntry* FindRecord(const Records& records, std::string_view path) {
  const auto it = std::lower_bound(
      records.begin(), records.end(), path,
      [](const ZipEntry& record, std::string_view key) { return record.path < key; });
  return it != records.end() && it->path == path ? &*it : nullptr;
}

class ArchivePayload : public Payload {
 public:
  ArchivePayload(std::shared_ptr<const std::string> bytes, std::vector<PayloadEntry> entries,
                 Records records)
      : bytes_(std::move(bytes)), entries_(std::move(entries)), records_(std::move(records)) {}

  Result<std::vector<PayloadEntry>> Entries(const std::string& path) const override {
    std::vector<PayloadEntry> found;
    const std::string below = path + "/";
    for (auto it = LowerBound(path); it != entries_.end(); ++it) {
      if (it->path == path || it->path.starts_with(below)) {
        found.push_back(*it);
      } else if (it->path > below && !it->path.starts_with(path)) {
        break;
      }
    }
    if (found.empty() || found.front().path != path) {
      return NotFound(path);
    }
    return found;
  }

  Result<std::string> Read(const std::string& path) const override {
    const auto it = LowerBound(path);
    if (it == entries_.end() || it->path != path || it->type != PayloadType::kFile) {
      return NotFound(path);
    }
    UPGRAPH_ASSIGN(std::string content, Unpack(*FindRecord(records_, path)));
    if (Sha256(content) != it->sha256) {
      return Error{ErrorKind::kDamaged, fmt::format("`{}` in the package is not what its manifest "
                                                    "says",
                                                    path)};
    }
    return content;
  }

 private:
  static Error NotFound(const std::string& path) {
    return {ErrorKind::kNotFound, fmt::format("there is no `{}` in the package", Printable(path))};
  }
  std::vector<PayloadEntry>::const_iterator LowerBound(const std::string& path) const {
    return std::lower_bound(
        entries_.begin(), entries_.end(), path,
        [](const PayloadEntry& entry, const std::string& key) { return entry.path < key; });
  }

  const std::shared_ptr<const std::string> bytes_;
  const std::vector<PayloadEntry> entries_;  // below payload/, sorted
  const Records records_;                    // sorted
};

// Names first: what is wrong with a hostile one is said in its own words.
Status CheckNames(const Records& records) {
  for (const ZipEntry& record : records) {
    UPGRAPH_TRY(CheckEntryPath(record.path));
  }
  std::vector<std::string_view> paths;
  for (const ZipEntry& record : records) {
    paths.push_back(record.path);
  }
  std::sort(paths.begin(), paths.end());
  if (const auto twice = std::adjacent_find(paths.begin(), paths.end()); twice != paths.end()) {
    return Refused(*twice, "occurs twice");
  }
  if (records.empty() || records[0].path != kManifestName ||
      records[0].type != PayloadType::kFile || !records[0].is_deflated) {
    return Error{ErrorKind::kInvalid, "the package does not begin with `manifest.json`"};
  }
  if (records.size() < 2 || records[1].path != kPlanName) {
    return Error{ErrorKind::kInvalid, "`plan.bin` is not the second entry of the package"};
  }
  for (size_t i = 3; i < records.size(); ++i) {
    if (!(records[i - 1].path < records[i].path)) {
      return Refused(records[i].path, fmt::format("stands after `{}`; entries are in byte order",
                                                  Printable(records[i - 1].path)));
    }
  }
  return OkStatus();
}

// From the directory alone, before anything is unpacked.
Status CheckRatios(const Records& records) {
  for (const ZipEntry& record : records) {
    if (record.is_deflated && !IsRatioAllowed(record.packed.size(), record.size_bytes)) {
      return Refused(record.path, fmt::format("says that {} bytes unpack to {}; at most {} to 1 is "
                                              "allowed",
                                              record.packed.size(), record.size_bytes, kRatioMax));
    }
  }
  return OkStatus();
}

// Every record is in the manifest, and the other way round, with the same type, mode and size.
Status CompareWithManifest(const Manifest& manifest, const Records& sorted) {
  for (const ZipEntry& record : sorted) {
    const auto it = std::lower_bound(
        manifest.entries.begin(), manifest.entries.end(), record.path,
        [](const PayloadEntry& entry, std::string_view path) { return entry.path < path; });
    const bool is_listed = it != manifest.entries.end() && it->path == record.path;
    if (record.path != kManifestName && !is_listed) {
      return Refused(record.path, "is not in the manifest");
    }
  }
  for (const PayloadEntry& entry : manifest.entries) {
    const ZipEntry* record = FindRecord(sorted, entry.path);
    if (record == nullptr) {
      return Refused(entry.path, "is in the manifest, but missing from the package");
    }
    if (record->type != entry.type || record->mode != entry.mode) {
      return Refused(entry.path, "has another type or mode than the manifest says");
    }
    if (record->size_bytes != entry.size_bytes) {
      return Error{ErrorKind::kDamaged,
                   fmt::format("entry `{}` has {} bytes; the manifest says {}",
                               Printable(entry.path), record->size_bytes, entry.size_bytes)};
    }
  }
  return OkStatus();
}

Status CompareContent(const PayloadEntry& entry, std::string_view content) {
  const bool is_link = entry.type == PayloadType::kSymlink;
  if (is_link ? content != entry.link_target : Sha256(content) != entry.sha256) {
    return Error{
        ErrorKind::kDamaged,
        fmt::format("the content of `{}` is not what the manifest says", Printable(entry.path))};
  }
  return OkStatus();
}

}  // namespace

bool LooksLikePackage(std::string_view bytes) { return bytes.starts_with("PK"); }

Result<Package> OpenPackage(std::string bytes) {
  Package package;
  const std::string signature_text = CutSignature(&bytes);
  package.bytes = std::make_shared<const std::string>(std::move(bytes));
  package.digest = Sha256(*package.bytes);
  UPGRAPH_ASSIGN(Records records, ReadZipLayout(*package.bytes));
  UPGRAPH_TRY(CheckNames(records));
  UPGRAPH_TRY(CheckRatios(records));
  if (records[0].size_bytes > kManifestBytesMax) {
    return Refused(kManifestName, "is too large");
  }
  UPGRAPH_ASSIGN(const std::string text, Unpack(records[0]));
  UPGRAPH_ASSIGN(package.manifest, ParseManifest(text));
  if (records[0].mode != 0644) {
    return Refused(kManifestName, "has another mode than 0644");
  }
  std::sort(records.begin(), records.end(),
            [](const ZipEntry& a, const ZipEntry& b) { return a.path < b.path; });
  UPGRAPH_TRY(CompareWithManifest(package.manifest, records));

  std::vector<PayloadEntry> payload_entries;
  for (const PayloadEntry& entry : package.manifest.entries) {
    if (entry.type != PayloadType::kDirectory) {
      UPGRAPH_ASSIGN(std::string content, Unpack(*FindRecord(records, entry.path)));
      UPGRAPH_TRY(CompareContent(entry, content));
      if (entry.path == kPlanName) {
        package.plan_bytes = std::move(content);
      }
    }
    if (entry.path != kPlanName) {
      payload_entries.push_back(entry);
    }
  }
  if (plan::PlanDigest(package.plan_bytes) != package.manifest.plan_digest) {
    return Error{ErrorKind::kDamaged, "the plan in the package is not the one its manifest names"};
  }
  package.payload = std::make_shared<const ArchivePayload>(
      package.bytes, std::move(payload_entries), std::move(records));
  return signature_text.empty() ? package : WithSignature(std::move(package), signature_text);
}

Result<Package> ReadPackage(env::Files& files, const std::string& path) {
  Result<std::string> bytes = files.Read(path, kPackageBytesMax);
  if (!bytes.ok()) {
    return bytes.error();
  }
  Result<Package> package = OpenPackage(std::move(*bytes));
  if (!package.ok()) {
    return package.error().Within("cannot use the package `" + path + "`");
  }
  return package;
}

}  // namespace upgraph::package
