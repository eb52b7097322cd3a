// sql.migrate on PostgreSQL: all scripts up, or all of them down, in one transaction together with
// the row that says so. The way back is tried in the transaction that goes forward, before it
// commits: from its lock on there is no other moment at which the tables are known to be as the
// down scripts will find them.

#include <fmt/format.h>

#include <algorithm>

#include "runtime/clients/postgres.h"
#include "runtime/steps/arguments.h"
#include "runtime/steps/migrations.h"
#include "runtime/steps/secret.h"
#include "runtime/steps/sql_migrate.h"

namespace upgraph::steps {
namespace {

using clients::PostgresDatabase;

// What a killed runner left in the server is asked to end, and given so long between two looks.
constexpr int64_t kEndingPollMs = 20;

Result<std::unique_ptr<PostgresDatabase>> Connect(const StepContext& context) {
  UPGRAPH_ASSIGN(const plan::Value* db, Argument(context.step, "db"));
  const plan::Value* connection = plan::FindField(db->fields, "connection");
  if (connection == nullptr) {
    return Error{ErrorKind::kInvalid, "a PostgreSQL database without a connection"};
  }
  clients::PostgresAddress address{connection->text, ""};
  const plan::Value* role = plan::FindField(context.step.arguments, "as");
  if (role != nullptr && role->text != "sql.no_password") {
    UPGRAPH_ASSIGN(address.password, ReadSecret(context.env.files, *role));
  }
  return PostgresDatabase::Open(context.env.clock, address, context.deadline_boot_ms,
                                context.cancel);
}

// A session that nobody shares the step with: one that a runner before this one left, and that may
// still be in its transaction, has ended when this returns.
Result<std::unique_ptr<PostgresDatabase>> ConnectAlone(const StepContext& context) {
  UPGRAPH_ASSIGN(auto database, Connect(context));
  const std::string name = "upgraph " + MarkerKey(context);
  while (true) {
    UPGRAPH_ASSIGN(const bool is_ours, database->TryLock(name));
    if (is_ours) {
      return database;
    }
    UPGRAPH_TRY(database->EndHoldersOf(name));
    if (context.cancel || context.env.clock.BootMs() + kEndingPollMs >= context.deadline_boot_ms) {
      return Error{ErrorKind::kTimeout,
                   "the session of an earlier runner is still in the database and does not end"};
    }
    context.env.clock.SleepMs(kEndingPollMs);
  }
}

// One migration at a time in one database: they share the table of markers.
Status BeginWork(PostgresDatabase* database) {
  UPGRAPH_TRY(database->Begin());
  return database->Execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", {kMarkerTable});
}

// The tables of markers, in whatever schema the role found itself in when it made one.
Result<std::vector<std::string>> MarkerTables(PostgresDatabase* database) {
  return database->Query(
      "SELECT format('%I.%I', nspname, relname) FROM pg_catalog.pg_class c "
      "JOIN pg_catalog.pg_namespace n ON n.oid = relnamespace "
      "WHERE relname = $1 AND relkind = 'r' AND has_table_privilege(c.oid, 'SELECT')",
      {kMarkerTable});
}

// The one with the row of this step; empty: there is none.
Result<std::string> FindMarked(const StepContext& context, PostgresDatabase* database) {
  UPGRAPH_ASSIGN(auto tables, MarkerTables(database));
  for (const std::string& table : tables) {
    UPGRAPH_ASSIGN(auto are_newer,
                   database->Query("SELECT epoch > $2::bigint FROM " + table + " WHERE step = $1",
                                   {MarkerKey(context), std::to_string(context.epoch)}));
    if (are_newer.empty()) {
      continue;
    }
    if (are_newer.front() != "f") {
      return Error{ErrorKind::kBusy, "a newer runner of this run has been at the database"};
    }
    return table;
  }
  return std::string();
}

// `table`: with the schema that the role had before a script could change it.
Status AddMarker(const StepContext& context, PostgresDatabase* database, const std::string& table) {
  UPGRAPH_TRY(database->Execute("CREATE TABLE IF NOT EXISTS " + table +
                                " (step text PRIMARY KEY, epoch bigint NOT NULL)"));
  return database->Execute("INSERT INTO " + table + " VALUES ($1, $2::bigint)",
                           {MarkerKey(context), std::to_string(context.epoch)});
}

Status RemoveMarker(const StepContext& context, PostgresDatabase* database,
                    const std::string& table) {
  UPGRAPH_TRY(database->Execute("DELETE FROM " + table + " WHERE step = $1", {MarkerKey(context)}));
  UPGRAPH_ASSIGN(auto others, database->Query("SELECT 1 FROM " + table + " LIMIT 1"));
  return others.empty() ? database->Execute("DROP TABLE " + table) : OkStatus();
}

class PostgresMigrate : public NativeStep {
 public:
  Result<Estimate> EstimateCost(const StepContext& context) const override {
    UPGRAPH_ASSIGN(auto migrations, ReadMigrations(context));
    UPGRAPH_ASSIGN(auto database, Connect(context));
    UPGRAPH_ASSIGN(const std::string is_read_only,
                   database->QueryOne("SELECT current_setting('transaction_read_only')"));
    if (is_read_only == "on") {
      return Error{ErrorKind::kInvalid, "the database takes no writes: read-only, or a standby"};
    }
    UPGRAPH_ASSIGN(const std::string schema,
                   database->QueryOne("SELECT coalesce(current_schema(), '')"));
    if (schema.empty()) {
      return Error{ErrorKind::kInvalid,
                   "the role has no schema of its own in its search_path, where its marker goes"};
    }
    return Estimate{context.step.takes_ms, context.step.undo_takes_ms, 0, 0};
  }

