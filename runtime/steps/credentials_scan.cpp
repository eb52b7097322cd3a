// credentials.scan: what looks like a credential that is written out. The place is told, never the
// value.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "runtime/steps/arguments.h"
#include "runtime/steps/registry.h"
#include "runtime/steps/text_scan.h"

namespace upgraph::steps {
namespace {

constexpr std::array<std::string_view, 8> kSecretWords = {
    "password", "passwd", "passphrase", "secret", "token", "api_key", "apikey", "private_key"};

bool IsWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) {
    text.remove_prefix(1);
  }
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) {
    text.remove_suffix(1);
  }
  return text;
}

// A value that only says where the secret is: ${VAR}, $VAR, @file@, <name>, /run/secrets/x.
bool IsReference(std::string_view value) {
  if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
      value.back() == value.front()) {
    value = value.substr(1, value.size() - 2);
  }
  return value.empty() || value.front() == '$' || value.front() == '<' || value.front() == '/' ||
         value.front() == '@' || value.front() == '{' || value.front() == '*';
}

// `db.password = hunter2`, `"token": "…"`: a name that ends in one of the words, with a value.
bool IsAssignment(const std::string& lower, std::string_view line) {
  const size_t sign = lower.find_first_of("=:");
  if (sign == std::string::npos) {
    return false;
  }
  std::string_view name = Trimmed(std::string_view(lower).substr(0, sign));
  while (!name.empty() && !IsWordCharacter(name.back())) {
    name.remove_suffix(1);
  }
  const bool is_secret = std::any_of(kSecretWords.begin(), kSecretWords.end(),
                                     [&](std::string_view word) { return name.ends_with(word); });
  return is_secret && !IsReference(Trimmed(line.substr(sign + 1)));
}

// `https://name:password@host`
bool HasUserInfo(std::string_view line) {
  for (size_t at = line.find("://"); at != std::string_view::npos; at = line.find("://", at + 3)) {
    std::string_view rest = line.substr(at + 3);
    rest = rest.substr(0, rest.find_first_of(" \t\"'/?#"));
    const size_t sign = rest.rfind('@');
    const size_t colon = rest.find(':');
    if (sign != std::string_view::npos && colon < sign && colon + 1 < sign &&
        !IsReference(rest.substr(colon + 1, sign - colon - 1))) {
      return true;
    }
  }
  return false;
}

// What it is, or empty.
std::string_view FindCredential(std::string_view line) {
  if (line.find("-----BEGIN ") != std::string_view::npos &&
      line.find("PRIVATE KEY-----") != std::string_view::npos) {
    return "a private key";
  }
  const std::string_view text = Trimmed(line);
  if (text.empty() || text.front() == '#' || text.front() == ';' || text.starts_with("//")) {
    return "";
  }
  std::string lower(line);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (IsAssignment(lower, line)) {
    return "a credential";
  }
  return HasUserInfo(line) ? "a password in an address" : "";
}

class CredentialsScan : public ObservingStep {
 public:
  Status Check(const StepContext& context) const override {
    UPGRAPH_ASSIGN(const plan::Value* folders, Argument(context.step, "folders"));
    std::vector<std::string> findings;
    for (const plan::Field& folder : folders->fields) {
      UPGRAPH_TRY(ScanLines(context, folder.value.text, [&](const ScannedLine& line) {
        const std::string_view what = FindCredential(line.text);
        if (!what.empty()) {
          findings.push_back(fmt::format("{} at {}:{}", what, line.path, line.number));
        }
      }));
    }
    return findings.empty()
               ? OkStatus()
               : Status(Error{ErrorKind::kFailed, "written out there: " + ListFindings(findings)});
  }
};

}  // namespace

const NativeStep& CredentialsScanStep() {
  static const auto* const kStep = new CredentialsScan();
  return *kStep;
}

}  // namespace upgraph::steps
