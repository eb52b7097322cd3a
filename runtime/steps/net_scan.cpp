// net.scan_endpoints: every `http://…` and `https://…` in the texts of a folder, by host and port.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "runtime/steps/arguments.h"
#include "runtime/steps/registry.h"
#include "runtime/steps/text_scan.h"

namespace upgraph::steps {
namespace {

// Where the authority of a URL ends.
bool EndsAuthority(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= ' ' || byte >= 0x7f ||
         std::string_view("/?#\"'<>()[]{},;\\`|").find(c) != std::string_view::npos;
}

// The endpoints of one line. What stands before an `@` may be a password and is left out.
std::vector<std::string> EndpointsIn(std::string_view line) {
  std::vector<std::string> endpoints;
  for (size_t at = line.find("://"); at != std::string_view::npos; at = line.find("://", at + 3)) {
    const std::string_view before = line.substr(0, at);
    if (!before.ends_with("http") && !before.ends_with("https")) {
      continue;
    }
    std::string_view rest = line.substr(at + 3);
    rest = rest.substr(
        0,
        static_cast<size_t>(std::find_if(rest.begin(), rest.end(), EndsAuthority) - rest.begin()));
    rest = rest.substr(rest.rfind('@') == std::string_view::npos ? 0 : rest.rfind('@') + 1);
    if (!rest.empty()) {
      endpoints.emplace_back(rest);
    }
  }
  return endpoints;
}

// `allow` holds hosts, which any port goes with, and `host:port`.
bool IsAllowed(const std::string& endpoint, const std::vector<plan::Field>& allowed) {
  const std::string host = endpoint.substr(0, endpoint.rfind(':'));
  return std::any_of(allowed.begin(), allowed.end(), [&](const plan::Field& field) {
    return field.value.text == endpoint || field.value.text == host;
  });
}

class NetScanEndpoints : public ObservingStep {
 public:
  Status Check(const StepContext& context) const override {
    UPGRAPH_ASSIGN(std::string folder, TextArgument(context.step, "folder"));
    UPGRAPH_ASSIGN(const plan::Value* allow, Argument(context.step, "allow"));
    std::vector<std::string> findings;
    UPGRAPH_TRY(ScanLines(context, folder, [&](const ScannedLine& line) {
      for (const std::string& endpoint : EndpointsIn(line.text)) {
        if (!IsAllowed(endpoint, allow->fields)) {
          findings.push_back(fmt::format("`{}` at {}:{}", endpoint, line.path, line.number));
        }
      }
    }));
    return findings.empty()
               ? OkStatus()
               : Status(Error{ErrorKind::kFailed,
                              "endpoints that are not in `allow`: " + ListFindings(findings)});
  }
};

}  // namespace

const NativeStep& NetScanEndpointsStep() {
  static const auto* const kStep = new NetScanEndpoints();
  return *kStep;
}

}  // namespace upgraph::steps
