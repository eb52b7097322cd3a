// sql.migrate: on which kind of database, its handle says.

#include "runtime/steps/sql_migrate.h"

#include <fmt/format.h>

#include "runtime/steps/arguments.h"
#include "runtime/steps/registry.h"

namespace upgraph::steps {
namespace {

Result<const NativeStep*> MigrationOf(const plan::Step& step) {
  UPGRAPH_ASSIGN(const plan::Value* db, Argument(step, "db"));
  if (db->text == "sql.sqlite") {
    return &SqliteMigration();
  }
  if (db->text == "sql.postgres") {
    return &PostgresMigration();
  }
  return Error{
      ErrorKind::kUnsupported,
      fmt::format("`sql.migrate` works on `sql.sqlite` and `sql.postgres`, not on `{}`", db->text)};
}

class SqlMigrate : public NativeStep {
 public:
  Result<Estimate> EstimateCost(const StepContext& context) const override {
    UPGRAPH_ASSIGN(const NativeStep* migration, MigrationOf(context.step));
    return migration->EstimateCost(context);
  }
  Observation Observe(const StepContext& context, const Captured* captured,
                      const Applied* applied) const override {
    const auto migration = MigrationOf(context.step);
    return migration.ok() ? (*migration)->Observe(context, captured, applied)
                          : Observation{World::kUnknown, migration.error().message};
  }
  Result<Captured> Capture(const StepContext& context) const override {
    UPGRAPH_ASSIGN(const NativeStep* migration, MigrationOf(context.step));
    return migration->Capture(context);
  }
  Result<Applied> Apply(const StepContext& context, const Captured& captured) const override {
    UPGRAPH_ASSIGN(const NativeStep* migration, MigrationOf(context.step));
    return migration->Apply(context, captured);
  }
  Status Revert(const StepContext& context, const Captured& captured) const override {
    UPGRAPH_ASSIGN(const NativeStep* migration, MigrationOf(context.step));
    return migration->Revert(context, captured);
  }
};

}  // namespace

const NativeStep& SqlMigrateStep() {
  static const auto* const kStep = new SqlMigrate();
  return *kStep;
}

}  // namespace upgraph::steps
