#include "runtime/journal/database.h"

#include <sqlite3.h>

#include <cerrno>

#include "base/check.h"

namespace upgraph::journal {
namespace {

// kIo, kNoSpace, kBusy and kNotFound: the system did not give it, and nothing is known of the
// bytes. Everything else says that they are not what they should be.
ErrorKind KindOf(sqlite3* handle, int code) {
  if (code == SQLITE_IOERR_SHORT_READ) {
    return ErrorKind::kDamaged;
  }
  switch (code & 0xff) {
    case SQLITE_FULL:
      return ErrorKind::kNoSpace;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorKind::kBusy;
    case SQLITE_CANTOPEN:
      return handle != nullptr && sqlite3_system_errno(handle) == ENOENT ? ErrorKind::kNotFound
                                                                         : ErrorKind::kIo;
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_PROTOCOL:
    case SQLITE_NOLFS:
      return ErrorKind::kIo;
    default:
      return ErrorKind::kDamaged;
  }
}

Error SqliteError(sqlite3* handle, int code) {
  return {KindOf(handle, code),
          std::string("journal: ") + (handle != nullptr ? sqlite3_errmsg(handle) : "no memory")};
}

// How long a statement waits for another connection; readers are short.
constexpr int kBusyMs = 10'000;

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)) {}

Statement::~Statement() { sqlite3_finalize(statement_); }

void Statement::BindInt(int index, int64_t value) {
  UPGRAPH_CHECK(sqlite3_bind_int64(statement_, index, value) == SQLITE_OK);
}

void Statement::BindText(int index, std::string_view text) {
  UPGRAPH_CHECK(sqlite3_bind_text64(statement_, index, text.data() == nullptr ? "" : text.data(),
                                    text.size(), SQLITE_TRANSIENT, SQLITE_UTF8) == SQLITE_OK);
}

void Statement::BindBlob(int index, std::string_view bytes) {
  UPGRAPH_CHECK(sqlite3_bind_blob64(statement_, index, bytes.data() == nullptr ? "" : bytes.data(),
                                    bytes.size(), SQLITE_TRANSIENT) == SQLITE_OK);
}

Result<bool> Statement::Step() {
  int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW || code == SQLITE_DONE) {
    return code == SQLITE_ROW;
  }
  return SqliteError(sqlite3_db_handle(statement_), code);
}

Status Statement::Run() {
  auto row = Step();
  Reset();
  if (!row.ok()) {
    return row.error();
  }
  return OkStatus();
}

void Statement::Reset() { sqlite3_reset(statement_); }

int64_t Statement::Int(int column) const { return sqlite3_column_int64(statement_, column); }

std::string Statement::Text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  int size = sqlite3_column_bytes(statement_, column);
  return bytes == nullptr ? std::string()
                          : std::string(static_cast<const char*>(bytes), static_cast<size_t>(size));
}

bool IsReadErrorCode(int code) { return KindOf(nullptr, code) == ErrorKind::kIo; }

Result<std::unique_ptr<Database>> Database::Open(const std::string& real_path, Mode mode) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW;
  switch (mode) {
    case Mode::kCreate:
      flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
      break;
    case Mode::kReadWrite:
      flags |= SQLITE_OPEN_READWRITE;
      break;
    case Mode::kReadOnly:
      flags |= SQLITE_OPEN_READONLY;
      break;
  }
  sqlite3* handle = nullptr;
  int code = sqlite3_open_v2(real_path.c_str(), &handle, flags, nullptr);
  if (code != SQLITE_OK) {
    Error error = SqliteError(handle, code);
    sqlite3_close_v2(handle);
    return error;
  }
  auto database = std::unique_ptr<Database>(new Database(handle));
  sqlite3_busy_timeout(handle, kBusyMs);
  if (mode == Mode::kReadOnly) {
    sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    return database;
  }
  UPGRAPH_TRY(
      database->Execute("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;"
                        "PRAGMA trusted_schema = OFF;"));
  if (mode == Mode::kCreate) {
    UPGRAPH_TRY(database->Execute("PRAGMA journal_mode = OFF"));
    return database;
  }
  UPGRAPH_TRY(database->Execute("PRAGMA journal_mode = WAL"));
  // The WAL keeps its blocks: a full disk must not stop the next commit.
  int keep = 1;
  sqlite3_file_control(handle, "main", SQLITE_FCNTL_PERSIST_WAL, &keep);
  sqlite3_wal_hook(
      handle,
      [](void* self, sqlite3*, const char*, int frames) {
        static_cast<Database*>(self)->wal_frame_count_ = frames;
        return SQLITE_OK;
      },
      database.get());
  return database;
}

Database::~Database() { sqlite3_close_v2(handle_); }

Status Database::Execute(const char* sql) {
  int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) {
    return SqliteError(handle_, code);
  }
  return OkStatus();
}

Result<Statement> Database::Prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  int code = sqlite3_prepare_v2(handle_, sql, -1, &statement, nullptr);
  if (code != SQLITE_OK) {
    return SqliteError(handle_, code);
  }
  return Statement(statement);
}

int64_t Database::ChangeCount() const { return sqlite3_changes64(handle_); }

Status Database::Checkpoint() {
  int code =
      sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) {
    return SqliteError(handle_, code);
  }
  return OkStatus();
}

Status Database::EmptyWal() {
  const int code =
      sqlite3_wal_checkpoint_v2(handle_, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  if (code != SQLITE_OK) {
    return SqliteError(handle_, code);
  }
  wal_frame_count_ = 0;
  return OkStatus();
}

}  // namespace upgraph::journal
