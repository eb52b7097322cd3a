#include <fmt/format.h>

#include "plan/checks/check.h"

namespace upgraph::plan {

extern const char* const kMigrationWithoutLockExplanation;
const char* const kMigrationWithoutLockExplanation = R"(A migration runs under a lock.

Whoever else migrates the same database at the same time, another upgrade or a person with a shell,
must wait or be refused; the database itself keeps its rows whole, not the order of its migrations.
A step that writes a database or its tables therefore stands inside `lock`.

Bad:
    switch { sql.migrate(db, "payload/migrations") }

Good:
    switch {
      lock files.lock("/var/lib/dten") within 30s hold 10m {
        sql.migrate(db, "payload/migrations")
      }
    }
)";

void RunMigrationWithoutLock(const Plan& plan, std::vector<Finding>* findings) {
  for (const Step& step : plan.steps) {
    if (step.lock_scope_id.has_value()) {
      continue;
    }
    for (const Effect& effect : step.effects) {
      const Resource& resource = plan.resource(effect.resource_id);
      bool is_data = resource.kind == "database" || resource.kind == "table";
      if (effect.kind == EffectKind::kWrites && is_data) {
        findings->push_back(
            {"migration-without-lock",
             FindingSeverity::kWarning,
             fmt::format("`{}` writes {} and holds no lock", step.name, resource.Name()),
             step.position,
             "",
             {},
             "put it into `lock … within 30s hold 10m { … }`"});
        break;
      }
    }
  }
}

}  // namespace upgraph::plan
