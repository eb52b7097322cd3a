#include <fmt/format.h>

#include "plan/checks/check.h"
#include "plan/checks/key_life.h"

namespace upgraph::plan {

extern const char* const kRemovedKeyUsedExplanation;
const char* const kRemovedKeyUsedExplanation =
    R"(No step sets a key that the target release does not know.

A key has a life: it comes with `since` and goes with `removed`. Setting one that is gone in the
release that the upgrade leads to, or that comes only later, writes a line that nobody reads, and a
product that is strict about its configuration does not start.

Bad:
    config settings = config.ini("/etc/dten/dten.ini") {
      tls.ca_file : Path  removed v5.0, becomes tls.chain
      tls.chain   : Path  since v5.0
    }
    upgrade v4.8 ..< v5.0 -> v5.0.0 {
      switch { config.set(settings.tls.ca_file, "/etc/dten/chain.pem") }
    }

Good:
    switch { config.set(settings.tls.chain, "/etc/dten/chain.pem") }
)";

namespace {

// "" when the target has the key, else why it has not.
std::string WhyUnknown(const Product& product, const ConfigKey& key, const std::string& target) {
  if (IsFrom(product, key.removed, target)) {
    return fmt::format("was removed in v{}", key.removed);
  }
  if (!key.since.empty() && !IsFrom(product, key.since, target)) {
    return fmt::format("comes in v{} only", key.since);
  }
  return "";
}

void JudgeUse(const Plan& plan, const Step& step, const std::string& config, const ConfigKey& key,
              std::vector<Finding>* findings) {
  const std::string why = WhyUnknown(plan.product, key, TargetOf(plan, step));
  if (why.empty()) {
    return;
  }
  Finding finding;
  finding.check = "removed-key-used";
  finding.message = fmt::format("key `{}` {}; the target is v{}, which does not know it", key.name,
                                why, TargetOf(plan, step));
  finding.position = step.position;
  finding.second_message = "the key's life";
  finding.second_position = key.position;
  if (!key.becomes.empty()) {
    finding.hint = fmt::format("set `{}`", key.becomes);
    finding.mend = {Mend::Kind::kReplace, fmt::format("{}.{}", config, key.name),
                    fmt::format("{}.{}", config, key.becomes)};
  }
  findings->push_back(std::move(finding));
}

}  // namespace

void RunRemovedKeyUsed(const Plan& plan, std::vector<Finding>* findings) {
  const KeysByName keys(plan);
  for (const Step& step : plan.steps) {
    for (const Effect& effect : step.effects) {
      const Resource& resource = plan.resource(effect.resource_id);
      if (effect.kind == EffectKind::kWrites && resource.kind == "key" && !resource.is_unknown &&
          !resource.is_template && resource.arguments.size() == 2) {
        if (const auto* key = keys.Find(resource.arguments[0], resource.arguments[1])) {
          JudgeUse(plan, step, resource.arguments[0], *key, findings);
        }
      }
    }
  }
}

}  // namespace upgraph::plan
