#include "runtime/steps/migrations.h"

#include "base/json.h"
#include "runtime/steps/arguments.h"

namespace upgraph::steps {

Result<std::vector<Migration>> ReadMigrations(const StepContext& context) {
  constexpr std::string_view kUp = ".up.sql";
  UPGRAPH_ASSIGN(std::string folder, TextArgument(context.step, "migrations"));
  UPGRAPH_ASSIGN(auto entries, context.payload.Entries(folder));
  std::vector<Migration> migrations;
  for (const package::PayloadEntry& entry : entries) {
    if (entry.type != package::PayloadType::kFile || !entry.path.ends_with(kUp)) {
      continue;
    }
    std::string stem = entry.path.substr(0, entry.path.size() - kUp.size());
    Migration migration;
    migration.name = stem.substr(folder.size() + 1);
    UPGRAPH_ASSIGN(migration.up, context.payload.Read(entry.path));
    auto down = context.payload.Read(stem + ".down.sql");
    if (!down.ok()) {
      return Error{ErrorKind::kInvalid,
                   fmt::format("`{}.up.sql` has no `.down.sql`; every migration needs its way back",
                               migration.name)};
    }
    migration.down = std::move(*down);
    migrations.push_back(std::move(migration));
  }
  if (migrations.empty()) {
    return Error{ErrorKind::kNotFound, fmt::format("`{}` holds no `NNN_name.up.sql`", folder)};
  }
  return migrations;
}

std::string MarkerKey(const StepContext& context) {
  return context.run_id + " " + context.step.path;
}

std::string SchemaUndo(const Digest& schema) { return CompactJson(Json{{"schema", schema.Hex()}}); }

std::string CapturedSchema(const Captured& captured) {
  auto json = ParseJson(captured.undo);
  return json.ok() && json->contains("schema") ? (*json)["schema"].get<std::string>() : "";
}

}  // namespace upgraph::steps
