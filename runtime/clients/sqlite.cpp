#include "runtime/clients/sqlite.h"

#include <sqlite3.h>

#include <algorithm>

namespace upgraph::clients {
namespace {

// How many steps of SQLite's machine pass between two looks at `cancel`.
constexpr int kProgressSteps = 10'000;
// How long somebody who waits for other connections sleeps between two looks.
constexpr int kBusyLookMs = 10;

// What a script may not do: its transaction is ours, and so is the file it works on.
int AuthorizeScript(void*, int action, const char* first, const char*, const char*, const char*) {
  switch (action) {
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
    case SQLITE_ATTACH:
    case SQLITE_DETACH:
      return SQLITE_DENY;
    case SQLITE_PRAGMA: {
      // Pragmas that only look, or that concern this transaction.
      static const char* const kAllowed[] = {"table_info", "index_list", "foreign_key_check",
                                             "defer_foreign_keys"};
      bool is_allowed = std::any_of(
          std::begin(kAllowed), std::end(kAllowed),
          [&](const char* name) { return first != nullptr && std::string(first) == name; });
      return is_allowed ? SQLITE_OK : SQLITE_DENY;
    }
    default:
      return SQLITE_OK;
  }
}

std::string QuoteName(const std::string& name) {
  std::string quoted = "\"";
  for (char c : name) {
    quoted += c;
    if (c == '"') {
      quoted += c;
    }
  }
  return quoted + "\"";
}

}  // namespace

Error SqliteDatabase::LastError(const std::string& what) const {
  int code = sqlite3_errcode(handle_) & 0xff;
  ErrorKind kind = ErrorKind::kFailed;
  switch (code) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      kind = ErrorKind::kBusy;
      break;
    case SQLITE_FULL:
      kind = ErrorKind::kNoSpace;
      break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      kind = ErrorKind::kDamaged;
      break;
    case SQLITE_INTERRUPT:
      kind = ErrorKind::kInterrupted;
      break;
    case SQLITE_IOERR:
      kind = ErrorKind::kIo;
      break;
    default:
      break;
  }
  return {kind, what + ": " + sqlite3_errmsg(handle_)};
}

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::Open(const std::string& real_path,
                                                             int64_t busy_ms,
                                                             const std::atomic<bool>& cancel) {
  sqlite3* handle = nullptr;
  int code =
      sqlite3_open_v2(real_path.c_str(), &handle,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  auto database = std::unique_ptr<SqliteDatabase>(new SqliteDatabase(handle, cancel));
  if (code != SQLITE_OK) {
    return database->LastError("cannot open the database");
  }
  database->busy_ms_ = busy_ms;
  sqlite3_busy_handler(handle, WaitWhileBusy, database.get());
  database->Watch();
  // EXTRA also syncs the folder after the rollback journal is removed: without that a power cut
  // could bring the journal back, and with it undo what was reported as done.
  UPGRAPH_TRY(database->Execute("PRAGMA synchronous = EXTRA"));
  UPGRAPH_TRY(database->Execute("PRAGMA foreign_keys = OFF"));  // scripts may rebuild tables
  return database;
}

SqliteDatabase::~SqliteDatabase() { sqlite3_close_v2(handle_); }

// SQLite's own timeout would wait to its end, whoever asks to stop.
int SqliteDatabase::WaitWhileBusy(void* database, int times_before) {
  const auto* self = static_cast<const SqliteDatabase*>(database);
  if (self->cancel_ || int64_t{times_before} * kBusyLookMs >= self->busy_ms_) {
    return 0;
  }
  sqlite3_sleep(kBusyLookMs);
  return 1;
}

void SqliteDatabase::Watch() {
  sqlite3_progress_handler(
      handle_, kProgressSteps,
      [](void* flag) { return static_cast<const std::atomic<bool>*>(flag)->load() ? 1 : 0; },
      const_cast<std::atomic<bool>*>(&cancel_));
}

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::CopyToMemory() const {
  sqlite3* handle = nullptr;
  int code =
      sqlite3_open_v2(":memory:", &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  auto copy = std::unique_ptr<SqliteDatabase>(new SqliteDatabase(handle, cancel_));
  if (code != SQLITE_OK) {
    return copy->LastError("cannot make a copy in memory");
  }
  sqlite3_backup* backup = sqlite3_backup_init(handle, "main", handle_, "main");
  if (backup == nullptr || sqlite3_backup_step(backup, -1) != SQLITE_DONE) {
    sqlite3_backup_finish(backup);
    return copy->LastError("cannot copy the database");
  }
  sqlite3_backup_finish(backup);
  copy->Watch();
  return copy;
}

Status SqliteDatabase::RemoveStaleJournal() {
  UPGRAPH_TRY(Begin());
  UPGRAPH_ASSIGN(auto version, Query("PRAGMA user_version"));
  UPGRAPH_TRY(Execute("PRAGMA user_version = " + version.at(0)));
  return Commit();
}

Status SqliteDatabase::Begin() { return Execute("BEGIN IMMEDIATE"); }
Status SqliteDatabase::Commit() { return Execute("COMMIT"); }

void SqliteDatabase::Rollback() {
  if (sqlite3_get_autocommit(handle_) == 0) {
    sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

Result<uint64_t> SqliteDatabase::QueryNumber(const std::string& sql) {
  UPGRAPH_ASSIGN(auto rows, Query(sql));
  return std::stoull(rows.at(0));
}

Result<uint64_t> SqliteDatabase::Pages() { return QueryNumber("PRAGMA page_count"); }
Result<uint64_t> SqliteDatabase::PageBytes() { return QueryNumber("PRAGMA page_size"); }

Status SqliteDatabase::KeepTemporariesInMemory() { return Execute("PRAGMA temp_store = MEMORY"); }

Status SqliteDatabase::RunScript(const std::string& script) {
  sqlite3_set_authorizer(handle_, AuthorizeScript, nullptr);
  int code = sqlite3_exec(handle_, script.c_str(), nullptr, nullptr, nullptr);
  sqlite3_set_authorizer(handle_, nullptr, nullptr);
  if (code == SQLITE_AUTH) {
    return Error{ErrorKind::kInvalid,
                 "a migration may not begin or end transactions, attach files or set pragmas"};
  }
  if (code != SQLITE_OK) {
    return LastError("the script failed");
  }
  return OkStatus();
}

Status SqliteDatabase::Execute(const std::string& sql, const std::vector<std::string>& texts) {
  auto rows = Query(sql, texts);
  if (!rows.ok()) {
    return rows.error();
  }
  return OkStatus();
}

Result<std::vector<std::string>> SqliteDatabase::Query(const std::string& sql,
                                                       const std::vector<std::string>& texts) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
    return LastError("the database refused a statement");
  }
  for (size_t i = 0; i < texts.size(); ++i) {
    sqlite3_bind_text64(statement, static_cast<int>(i + 1), texts[i].data(), texts[i].size(),
                        SQLITE_TRANSIENT, SQLITE_UTF8);
  }
  std::vector<std::string> rows;
  int code = sqlite3_step(statement);
  for (; code == SQLITE_ROW; code = sqlite3_step(statement)) {
    const void* bytes = sqlite3_column_blob(statement, 0);
    int size = sqlite3_column_bytes(statement, 0);
    rows.emplace_back(static_cast<const char*>(bytes), static_cast<size_t>(bytes ? size : 0));
  }
  // The error is the connection's; finalize would say it again.
  Result<std::vector<std::string>> result = code == SQLITE_DONE
                                                ? Result<std::vector<std::string>>(std::move(rows))
                                                : LastError("the database failed");
  sqlite3_finalize(statement);
  return result;
}

Result<bool> SqliteDatabase::HasTable(const std::string& name) {
  UPGRAPH_ASSIGN(auto rows,
                 Query("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1", {name}));
  return !rows.empty();
}

Result<Digest> SqliteDatabase::SchemaDigest() {
  UPGRAPH_ASSIGN(auto rows, Query("SELECT type || ' ' || name || ' ' || tbl_name || ' ' || "
                                  "coalesce(sql, '') FROM sqlite_schema WHERE tbl_name NOT LIKE "
                                  "'upgraph\\_%' ESCAPE '\\' ORDER BY type, name"));
  DigestBuilder builder;
  for (const std::string& row : rows) {
    builder.AddField(row);
  }
  return builder.Finish();
}

Result<Digest> SqliteDatabase::ContentDigest() {
  DigestBuilder builder;
  UPGRAPH_ASSIGN(Digest schema, SchemaDigest());
  builder.AddField(schema.Hex());
  UPGRAPH_ASSIGN(
      auto tables,
      Query("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE "
            "'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE 'upgraph\\_%' ESCAPE '\\' ORDER BY name"));
  for (const std::string& table : tables) {
    builder.AddField(table);
    // quote() of every column tells types apart: 1, '1' and X'31' differ.
    UPGRAPH_ASSIGN(auto columns, Query("SELECT 'quote(' || '\"' || replace(name, '\"', '\"\"') || "
                                       "'\")' FROM pragma_table_info(?1)",
                                       {table}));
    std::string list;
    for (const std::string& column : columns) {
      list += (list.empty() ? "" : " || ',' || ") + column;
    }
    UPGRAPH_ASSIGN(auto rows,
                   Query("SELECT " + list + " FROM " + QuoteName(table) + " ORDER BY 1"));
    for (const std::string& row : rows) {
      builder.AddField(row);
    }
  }
  return builder.Finish();
}

}  // namespace upgraph::clients
