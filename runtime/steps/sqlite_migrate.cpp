// sql.migrate on SQLite: all scripts up, or all of them down, in one transaction together with the
// row that says so. After a crash the row is the truth: it is there exactly when the change is.

#include <fmt/format.h>

#include <algorithm>

#include "runtime/clients/sqlite.h"
#include "runtime/steps/arguments.h"
#include "runtime/steps/migrations.h"
#include "runtime/steps/sql_migrate.h"

namespace upgraph::steps {
namespace {

using clients::SqliteDatabase;

// Larger databases are not rehearsed: a copy in memory would cost more than it proves.
constexpr uint64_t kRehearsalBytesMax = 64 << 20;
// What SQLite writes of a page beside the page itself, into its rollback journal or its WAL, at
// most; and what it writes once: headers, padded to sectors, and the index of a WAL.
constexpr uint64_t kPageOverheadBytes = 32;
constexpr uint64_t kFixedOverheadBytes = 64 << 10;
constexpr uint64_t kReservePieceBytes = 1 << 20;

Result<std::string> DatabasePath(const plan::Step& step) {
  UPGRAPH_ASSIGN(const plan::Value* db, Argument(step, "db"));
  const plan::Value* path = plan::FindField(db->fields, "path");
  if (path == nullptr) {
    return Error{ErrorKind::kInvalid, "an SQLite database without a path"};
  }
  return path->text;
}

// `is_ours`: this run may have been at the database before; what a killed writer left beside it
// goes.
Result<std::unique_ptr<SqliteDatabase>> OpenDatabase(const StepContext& context, bool is_ours) {
  UPGRAPH_ASSIGN(std::string path, DatabasePath(context.step));
  UPGRAPH_ASSIGN(env::FileStatus status, context.env.files.StatFollow(path));
  if (status.type != env::FileType::kRegular) {
    return Error{ErrorKind::kInvalid, fmt::format("`{}` is not a file", path)};
  }
  UPGRAPH_ASSIGN(std::string real_path, context.env.files.RealPath(path));
  int64_t left_ms = context.deadline_boot_ms - context.env.clock.BootMs();
  UPGRAPH_ASSIGN(auto database, SqliteDatabase::Open(real_path, left_ms, context.cancel));
  UPGRAPH_ASSIGN(bool has_journal, context.env.files.Exists(path + "-journal"));
  if (is_ours && has_journal) {
    UPGRAPH_TRY(database->RemoveStaleJournal());
  }
  return database;
}

Result<bool> HasMarker(const StepContext& context, SqliteDatabase* database) {
  UPGRAPH_ASSIGN(bool has_table, database->HasTable(kMarkerTable));
  if (!has_table) {
    return false;
  }
  UPGRAPH_ASSIGN(auto rows, database->Query("SELECT 1 FROM upgraph_marker WHERE step = ?1",
                                            {MarkerKey(context)}));
  return !rows.empty();
}

// Tries the way there and back on a copy: a down script that does not bring the old dump back is
// found before anything was changed, not in the night. Returns how many bytes the way back writes
// at most before its commit frees them: every page once, as it was, and those by which the file
// grows.
Result<uint64_t> Rehearse(SqliteDatabase* database, const std::vector<Migration>& migrations) {
  UPGRAPH_ASSIGN(auto copy, database->CopyToMemory());
  UPGRAPH_ASSIGN(Digest before, copy->ContentDigest());
  UPGRAPH_TRY(copy->Begin());
  UPGRAPH_TRY(RunUps(copy.get(), migrations));
  UPGRAPH_ASSIGN(uint64_t pages_up, copy->Pages());
  UPGRAPH_TRY(RunDowns(copy.get(), migrations));
  UPGRAPH_ASSIGN(uint64_t pages_down, copy->Pages());
  UPGRAPH_ASSIGN(uint64_t page_bytes, copy->PageBytes());
  UPGRAPH_ASSIGN(Digest after, copy->ContentDigest());
  copy->Rollback();
  if (before != after) {
    return Error{
        ErrorKind::kInvalid,
        "on a copy of the database the down scripts did not bring back what the up scripts "
        "had changed"};
  }
  // A page is written twice where the database has a WAL: there, and then in its place.
  const uint64_t grown = pages_down > pages_up ? pages_down - pages_up : 0;
  return (pages_up + grown) * (page_bytes + kPageOverheadBytes) + grown * page_bytes +
         kFixedOverheadBytes;
}

// Blocks, and an inode, that are the way back's alone, in a private folder on the database's own
// mount: taken before the change, given back when the way back meets a full disk.
Result<std::string> ReservePath(const StepContext& context) {
  UPGRAPH_ASSIGN(std::string path, DatabasePath(context.step));
  UPGRAPH_ASSIGN(std::string folder, context.staging.FolderFor(path));
  return folder + "/reserve";
}

Status MakeReserve(const StepContext& context, uint64_t bytes) {
  UPGRAPH_ASSIGN(std::string reserve, ReservePath(context));
  env::Files& files = context.env.files;
  UPGRAPH_TRY(files.RemoveTree(reserve));
  UPGRAPH_TRY(files.WriteNew(reserve, "", 0600));
  for (uint64_t left = bytes; left > 0;) {
    const uint64_t piece = std::min(left, kReservePieceBytes);
    UPGRAPH_TRY(files.Append(reserve, std::string(piece, '\0')));
    left -= piece;
  }
  UPGRAPH_TRY(files.SyncFile(reserve));
  return files.SyncDirectory(env::ParentOf(reserve));
}

class SqliteMigrate : public NativeStep {
 public:
  Result<Estimate> EstimateCost(const StepContext& context) const override {
    UPGRAPH_ASSIGN(auto migrations, ReadMigrations(context));
    UPGRAPH_ASSIGN(std::string path, DatabasePath(context.step));
    const plan::Value* role = plan::FindField(context.step.arguments, "as");
    if (role != nullptr && role->text != "sql.no_password") {
      return Error{
          ErrorKind::kUnsupported,
          fmt::format("`{}` is an SQLite file, which knows no roles; leave `as` out", path)};
    }
    UPGRAPH_ASSIGN(env::FileStatus status, context.env.files.StatFollow(path));
    UPGRAPH_ASSIGN(auto database, OpenDatabase(context, false));
    uint64_t reserve_bytes = 0;
    if (status.size_bytes <= kRehearsalBytesMax) {
      UPGRAPH_ASSIGN(reserve_bytes, Rehearse(database.get(), migrations));
    }
    // The rollback journal may come to hold every page.
    return Estimate{context.step.takes_ms, context.step.undo_takes_ms, reserve_bytes,
                    status.size_bytes};
  }

