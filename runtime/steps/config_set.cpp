// config.set: one key of a configuration gets a value.

#include "runtime/steps/arguments.h"
#include "runtime/steps/config_file.h"
#include "runtime/steps/file_step.h"
#include "runtime/steps/registry.h"

namespace upgraph::steps {
namespace {

class ConfigSet : public FileStep {
 public:
  Result<std::vector<Replacement>> Wanted(const StepContext& context) const override {
    UPGRAPH_ASSIGN(const plan::Value* key_value, Argument(context.step, "key"));
    UPGRAPH_ASSIGN(const plan::Value* value, Argument(context.step, "value"));
    const plan::Value* config_name = plan::FindField(key_value->fields, "config");
    if (key_value->kind != plan::ValueKind::kKey || config_name == nullptr) {
      return Error{ErrorKind::kInvalid, "the argument `key` names no key of a config"};
    }
    UPGRAPH_ASSIGN(const plan::Config* config, FindConfig(context.plan, config_name->text));
    UPGRAPH_ASSIGN(const plan::ConfigKey* key, FindConfigKey(*config, key_value->text));
    UPGRAPH_ASSIGN(std::string spelled, SpellValue(*key, *value));
    UPGRAPH_ASSIGN(ConfigFile file, ReadConfigFile(context, *config));
    KeyPlace place = PlaceOf(key->name);
    return WantedEdits(
        file, {{clients::IniEdit::Kind::kSet, place.section, place.name, spelled, "", ""}});
  }
};

}  // namespace

const NativeStep& ConfigSetStep() {
  static const auto* const kStep = new ConfigSet();
  return *kStep;
}

}  // namespace upgraph::steps
