#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "plan/checks/check.h"
#include "plan/overlap.h"

namespace upgraph::plan {

extern const char* const kSecretLeaksExplanation;
const char* const kSecretLeaksExplanation = R"(A secret reaches nobody but the step that uses it.

Its value stands in no argument of a command, no variable, no journal, no plan and no package: a spec
only names where it is. So it cannot be put into a text, which would be shown and written down: that is
an error of types. A command is given the name of a file that it can read as long as it runs, as a word
of its own. And what a secret is read from is not brought by the package, where everybody could read it.

Bad:
    files.install("payload/token", to: "/etc/dten/token")
    push_routes(credentials.file("/etc/dten/token"))

Good:
    push_routes(credentials.file("/etc/dten/token"))     // an administrator has put it there
)";

namespace {

// The files that secrets are read from, each with the first step that reads it.
void CollectSources(const Value& value, uint32_t step, std::map<std::string, uint32_t>* sources) {
  const Value* path = FindField(value.fields, "path");
  if (value.kind == ValueKind::kSecret && path != nullptr && !path->is_template) {
    sources->emplace(path->text, step);
  }
  for (const Field& field : value.fields) {
    CollectSources(field.value, step, sources);
  }
}

// Whether the step writes what the package holds to a resource that covers `source` or is it.
bool Brings(const Plan& plan, const Step& step, const Resource& source) {
  const bool has_payload =
      std::any_of(step.arguments.begin(), step.arguments.end(),
                  [](const Field& argument) { return argument.value.kind == ValueKind::kPayload; });
  return has_payload &&
         std::any_of(step.effects.begin(), step.effects.end(), [&](const Effect& effect) {
           const Resource& written = plan.resource(effect.resource_id);
           return effect.kind == EffectKind::kWrites && !written.is_template &&
                  Overlaps(written, source);
         });
}

}  // namespace

void RunSecretLeaks(const Plan& plan, std::vector<Finding>* findings) {
  std::map<std::string, uint32_t> sources;
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    for (const Field& argument : plan.steps[i].arguments) {
      CollectSources(argument.value, i, &sources);
    }
  }
  for (const auto& [path, user] : sources) {
    const Resource source{"file", {path}, false, false, Overlap::kPath, "", 0};
    for (const Step& step : plan.steps) {
      if (!Brings(plan, step, source)) {
        continue;
      }
      Finding finding;
      finding.check = "secret-leaks";
      finding.message = fmt::format(
          "`{}` brings `{}` with the package, where everybody can read the secret in it", step.name,
          path);
      finding.position = step.position;
      finding.second_message = "the secret is used here";
      finding.second_position = plan.steps[user].position;
      finding.hint = "put it there by other means, before the upgrade";
      findings->push_back(std::move(finding));
    }
  }
}

}  // namespace upgraph::plan
