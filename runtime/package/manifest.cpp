#include "runtime/package/manifest.h"

#include <fmt/format.h>

#include "base/json.h"
#include "runtime/package/extract_policy.h"

namespace upgraph::package {
namespace {

constexpr const char* kFormatName = "upgraph-package";

const char* TypeName(PayloadType type) {
  switch (type) {
    case PayloadType::kFile:
      return "file";
    case PayloadType::kDirectory:
      return "folder";
    case PayloadType::kSymlink:
      return "link";
  }
  UPGRAPH_UNREACHABLE("payload type");
}

Json EntryJson(const PayloadEntry& entry) {
  Json json = Json::object();
  json["path"] = entry.path;
  json["type"] = TypeName(entry.type);
  json["mode"] = fmt::format("{:04o}", entry.mode);
  json["size"] = entry.size_bytes;
  if (entry.type != PayloadType::kDirectory) {
    json["sha256"] = entry.sha256.Hex();
  }
  if (entry.type == PayloadType::kSymlink) {
    json["target"] = entry.link_target;
  }
  return json;
}

Error Wrong(const std::string& what) {
  return {ErrorKind::kInvalid, "the manifest is wrong: " + what};
}

// Members of one JSON object, with the place for messages.
class Members {
 public:
  Members(const Json& json, std::string place) : json_(json), place_(std::move(place)) {}

  Result<const Json*> Find(const char* name) const {
    if (!json_.is_object()) {
      return Wrong(fmt::format("{} is no object", place_));
    }
    const auto it = json_.find(name);
    if (it == json_.end()) {
      return Wrong(fmt::format("{} has no `{}`", place_, name));
    }
    return &*it;
  }
  Result<std::string> Text(const char* name) const {
    UPGRAPH_ASSIGN(const Json* json, Find(name));
    if (!json->is_string()) {
      return Wrong(fmt::format("`{}` of {} is no text", name, place_));
    }
    return json->get_ref<const std::string&>();
  }
  Result<uint64_t> Number(const char* name) const {
    UPGRAPH_ASSIGN(const Json* json, Find(name));
    if (!json->is_number_unsigned()) {
      return Wrong(fmt::format("`{}` of {} is no whole number", name, place_));
    }
    return json->get<uint64_t>();
  }
  Result<Digest> Hash(const char* name) const {
    UPGRAPH_ASSIGN(const std::string hex, Text(name));
    Digest digest;
    if (!Digest::FromHex(hex, &digest)) {
      return Wrong(fmt::format("`{}` of {} is no SHA-256", name, place_));
    }
    return digest;
  }
  Result<const Json*> List(const char* name) const {
    UPGRAPH_ASSIGN(const Json* json, Find(name));
    if (!json->is_array()) {
      return Wrong(fmt::format("`{}` of {} is no list", name, place_));
    }
    return json;
  }

