#include "runtime/package/approval.h"

#include <algorithm>

#include "base/json.h"
#include "runtime/env/clock.h"

namespace upgraph::package {
namespace {

constexpr const char* kApprovalFormatName = "upgraph-approval";
constexpr int kApprovalFormatVersion = 1;

// Empty: there is no such text.
std::string TextOf(const Json& json, const char* name) {
  return json.contains(name) && json[name].is_string() ? json[name].get<std::string>() : "";
}

}  // namespace

std::string ApprovalText(const Approval& approval) {
  Json json = Json::object();
  json["format"] = kApprovalFormatName;
  json["format_version"] = kApprovalFormatVersion;
  json["package"] = approval.package.Hex();
  json["product"] = approval.product;
  json["to"] = approval.to;
  json["role"] = approval.role;
  json["hosts"] = approval.hosts;
  const bool has_window = approval.window_begin_wall_ms != 0;
  json["window_begin"] =
      has_window ? Json(env::FormatWallTime(approval.window_begin_wall_ms)) : Json(nullptr);
  json["window_begin_ms"] = approval.window_begin_wall_ms;
  return PrettyJson(json);
}

Result<Approval> ParseApproval(std::string_view text) {
  const Error wrong{ErrorKind::kInvalid,
                    "this is no approval as `upgraph approve` writes it, to the byte"};
  if (text.size() > kApprovalBytesMax) {
    return wrong;
  }
  const auto json = ParseJson(text);
  if (!json.ok() || !json->is_object() || !json->contains("hosts") ||
      !(*json)["hosts"].is_array() || !json->contains("window_begin_ms") ||
      !(*json)["window_begin_ms"].is_number_integer()) {
    return wrong;
  }
  Approval approval;
  if (!Digest::FromHex(TextOf(*json, "package"), &approval.package)) {
    return wrong;
  }
  approval.product = TextOf(*json, "product");
  approval.to = TextOf(*json, "to");
  approval.role = TextOf(*json, "role");
  for (const Json& host : (*json)["hosts"]) {
    if (!host.is_string()) {
      return wrong;
    }
    approval.hosts.push_back(host.get<std::string>());
  }
  approval.window_begin_wall_ms = (*json)["window_begin_ms"].get<int64_t>();
  // What has another meaning to another reader, or more than this one reads, is not that text.
  return ApprovalText(approval) == text ? Result<Approval>(approval) : wrong;
}

bool IsForHost(const Approval& approval, const std::string& host) {
  return std::any_of(approval.hosts.begin(), approval.hosts.end(),
                     [&](const std::string& name) { return name == kAnyHost || name == host; });
}

}  // namespace upgraph::package
