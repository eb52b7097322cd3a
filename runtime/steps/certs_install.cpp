// certs.install_chain: files.install for a text of PEM certificates and nothing else.

#include <fmt/format.h>

#include <cctype>

#include "runtime/steps/arguments.h"
#include "runtime/steps/file_step.h"
#include "runtime/steps/registry.h"

namespace upgraph::steps {
namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kCertificateBegin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view kCertificateEnd = "-----END CERTIFICATE-----";

bool IsBase64Line(std::string_view line) {
  for (char c : line) {
    const bool is_good =
        std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '/' || c == '=';
    if (!is_good) {
      return false;
    }
  }
  return !line.empty();
}

// What is wrong with a chain, or empty. Lines between certificates are comments.
std::string FindChainFault(std::string_view text) {
  size_t count = 0;
  size_t body_lines = 0;
  bool is_inside = false;
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    std::string_view line = text.substr(start, end - start);
    start = end + 1;
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    if (is_inside && line == kCertificateEnd) {
      is_inside = false;
      if (body_lines == 0) {
        return "a certificate without content";
      }
      ++count;
    } else if (is_inside && !IsBase64Line(line)) {
      return "a certificate that is not in base64";
    } else if (is_inside) {
      ++body_lines;
    } else if (line == kCertificateBegin) {
      is_inside = true;
      body_lines = 0;
    } else if (line.starts_with(kBegin)) {
      return "something that is no certificate, such as a private key";
    }
  }
  if (is_inside) {
    return "a certificate without its end";
  }
  return count == 0 ? "no certificate" : "";
}

class CertsInstallChain : public FileStep {
 public:
  Result<std::vector<Replacement>> Wanted(const StepContext& context) const override {
    Replacement wanted;
    wanted.kind = ObjectKind::kPayload;
    UPGRAPH_ASSIGN(wanted.payload_path, TextArgument(context.step, "source"));
    UPGRAPH_ASSIGN(wanted.target, TextArgument(context.step, "to"));
    UPGRAPH_ASSIGN(std::string text, context.payload.Read(wanted.payload_path));
    const std::string fault = FindChainFault(text);
    if (!fault.empty()) {
      return Error{ErrorKind::kInvalid,
                   fmt::format("`{}` holds {}; a chain is PEM certificates and "
                               "nothing else",
                               wanted.payload_path, fault)};
    }
    return std::vector<Replacement>{wanted};
  }
};

}  // namespace

const NativeStep& CertsInstallChainStep() {
  static const auto* const kStep = new CertsInstallChain();
  return *kStep;
}

}  // namespace upgraph::steps
