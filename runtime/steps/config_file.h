#pragma once

// What the steps on configurations share: the plan's matrix, the file it speaks of, and how a value
// of the language is spelled in that file. Pure but for ReadConfigFile.

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "plan/plan.h"
#include "runtime/clients/ini.h"
#include "runtime/steps/change_set.h"

namespace upgraph::steps {

// The Config of the plan; kInvalid when there is none of that name.
Result<const plan::Config*> FindConfig(const plan::Plan& plan, const std::string& name);
Result<const plan::ConfigKey*> FindConfigKey(const plan::Config& config, const std::string& name);

struct ConfigFile {
  std::string path;
  std::string text;
  uint32_t mode = 0;
};

// The file of the Config's handle. Links are refused: the edited file would stand in their place.
Result<ConfigFile> ReadConfigFile(const StepContext& context, const plan::Config& config);

// `file` with the edits made; empty when they change nothing. Errors name the file.
Result<std::vector<Replacement>> WantedEdits(const ConfigFile& file,
                                             const std::vector<clients::IniEdit>& edits);

// server.tls.chain is `chain` in the section `server.tls`.
struct KeyPlace {
  std::string section;
  std::string name;
};
KeyPlace PlaceOf(const std::string& key);

// As the key's unit says: 250ms of a `Duration in ms` is "250". kInvalid when the value is of
// another type, or no whole number of the unit.
Result<std::string> SpellValue(const plan::ConfigKey& key, const plan::Value& value);

// The spelling read back as the key's type; none when it does not read as one.
std::optional<plan::Value> ReadValue(const plan::ConfigKey& key, const std::string& text);

// The key that holds the value in the release `target`: the key itself where the release has it or,
// on the way up, may have it later; where it was removed, what it became over all keys that are
// removed by then; on the way down, where it comes later, what it was. Of several that became it
// the first in the matrix. Null when the value goes. An error when a version is not one.
Result<const plan::ConfigKey*> HolderIn(const plan::Plan& plan, const plan::Config& config,
                                        const plan::ConfigKey& key, const std::string& target);

}  // namespace upgraph::steps
