#pragma once

// SQLite, wrapped as thinly as this folder needs: results instead of codes, one owner for handles.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace upgraph::journal {

// A prepared statement. Bind, Step, read; Reset to use it again. Columns and parameters count from
// 0 and 1, as in SQLite.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  void BindInt(int index, int64_t value);
  void BindText(int index, std::string_view text);
  void BindBlob(int index, std::string_view bytes);
  // True: a row is there. False: done.
  Result<bool> Step();
  // Step for statements that give no rows; resets the statement.
  Status Run();
  void Reset();

  int64_t Int(int column) const;
  std::string Text(int column) const;  // also of blobs

 private:
  friend class Database;
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  sqlite3_stmt* statement_ = nullptr;
};

// Whether a code of SQLite says that the system did not give what should be read.
bool IsReadErrorCode(int code);

class Database {
 public:
  // kCreate: an empty database in a folder that nobody knows yet, without a log: a commit is
  // synced, but one that is interrupted leaves ruins. Opened with kReadWrite later it gets its WAL.
  enum class Mode { kCreate, kReadWrite, kReadOnly };

  // kReadOnly neither checkpoints nor removes the WAL when it closes: a reader that happens to be
  // the last one out leaves the files of a dead run as they were.
  static Result<std::unique_ptr<Database>> Open(const std::string& real_path, Mode mode);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Status Execute(const char* sql);
  Result<Statement> Prepare(const char* sql);
  int64_t ChangeCount() const;  // rows of the last statement

  // Moves the WAL's content into the database, as far as no reader holds it back, so that the next
  // commit starts at the WAL's beginning again.
  Status Checkpoint();
  // The same, and the WAL holds nothing afterwards. kBusy: a reader still looks at it.
  Status EmptyWal();
  int wal_frame_count() const { return wal_frame_count_; }  // after the last commit

 private:
  explicit Database(sqlite3* handle) : handle_(handle) {}
  sqlite3* handle_;
  int wal_frame_count_ = 0;
};

}  // namespace upgraph::journal
