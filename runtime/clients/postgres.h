#pragma once

// PostgreSQL databases of the product, in sessions of the run's own: migrations and locks need one
// that nobody else is given in between.
// How the server behaves: https://www.postgresql.org/docs/current/libpq.html and
// https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "runtime/env/env.h"

struct pg_conn;

namespace upgraph::clients {

struct PostgresAddress {
  std::string connection;  // as libpq takes it: "service=dten", without a password
  std::string password;    // empty: none
};

// One session; of one thread at a time. It ends with the object, and the server ends what it held.
class PostgresDatabase {
 public:
  // Waits for the server, and for each answer of it, until `end_boot_ms` of the clock or until
  // `cancel`; the server ends statements of the session then as well. kInvalid: the address has a
  // password in it. kUnsupported: the session is one of a pooler, which gives it to others.
  // kIo, kBusy: nobody answers, or there is no room for one more.
  static Result<std::unique_ptr<PostgresDatabase>> Open(env::Clock& clock,
                                                        const PostgresAddress& address,
                                                        int64_t end_boot_ms,
                                                        const std::atomic<bool>& cancel);
  ~PostgresDatabase();
  PostgresDatabase(const PostgresDatabase&) = delete;
  PostgresDatabase& operator=(const PostgresDatabase&) = delete;

  // The advisory lock that others take by `pg_advisory_lock(hashtextextended('NAME', 0))`, until
  // the session ends. False: somebody else has it.
  Result<bool> TryLock(const std::string& name);
  // Ends sessions that have that lock: of a runner that is dead, or is about to be.
  Status EndHoldersOf(const std::string& name);
  // Whether the session is known to have ended: the server told so, or the line is closed.
  bool HasEnded();

  Status Begin();
  Status Commit();  // an error does not say that nothing was committed
  // A point in the transaction, and back to it.
  Status Mark();
  Status BackToMark();
  // Runs a script of the package inside the transaction. Statements that would end it are refused
  // by the server.
  Status RunScript(const std::string& script);
  // Runs our own statement; `texts` stand for $1 …
  Status Execute(const std::string& sql, const std::vector<std::string>& texts = {});
  // The first column of every row.
  Result<std::vector<std::string>> Query(const std::string& sql,
                                         const std::vector<std::string>& texts = {});
  // The same of a statement that answers with one row.
  Result<std::string> QueryOne(const std::string& sql, const std::vector<std::string>& texts = {});

  // Over what the database is made of: tables, columns, constraints, indexes, views, functions,
  // triggers, types, rights, owners, and what else a dump of the schema has, without comments, the
  // order of columns and objects named `upgraph_…`. Equal digests mean equal schemas.
  Result<Digest> SchemaDigest();

 private:
  PostgresDatabase(env::Clock& clock, pg_conn* connection, int64_t end_boot_ms,
                   const std::atomic<bool>& cancel)
      : clock_(clock), connection_(connection), end_boot_ms_(end_boot_ms), cancel_(cancel) {}
  Status WaitForConnection();
  Status SetUp();
  Status SendAll();
  // Until there is something to read, or to write where that is asked.
  Status Wait(bool for_write);
  Error ConnectionError(const std::string& what) const;

  env::Clock& clock_;
  pg_conn* connection_;
  const int64_t end_boot_ms_;
  const std::atomic<bool>& cancel_;
};

}  // namespace upgraph::clients
