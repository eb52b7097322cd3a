// What the configuration matrix says, one line for each key and change, so that `grep` finds it.

#include "cli/commands.h"
#include "cli/format.h"
#include "cli/input.h"

namespace upgraph::cli {
namespace {

struct Change {
  const plan::Config* config = nullptr;
  const plan::ConfigKey* key = nullptr;
  std::string what;     // "since", "deprecated", "removed", or "always" for a key without a change
  std::string version;  // with v; empty for "always"
  std::string detail;   // what it becomes, why, or its default
};

std::string DefaultOf(const plan::ConfigKey& key) {
  return key.default_value.kind == plan::ValueKind::kNone
             ? ""
             : "= " + plan::FormatValue(key.default_value);
}

std::string EndOf(const plan::ConfigKey& key) {
  std::string text = key.becomes.empty() ? "" : "becomes " + key.becomes;
  if (!key.reason.empty()) {
    text += (text.empty() ? "" : ", ") + key.reason;
  }
  return text;
}

std::vector<Change> ChangesOf(const plan::Plan& plan) {
  std::vector<Change> changes;
  for (const plan::Config& config : plan.configs) {
    for (const plan::ConfigKey& key : config.keys) {
      const size_t count = changes.size();
      if (!key.since.empty()) {
        changes.push_back({&config, &key, "since", "v" + key.since, DefaultOf(key)});
      }
      if (!key.deprecated.empty()) {
        changes.push_back({&config, &key, "deprecated", "v" + key.deprecated,
                           key.removed.empty() ? EndOf(key) : ""});
      }
      if (!key.removed.empty()) {
        changes.push_back({&config, &key, "removed", "v" + key.removed, EndOf(key)});
      }
      if (changes.size() == count) {
        changes.push_back({&config, &key, "always", "", DefaultOf(key)});
      }
    }
  }
  return changes;
}

std::string TypeOf(const plan::ConfigKey& key) {
  return std::string(plan::ValueKindName(key.type)) + (key.unit.empty() ? "" : " in " + key.unit);
}

}  // namespace

int RunMatrix(const Arguments& arguments, Console& console) {
  int exit_code = 0;
  const std::optional<Input> input = ReadInput(arguments, false, console, &exit_code);
  if (!input.has_value()) {
    return exit_code;
  }
  const std::vector<Change> changes = ChangesOf(input->plan);
  if (console.is_json()) {
    Json json = EndingJson(CommandName(arguments.command),
                           {executor::ExitCode::kDone, "listed", false, ""});
    json["changes"] = Json::array();
    for (const Change& change : changes) {
      json["changes"].push_back({{"config", change.config->name},
                                 {"key", change.key->name},
                                 {"type", TypeOf(*change.key)},
                                 {"change", change.what},
                                 {"version", change.version},
                                 {"becomes", change.key->becomes},
                                 {"reason", change.key->reason}});
    }
    console.Out(PrettyJson(json));
    return 0;
  }
  Table table;
  for (const Change& change : changes) {
    const Color color = change.what == "removed"      ? Color::kRed
                        : change.what == "deprecated" ? Color::kYellow
                        : change.what == "since"      ? Color::kGreen
                                                      : Color::kDim;
    table.Add({{change.config->name},
               {change.key->name, Color::kBold},
               {TypeOf(*change.key)},
               {change.what, color},
               {change.version},
               {change.detail}});
  }
  console.Out(changes.empty() ? "the spec has no configuration\n"
                              : table.Render("", console.use_color()));
  return 0;
}

}  // namespace upgraph::cli