  Observation Observe(const StepContext& context, const Captured* captured,
                      const Applied* applied) const override {
    auto seen = Look(context, captured, applied);
    return seen.ok() ? *seen : Observation{World::kUnknown, seen.error().message};
  }

  Result<Captured> Capture(const StepContext& context) const override {
    UPGRAPH_ASSIGN(auto database, ConnectAlone(context));
    UPGRAPH_ASSIGN(Digest schema, database->SchemaDigest());
    Captured captured;
    captured.undo = SchemaUndo(schema);
    return captured;
  }

  Result<Applied> Apply(const StepContext& context, const Captured& captured) const override {
    UPGRAPH_ASSIGN(auto migrations, ReadMigrations(context));
    UPGRAPH_ASSIGN(auto database, ConnectAlone(context));
    UPGRAPH_TRY(BeginWork(database.get()));
    UPGRAPH_ASSIGN(std::string marked, FindMarked(context, database.get()));
    if (!marked.empty()) {
      UPGRAPH_ASSIGN(Digest schema, database->SchemaDigest());
      return Applied{schema};
    }
    UPGRAPH_ASSIGN(
        const std::string marker,
        database->QueryOne("SELECT format('%I.%I', current_schema(), $1)", {kMarkerTable}));
    UPGRAPH_TRY(RunUps(database.get(), migrations));
    UPGRAPH_ASSIGN(Digest schema, database->SchemaDigest());
    UPGRAPH_TRY(TryWayBack(database.get(), migrations, captured));
    UPGRAPH_TRY(AddMarker(context, database.get(), marker));
    UPGRAPH_TRY(database->Commit());
    return Applied{schema};
  }

  Status Revert(const StepContext& context, const Captured& captured) const override {
    UPGRAPH_ASSIGN(auto migrations, ReadMigrations(context));
    UPGRAPH_ASSIGN(auto database, ConnectAlone(context));
    UPGRAPH_TRY(BeginWork(database.get()));
    UPGRAPH_ASSIGN(std::string marked, FindMarked(context, database.get()));
    if (marked.empty()) {
      return OkStatus();  // it never happened, or it was taken back already
    }
    UPGRAPH_TRY(RunDowns(database.get(), migrations));
    UPGRAPH_TRY(CompareSchema(database.get(), captured));
    UPGRAPH_TRY(RemoveMarker(context, database.get(), marked));
    return database->Commit();
  }

 private:
  static Result<Observation> Look(const StepContext& context, const Captured* captured,
                                  const Applied* applied) {
    // Before a capture nobody of this run has been here.
    UPGRAPH_ASSIGN(auto database, captured == nullptr ? Connect(context) : ConnectAlone(context));
    UPGRAPH_ASSIGN(std::string marked, FindMarked(context, database.get()));
    UPGRAPH_ASSIGN(Digest schema, database->SchemaDigest());
    const bool is_changed = marked.empty()
                                ? captured != nullptr && schema.Hex() != CapturedSchema(*captured)
                                : applied != nullptr && schema != applied->state;
    if (is_changed) {
      return Observation{World::kNeither, "the schema was changed by somebody else"};
    }
    return Observation{marked.empty() ? World::kBefore : World::kAfter, ""};
  }

  static Status CompareSchema(PostgresDatabase* database, const Captured& captured) {
    UPGRAPH_ASSIGN(Digest schema, database->SchemaDigest());
    if (schema.Hex() != CapturedSchema(captured)) {
      return Error{ErrorKind::kFailed,
                   "the down scripts do not bring the old schema back; nothing was changed"};
    }
    return OkStatus();
  }

  static Status TryWayBack(PostgresDatabase* database, const std::vector<Migration>& migrations,
                           const Captured& captured) {
    UPGRAPH_TRY(database->Mark());
    UPGRAPH_TRY(RunDowns(database, migrations));
    UPGRAPH_TRY(CompareSchema(database, captured));
    return database->BackToMark();
  }
};

}  // namespace

const NativeStep& PostgresMigration() {
  static const auto* const kStep = new PostgresMigrate();
  return *kStep;
}

}  // namespace upgraph::steps
