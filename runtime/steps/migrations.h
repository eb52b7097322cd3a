#pragma once

// What migrations of any database have in common: their scripts, in order, and the row that says
// that a step has committed.

#include <fmt/format.h>

#include <string>
#include <vector>

#include "runtime/steps/native_step.h"

namespace upgraph::steps {

struct Migration {
  std::string name;  // "001_owner"
  std::string up;
  std::string down;
};

// In byte order of their names, which is the order of their numbers. An error where one has no way
// back, or where there is none.
Result<std::vector<Migration>> ReadMigrations(const StepContext& context);

// Of the row in the table `upgraph_marker` that is there exactly when the change is.
inline constexpr const char* kMarkerTable = "upgraph_marker";
std::string MarkerKey(const StepContext& context);

// What a capture of a migration keeps: the digest of the schema.
std::string SchemaUndo(const Digest& schema);
std::string CapturedSchema(const Captured& captured);

// `Database` has `Status RunScript(const std::string&)`.
template <typename Database>
Status RunUps(Database* database, const std::vector<Migration>& migrations) {
  for (const Migration& migration : migrations) {
    Status ran = database->RunScript(migration.up);
    if (!ran.ok()) {
      return ran.error().Within(fmt::format("`{}.up.sql`", migration.name));
    }
  }
  return OkStatus();
}

template <typename Database>
Status RunDowns(Database* database, const std::vector<Migration>& migrations) {
  for (auto migration = migrations.rbegin(); migration != migrations.rend(); ++migration) {
    Status ran = database->RunScript(migration->down);
    if (!ran.ok()) {
      return ran.error().Within(fmt::format("`{}.down.sql`", migration->name));
    }
  }
  return OkStatus();
}

}  // namespace upgraph::steps
