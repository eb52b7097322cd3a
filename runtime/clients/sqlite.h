#pragma once

// SQLite databases of the product, as migrations need them. The journal has an SQLite of its own;
// the two share nothing.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/result.h"

struct sqlite3;

namespace upgraph::clients {

// One connection; of one thread at a time.
class SqliteDatabase {
 public:
  // Opens an existing database for writing, synchronous = EXTRA. `busy_ms` bounds each wait for
  // other connections; `cancel` ends that wait, and interrupts statements.
  static Result<std::unique_ptr<SqliteDatabase>> Open(const std::string& real_path, int64_t busy_ms,
                                                      const std::atomic<bool>& cancel);
  ~SqliteDatabase();
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  // A private copy in memory, for trying things out.
  Result<std::unique_ptr<SqliteDatabase>> CopyToMemory() const;

  // Removes a rollback journal that a killed writer left before anything was in it. SQLite takes
  // back what a used one holds by itself, but lets an unused one lie; a write that changes nothing
  // takes it over and removes it.
  Status RemoveStaleJournal();

  Status Begin();  // immediate: the write lock is held from here on
  Status Commit();
  void Rollback();
  // How large the file is as the transaction would leave it.
  Result<uint64_t> Pages();
  Result<uint64_t> PageBytes();
  // From here on nothing goes to files that SQLite would make elsewhere; not in a transaction.
  Status KeepTemporariesInMemory();
  // Runs a script of the package inside the transaction. Statements that would end it, open other
  // files or change how the database is stored are refused.
  Status RunScript(const std::string& script);
  // Runs our own statement; `texts` are bound to ?1 …
  Status Execute(const std::string& sql, const std::vector<std::string>& texts = {});
  // The first column of every row.
  Result<std::vector<std::string>> Query(const std::string& sql,
                                         const std::vector<std::string>& texts = {});

  // Over schema and all rows of all tables, those named `upgraph_…` aside: equal digests mean equal
  // dumps.
  Result<Digest> ContentDigest();
  // Over the schema alone.
  Result<Digest> SchemaDigest();
  Result<bool> HasTable(const std::string& name);

 private:
  SqliteDatabase(sqlite3* handle, const std::atomic<bool>& cancel)
      : handle_(handle), cancel_(cancel) {}
  static int WaitWhileBusy(void* database, int times_before);
  void Watch();
  Result<uint64_t> QueryNumber(const std::string& sql);
  Error LastError(const std::string& what) const;

  sqlite3* handle_;
  const std::atomic<bool>& cancel_;
  int64_t busy_ms_ = 0;
};

}  // namespace upgraph::clients