  Observation Observe(const StepContext& context, const Captured* captured,
                      const Applied* applied) const override {
    auto database = OpenDatabase(context, captured != nullptr);
    if (!database.ok()) {
      return {World::kUnknown, database.error().message};
    }
    auto has_marker = HasMarker(context, database->get());
    if (!has_marker.ok()) {
      return {World::kUnknown, has_marker.error().message};
    }
    auto schema = (*database)->SchemaDigest();
    if (!schema.ok()) {
      return {World::kUnknown, schema.error().message};
    }
    if (!*has_marker) {
      bool is_changed = captured != nullptr && schema->Hex() != CapturedSchema(*captured);
      return is_changed ? Observation{World::kNeither, "the schema was changed by somebody else"}
                        : Observation{World::kBefore, ""};
    }
    if (applied != nullptr && *schema != applied->state) {
      return {World::kNeither, "the schema was changed by somebody else"};
    }
    return {World::kAfter, ""};
  }

  Result<Captured> Capture(const StepContext& context) const override {
    UPGRAPH_ASSIGN(std::string path, DatabasePath(context.step));
    std::string folder = env::ParentOf(path);
    UPGRAPH_ASSIGN(env::FileStatus status, context.env.files.StatFollow(folder));
    UPGRAPH_ASSIGN(auto database, OpenDatabase(context, false));
    UPGRAPH_ASSIGN(Digest schema, database->SchemaDigest());
    UPGRAPH_ASSIGN(env::FileStatus file, context.env.files.StatFollow(path));
    if (file.size_bytes <= kRehearsalBytesMax) {
      UPGRAPH_ASSIGN(auto migrations, ReadMigrations(context));
      UPGRAPH_ASSIGN(uint64_t reserve_bytes, Rehearse(database.get(), migrations));
      Status made = MakeReserve(context, reserve_bytes);
      if (!made.ok()) {
        return made.error().Within("the reserve for the way back");
      }
    }
    Captured captured;
    captured.undo = SchemaUndo(schema);
    // SQLite makes and removes its own journal beside the database.
    captured.directories.push_back({folder, status.mtime_ns});
    return captured;
  }

