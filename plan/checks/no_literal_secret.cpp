#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "plan/checks/check.h"

namespace upgraph::plan {

extern const char* const kNoLiteralSecretExplanation;
const char* const kNoLiteralSecretExplanation = R"(A secret is named, never written.

What stands in a spec is read by everybody who reads the spec, and goes into the plan, the package, the
journal and the history of a repository. A `Secret` therefore has no literal: it says where the secret
is, and the step reads it there at the moment of use. That is an error of types. A text for what is
called a password, a token or a secret, a key of a configuration or an argument, is a warning.

Bad:
    config.set(settings.db.password, "hunter2")

Good:
    let token = credentials.file("/etc/dten/token")
    push_routes(token)                                  // step push_routes(token: Secret)
)";

namespace {

constexpr std::array<std::string_view, 7> kSecretNames = {
    "password", "passwd", "passphrase", "secret", "token", "api_key", "private_key"};

bool IsSecretName(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
    return c == '-' ? '_' : static_cast<char>(std::tolower(c));
  });
  return std::any_of(kSecretNames.begin(), kSecretNames.end(),
                     [&](std::string_view word) { return name.ends_with(word); });
}

// The key that the arguments name, or null.
const Value* KeyOf(const std::vector<Field>& arguments) {
  for (const Field& argument : arguments) {
    if (argument.value.kind == ValueKind::kKey) {
      return &argument.value;
    }
  }
  return nullptr;
}

}  // namespace

void RunNoLiteralSecret(const Plan& plan, std::vector<Finding>* findings) {
  for (const Step& step : plan.steps) {
    const Value* key = KeyOf(step.arguments);
    for (const Field& argument : step.arguments) {
      const bool is_text =
          argument.value.kind == ValueKind::kString && !argument.value.text.empty();
      const bool is_value_of_key = key != nullptr && IsSecretName(key->text);
      if (!is_text || (!is_value_of_key && !IsSecretName(argument.name))) {
        continue;
      }
      findings->push_back(
          {"no-literal-secret",
           FindingSeverity::kWarning,
           fmt::format("`{}` writes `{}` out; a secret is named, never written", step.name,
                       is_value_of_key ? key->text : argument.name),
           step.position,
           "",
           {},
           "say where it is, `credentials.file(\"/etc/box/token\")`, and give that to a step that "
           "takes a `Secret`"});
    }
  }
}

}  // namespace upgraph::plan
