// net.redirect and net.end_redirect: one line of /etc/hosts, the first one, as the first that names
// a host counts.

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "runtime/steps/arguments.h"
#include "runtime/steps/file_step.h"
#include "runtime/steps/registry.h"

namespace upgraph::steps {
namespace {

constexpr const char* kHosts = "/etc/hosts";
constexpr uint64_t kHostsBytesMax = 4 << 20;

// A host name or an address: one word that cannot be read as anything else in the file.
bool IsHostWord(const std::string& text) {
  return !text.empty() && text.size() <= 253 && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == ':';
  });
}

class RedirectStep : public FileStep {
 public:
  explicit RedirectStep(bool ends) : ends_(ends) {}

  Result<std::vector<Replacement>> Wanted(const StepContext& context) const override {
    env::Files& files = context.env.files;
    UPGRAPH_ASSIGN(std::string name, TextArgument(context.step, "name"));
    UPGRAPH_ASSIGN(std::string to, TextArgument(context.step, "to"));
    if (!IsHostWord(name) || !IsHostWord(to)) {
      return Error{ErrorKind::kInvalid,
                   fmt::format("`{}` to `{}`: a name and an address have letters, digits, `.`, `-` "
                               "and `:` only",
                               name, to)};
    }
    Replacement wanted;
    wanted.target = kHosts;
    wanted.kind = ObjectKind::kFile;
    UPGRAPH_ASSIGN(bool exists, files.Exists(kHosts));
    if (exists) {
      UPGRAPH_ASSIGN(wanted.content, files.Read(kHosts, kHostsBytesMax));
      wanted.attributes_from = kHosts;
    }
    const std::string line = fmt::format("{}\t{}\t# upgraph redirect\n", to, name);
    const size_t at = LineAt(wanted.content, line);
    const bool is_redirected = at != std::string::npos;
    if (is_redirected != ends_) {
      return std::vector<Replacement>();  // it is done already
    }
    if (ends_) {
      wanted.content.erase(at, line.size());
    } else {
      wanted.content.insert(0, line);
    }
    return std::vector<Replacement>{wanted};
  }

 private:
  static size_t LineAt(const std::string& text, const std::string& line) {
    size_t at = text.find(line);
    while (at != std::string::npos && at != 0 && text[at - 1] != '\n') {
      at = text.find(line, at + 1);
    }
    return at;
  }

  bool ends_;
};

}  // namespace

const NativeStep& NetRedirectStep() {
  static const auto* const kStep = new RedirectStep(false);
  return *kStep;
}

const NativeStep& NetEndRedirectStep() {
  static const auto* const kStep = new RedirectStep(true);
  return *kStep;
}

}  // namespace upgraph::steps