  Result<Applied> Apply(const StepContext& context, const Captured&) const override {
    UPGRAPH_ASSIGN(auto migrations, ReadMigrations(context));
    UPGRAPH_ASSIGN(auto database, OpenDatabase(context, true));
    UPGRAPH_TRY(database->Begin());
    UPGRAPH_ASSIGN(bool has_marker, HasMarker(context, database.get()));
    if (!has_marker) {
      UPGRAPH_TRY(RunUps(database.get(), migrations));
      UPGRAPH_TRY(
          database->Execute("CREATE TABLE IF NOT EXISTS upgraph_marker (step TEXT PRIMARY "
                            "KEY, epoch INTEGER NOT NULL)"));
      UPGRAPH_TRY(database->Execute("INSERT INTO upgraph_marker VALUES (?1, ?2)",
                                    {MarkerKey(context), std::to_string(context.epoch)}));
    }
    UPGRAPH_ASSIGN(Digest schema, database->SchemaDigest());
    UPGRAPH_TRY(database->Commit());
    return Applied{schema};
  }

  Status Revert(const StepContext& context, const Captured& captured) const override {
    Status reverted = RevertWith(context, captured, false);
    if (reverted.ok() || reverted.error().kind == ErrorKind::kBusy || context.cancel) {
      return reverted;
    }
    // A full disk has many names, of blocks and of inodes: whatever it was, there is one more try.
    auto reserve = ReservePath(context);
    if (!reserve.ok() || !context.env.files.RemoveFile(*reserve).ok()) {
      return reverted;
    }
    return RevertWith(context, captured, true);
  }

 private:
  static Status RevertWith(const StepContext& context, const Captured& captured, bool is_last_try) {
    UPGRAPH_ASSIGN(auto migrations, ReadMigrations(context));
    UPGRAPH_ASSIGN(auto database, OpenDatabase(context, true));
    if (is_last_try) {
      UPGRAPH_TRY(database->KeepTemporariesInMemory());
    }
    UPGRAPH_TRY(database->Begin());
    UPGRAPH_ASSIGN(bool has_marker, HasMarker(context, database.get()));
    if (!has_marker) {
      return OkStatus();  // it never happened, or it was taken back already
    }
    UPGRAPH_TRY(RunDowns(database.get(), migrations));
    UPGRAPH_TRY(
        database->Execute("DELETE FROM upgraph_marker WHERE step = ?1", {MarkerKey(context)}));
    UPGRAPH_ASSIGN(auto others, database->Query("SELECT 1 FROM upgraph_marker LIMIT 1"));
    if (others.empty()) {
      UPGRAPH_TRY(database->Execute("DROP TABLE upgraph_marker"));
    }
    UPGRAPH_ASSIGN(Digest schema, database->SchemaDigest());
    if (schema.Hex() != CapturedSchema(captured)) {
      return Error{ErrorKind::kFailed,
                   "the down scripts do not bring the old schema back; nothing was changed"};
    }
    return database->Commit();
  }
};

}  // namespace

const NativeStep& SqliteMigration() {
  static const auto* const kStep = new SqliteMigrate();
  return *kStep;
}

}  // namespace upgraph::steps