 private:
  const Json& json_;
  std::string place_;
};

Result<PayloadType> ParseType(const std::string& name) {
  for (const PayloadType type :
       {PayloadType::kFile, PayloadType::kDirectory, PayloadType::kSymlink}) {
    if (name == TypeName(type)) {
      return type;
    }
  }
  return Wrong(fmt::format("`{}` is no type of entry", Printable(name)));
}

Result<PayloadEntry> ParseEntry(const Json& json, size_t number) {
  const Members members(json, fmt::format("entry {}", number));
  PayloadEntry entry;
  UPGRAPH_ASSIGN(entry.path, members.Text("path"));
  UPGRAPH_ASSIGN(const std::string type, members.Text("type"));
  UPGRAPH_ASSIGN(entry.type, ParseType(type));
  UPGRAPH_ASSIGN(const std::string mode, members.Text("mode"));
  entry.mode = 0;
  for (const char digit : mode) {
    if (mode.size() != 4 || digit < '0' || digit > '7') {
      return Wrong(fmt::format("entry {} has no mode of four octal digits", number));
    }
    entry.mode = entry.mode * 8 + static_cast<uint32_t>(digit - '0');
  }
  UPGRAPH_ASSIGN(entry.size_bytes, members.Number("size"));
  if (entry.type != PayloadType::kDirectory) {
    UPGRAPH_ASSIGN(entry.sha256, members.Hash("sha256"));
  }
  if (entry.type == PayloadType::kSymlink) {
    UPGRAPH_ASSIGN(entry.link_target, members.Text("target"));
  }
  return entry;
}

Result<Manifest> ParseMembers(const Json& json) {
  const Members members(json, "the manifest");
  UPGRAPH_ASSIGN(const std::string format, members.Text("format"));
  if (format != kFormatName) {
    return Wrong("`format` is not `upgraph-package`");
  }
  Manifest manifest;
  UPGRAPH_ASSIGN(const uint64_t version, members.Number("format_version"));
  if (version != kPackageFormatVersion) {
    return Error{ErrorKind::kUnsupported,
                 fmt::format("the package has format version {}; this program reads version {}",
                             version, kPackageFormatVersion)};
  }
  UPGRAPH_ASSIGN(manifest.tool_version, members.Text("tool_version"));
  UPGRAPH_ASSIGN(manifest.product, members.Text("product"));
  UPGRAPH_ASSIGN(const Json* from, members.List("from"));
  for (const Json& range_json : *from) {
    const Members range(range_json, "`from`");
    plan::VersionRange version_range;
    UPGRAPH_ASSIGN(version_range.lower, range.Text("lower"));
    UPGRAPH_ASSIGN(version_range.upper, range.Text("upper"));
    manifest.from.push_back(std::move(version_range));
  }
  UPGRAPH_ASSIGN(manifest.to, members.Text("to"));
  UPGRAPH_ASSIGN(manifest.plan_digest, members.Hash("plan_digest"));
  UPGRAPH_ASSIGN(const Json* entries, members.List("entries"));
  if (entries->size() > kPackageEntriesMax) {
    return Wrong(fmt::format("it lists {} entries; at most {} are allowed", entries->size(),
                             kPackageEntriesMax));
  }
  for (const Json& entry_json : *entries) {
    UPGRAPH_ASSIGN(PayloadEntry entry, ParseEntry(entry_json, manifest.entries.size() + 1));
    manifest.entries.push_back(std::move(entry));
  }
  return manifest;
}

}  // namespace

std::string ManifestText(const Manifest& manifest) {
  Json json = Json::object();
  json["format"] = kFormatName;
  json["format_version"] = manifest.format_version;
  json["tool_version"] = manifest.tool_version;
  json["product"] = manifest.product;
  json["from"] = Json::array();
  for (const plan::VersionRange& range : manifest.from) {
    Json range_json = Json::object();
    range_json["lower"] = range.lower;
    range_json["upper"] = range.upper;
    json["from"].push_back(std::move(range_json));
  }
  json["to"] = manifest.to;
  json["plan_digest"] = manifest.plan_digest.Hex();
  json["entries"] = Json::array();
  for (const PayloadEntry& entry : manifest.entries) {
    json["entries"].push_back(EntryJson(entry));
  }
  return PrettyJson(json);
}

Result<Manifest> ParseManifest(std::string_view text) {
  Result<Json> json = ParseJson(text);
  if (!json.ok()) {
    return Wrong(json.error().message);
  }
  UPGRAPH_ASSIGN(Manifest manifest, ParseMembers(*json));
  UPGRAPH_TRY(CheckEntries(manifest.entries));
  for (const PayloadEntry& entry : manifest.entries) {
    if (entry.path == kManifestName) {
      return Wrong("it lists itself");
    }
    if (entry.path == kPlanName && entry.type != PayloadType::kFile) {
      return Wrong("`plan.bin` is no file");
    }
    if (entry.path == kPayloadFolder && entry.type != PayloadType::kDirectory) {
      return Wrong("`payload` is no folder");
    }
    const bool has_no_bytes = entry.type == PayloadType::kDirectory;
    const bool is_link = entry.type == PayloadType::kSymlink;
    if ((has_no_bytes && entry.size_bytes != 0) ||
        (is_link && entry.size_bytes != entry.link_target.size())) {
      return Wrong(
          fmt::format("the size of `{}` is not that of its content", Printable(entry.path)));
    }
    if (is_link && entry.sha256 != Sha256(entry.link_target)) {
      return Wrong(
          fmt::format("the digest of `{}` is not that of its target", Printable(entry.path)));
    }
  }
  // One spelling only: two members of one name, unknown members and other spacing end here.
  if (ManifestText(manifest) != text) {
    return Wrong("it is not in its one spelling");
  }
  return manifest;
}

}  // namespace upgraph::package
