// config.audit: whether the configuration is one that can be migrated. All findings are told at
// once; values are not, they may be nobody else's business.

#include <fmt/format.h>

#include <algorithm>

#include "runtime/steps/arguments.h"
#include "runtime/steps/config_file.h"
#include "runtime/steps/registry.h"

namespace upgraph::steps {
namespace {

using clients::IniEntry;

class ConfigAudit : public ObservingStep {
 public:
  Status Check(const StepContext& context) const override {
    UPGRAPH_ASSIGN(std::string name, TextArgument(context.step, "config"));
    UPGRAPH_ASSIGN(const plan::Config* config, FindConfig(context.plan, name));
    UPGRAPH_ASSIGN(ConfigFile file, ReadConfigFile(context, *config));
    auto entries = clients::ReadIni(file.text);
    if (!entries.ok()) {
      return entries.error().Within(fmt::format("`{}`", file.path));
    }
    std::vector<std::string> findings;
    for (const plan::ConfigKey& key : config->keys) {
      LookAt(key, *entries, &findings);
      UPGRAPH_ASSIGN(
          const plan::ConfigKey* successor,
          HolderIn(context.plan, *config, key, plan::TargetOf(context.plan, context.step)));
      if (successor != nullptr && successor != &key && Count(*entries, key.name) > 0 &&
          Count(*entries, successor->name) > 0) {
        findings.push_back(
            fmt::format("`{}` and `{}`, which it becomes, both stand", key.name, successor->name));
      }
    }
    if (findings.empty()) {
      return OkStatus();
    }
    return Error{ErrorKind::kFailed, fmt::format("`{}`: {}", file.path, fmt::join(findings, "; "))};
  }

 private:
  static ptrdiff_t Count(const std::vector<IniEntry>& entries, const std::string& key) {
    KeyPlace place = PlaceOf(key);
    return std::count_if(entries.begin(), entries.end(), [&](const IniEntry& entry) {
      return entry.section == place.section && entry.name == place.name;
    });
  }

  static void LookAt(const plan::ConfigKey& key, const std::vector<IniEntry>& entries,
                     std::vector<std::string>* findings) {
    if (Count(entries, key.name) > 1) {
      findings->push_back(fmt::format("`{}` stands more than once", key.name));
    }
    KeyPlace place = PlaceOf(key.name);
    for (const IniEntry& entry : entries) {
      if (entry.section == place.section && entry.name == place.name &&
          !ReadValue(key, entry.value)) {
        findings->push_back(fmt::format("the value of `{}` does not read as a {}{}{}", key.name,
                                        plan::ValueKindName(key.type),
                                        key.unit.empty() ? "" : " in ", key.unit));
      }
    }
  }
};

}  // namespace

const NativeStep& ConfigAuditStep() {
  static const auto* const kStep = new ConfigAudit();
  return *kStep;
}

}  // namespace upgraph::steps
