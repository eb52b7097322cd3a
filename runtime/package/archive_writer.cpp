#include "runtime/package/archive_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "plan/codec.h"
#include "plan/edges.h"
#include "plan/version_path.h"
#include "runtime/package/archive_reader.h"
#include "runtime/package/deflate.h"
#include "runtime/package/extract_policy.h"
#include "runtime/package/manifest.h"

namespace upgraph::package {
namespace {

// A step that names the path, for the message when it is missing.
std::string NamedBy(const plan::Plan& plan, const std::string& path) {
  for (const plan::Step& step : plan.steps) {
    for (const plan::Field& argument : step.arguments) {
      if (argument.value.kind == plan::ValueKind::kPayload && argument.value.text == path) {
        return fmt::format(" (named by `{}`, {}:{})", step.title, step.position.path,
                           step.position.line);
      }
    }
  }
  return "";
}

// What the plan names, what is below, and the folders above, in byte order.
Result<std::vector<PayloadEntry>> CollectEntries(const PackInput& input) {
  std::map<std::string, PayloadEntry> entries;
  std::set<std::string> paths;
  for (size_t i = 0; i < plan::EdgeCount(input.plan); ++i) {
    const std::vector<std::string>& of_edge = plan::EdgeGraph(input.plan, i).payload;
    paths.insert(of_edge.begin(), of_edge.end());
  }
  for (const std::string& path : paths) {
    UPGRAPH_TRY(CheckEntryPath(path));
    Result<std::vector<PayloadEntry>> found = input.payload.Entries(path);
    if (!found.ok()) {
      Error error = found.error();
      error.message += NamedBy(input.plan, path);
      return error;
    }
    for (PayloadEntry& entry : *found) {
      entries[entry.path] = std::move(entry);
    }
    for (size_t slash = path.rfind('/'); slash != std::string::npos && slash > 0;
         slash = path.rfind('/', slash - 1)) {
      const std::string folder = path.substr(0, slash);
      entries.try_emplace(folder, PayloadEntry{folder, PayloadType::kDirectory, 0755, 0, {}, {}});
    }
  }
  std::vector<PayloadEntry> sorted;
  for (auto& [path, entry] : entries) {
    sorted.push_back(std::move(entry));
  }
  return sorted;
}

Manifest MakeManifest(const PackInput& input, std::vector<PayloadEntry> entries) {
  Manifest manifest;
  manifest.tool_version = input.tool_version;
  manifest.product = input.plan.product.name;
  for (size_t i = 0; i < plan::EdgeCount(input.plan); ++i) {
    const plan::Upgrade& upgrade = plan::EdgeGraph(input.plan, i).upgrade;
    manifest.from.insert(manifest.from.end(), upgrade.from.begin(), upgrade.from.end());
  }
  manifest.to = plan::FarthestTarget(input.plan);
  manifest.plan_digest = plan::PlanDigest(input.plan_bytes);
  entries.push_back(
      {kPlanName, PayloadType::kFile, 0644, input.plan_bytes.size(), Sha256(input.plan_bytes), ""});
  std::sort(entries.begin(), entries.end(),
            [](const PayloadEntry& a, const PayloadEntry& b) { return a.path < b.path; });
  manifest.entries = std::move(entries);
  return manifest;
}

Result<std::string> WriteZip(const PackInput& input, const Manifest& manifest,
                             const std::set<std::string>& stored) {
  ZipBuilder builder;
  UPGRAPH_TRY(
      builder.Add({kManifestName, PayloadType::kFile, 0644, "", ManifestText(manifest), true}));
  UPGRAPH_TRY(builder.Add({kPlanName, PayloadType::kFile, 0644, "", std::string(input.plan_bytes),
                           !stored.contains(kPlanName)}));
  for (const PayloadEntry& entry : manifest.entries) {
    if (entry.path == kPlanName) {
      continue;
    }
    ZipItem item{entry.path,        entry.type, entry.mode,
                 entry.link_target, "",         !stored.contains(entry.path)};
    if (entry.type == PayloadType::kFile) {
      UPGRAPH_ASSIGN(item.content, input.payload.Read(entry.path));
    }
    UPGRAPH_TRY(builder.Add(item));
  }
  return builder.Finish();
}

// The contents that unpack to more than a reader allows.
std::set<std::string> FindTooDense(const std::vector<ZipEntry>& records) {
  std::set<std::string> dense;
  for (const ZipEntry& record : records) {
    if (record.is_deflated && !IsRatioAllowed(record.packed.size(), record.size_bytes)) {
      dense.emplace(record.path);
    }
  }
  return dense;
}

}  // namespace

std::string PackageFileName(const std::string& product) {
  return "Full-upgrade-package-" + product + ".zip";
}

Result<std::string> Pack(const PackInput& input) {
  UPGRAPH_ASSIGN(std::vector<PayloadEntry> entries, CollectEntries(input));
  const Manifest manifest = MakeManifest(input, std::move(entries));
  UPGRAPH_TRY(CheckEntries(manifest.entries));
  UPGRAPH_ASSIGN(std::string bytes, WriteZip(input, manifest, {}));
  UPGRAPH_ASSIGN(const std::vector<ZipEntry> records, ReadZipLayout(bytes));
  if (const std::set<std::string> dense = FindTooDense(records); !dense.empty()) {
    UPGRAPH_ASSIGN(bytes, WriteZip(input, manifest, dense));
  }
  // What cannot be read back is never handed out.
  Result<Package> check = OpenPackage(bytes);
  if (!check.ok()) {
    return check.error().Within("the package that was just written cannot be used");
  }
  return bytes;
}

}  // namespace upgraph::package
