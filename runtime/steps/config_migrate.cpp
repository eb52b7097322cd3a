// config.migrate: keys that the target release does not have move to what they became, or go. The
// installed version does not count: a key that went long ago has no reader left either. On the way
// down keys that are newer than the target move to what they were.

#include <fmt/format.h>

#include <algorithm>

#include "runtime/steps/arguments.h"
#include "runtime/steps/config_file.h"
#include "runtime/steps/file_step.h"
#include "runtime/steps/registry.h"

namespace upgraph::steps {
namespace {

using clients::IniEdit;
using clients::IniEntry;

const IniEntry* FindEntry(const std::vector<IniEntry>& entries, const KeyPlace& place) {
  auto found = std::find_if(entries.begin(), entries.end(), [&](const IniEntry& entry) {
    return entry.section == place.section && entry.name == place.name;
  });
  return found == entries.end() ? nullptr : &*found;
}

// Moves the line; the value is spelled anew only where the two keys spell one differently.
Status AddMove(const plan::ConfigKey& from, const plan::ConfigKey& to, const IniEntry& entry,
               std::vector<IniEdit>* edits) {
  KeyPlace place = PlaceOf(to.name);
  edits->push_back(
      {IniEdit::Kind::kRename, entry.section, entry.name, "", place.section, place.name});
  if (from.type == to.type && from.unit == to.unit) {
    return OkStatus();
  }
  auto value = ReadValue(from.type == to.type ? from : to, entry.value);
  if (!value) {
    return Error{ErrorKind::kInvalid,
                 fmt::format("the value of `{}` does not read as a {}, which `{}` needs", from.name,
                             plan::ValueKindName(to.type), to.name)};
  }
  if (from.type == to.type) {
    UPGRAPH_ASSIGN(std::string spelled, SpellValue(to, *value));
    edits->push_back({IniEdit::Kind::kSet, place.section, place.name, spelled, "", ""});
  }
  return OkStatus();
}

class ConfigMigrate : public FileStep {
 public:
  Result<std::vector<Replacement>> Wanted(const StepContext& context) const override {
    UPGRAPH_ASSIGN(std::string name, TextArgument(context.step, "config"));
    UPGRAPH_ASSIGN(const plan::Config* config, FindConfig(context.plan, name));
    UPGRAPH_ASSIGN(ConfigFile file, ReadConfigFile(context, *config));
    auto entries = clients::ReadIni(file.text);
    if (!entries.ok()) {
      return entries.error().Within(fmt::format("`{}`", file.path));
    }
    const std::string& target = plan::TargetOf(context.plan, context.step);
    std::vector<IniEdit> edits;
    for (const plan::ConfigKey& key : config->keys) {
      const IniEntry* entry = FindEntry(*entries, PlaceOf(key.name));
      if (entry == nullptr) {
        continue;
      }
      UPGRAPH_ASSIGN(const plan::ConfigKey* holder, HolderIn(context.plan, *config, key, target));
      if (holder == nullptr) {
        edits.push_back({IniEdit::Kind::kRemove, entry->section, entry->name, "", "", ""});
      } else if (holder != &key) {
        UPGRAPH_TRY(AddMove(key, *holder, *entry, &edits));
      }
    }
    return WantedEdits(file, edits);
  }
};

}  // namespace

const NativeStep& ConfigMigrateStep() {
  static const auto* const kStep = new ConfigMigrate();
  return *kStep;
}

}  // namespace upgraph::steps
