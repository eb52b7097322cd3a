#include "runtime/clients/postgres.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <cstring>
#include <optional>

namespace upgraph::clients {
namespace {

// How long somebody who waits for the server sleeps between two looks at `cancel`.
constexpr int64_t kLookMs = 20;
// A client that is gone without a word is noticed by the server in about this time.
constexpr const char* kGoneClientSeconds = "10";

constexpr Oid kTextType = 25;  // of pg_type.dat; it never changes

using PgResult = std::unique_ptr<PGresult, decltype(&PQclear)>;

struct ClassOfErrors {
  const char* prefix;  // of the SQLSTATE
  ErrorKind kind;
};

// https://www.postgresql.org/docs/current/errcodes-appendix.html; the first that fits.
constexpr ClassOfErrors kClassesOfErrors[] = {
    {"08", ErrorKind::kIo},         {"57P", ErrorKind::kIo},
    {"53100", ErrorKind::kNoSpace}, {"53", ErrorKind::kBusy},
    {"40", ErrorKind::kBusy},       {"55P03", ErrorKind::kTimeout},
    {"57014", ErrorKind::kTimeout}, {"42501", ErrorKind::kPermission},
    {"28", ErrorKind::kPermission}, {"58", ErrorKind::kIo},
};

ErrorKind KindOf(const char* state) {
  const auto* found = std::find_if(
      std::begin(kClassesOfErrors), std::end(kClassesOfErrors), [&](const ClassOfErrors& known) {
        return state != nullptr &&
               std::strncmp(state, known.prefix, std::strlen(known.prefix)) == 0;
      });
  return found == std::end(kClassesOfErrors) ? ErrorKind::kFailed : found->kind;
}

std::string OneLine(std::string text) {
  while (!text.empty() && text.back() == '\n') {
    text.pop_back();
  }
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

// The first line of it alone: what stands below may show rows.
Error ErrorOf(const PGresult* result) {
  const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  return {KindOf(PQresultErrorField(result, PG_DIAG_SQLSTATE)),
          message == nullptr ? OneLine(PQresultErrorMessage(result)) : OneLine(message)};
}

Status RefusePassword(const std::string& connection) {
  char* wrong = nullptr;
  PQconninfoOption* options = PQconninfoParse(connection.c_str(), &wrong);
  if (options == nullptr) {
    // What libpq says of it may show parts of it, and one of them may be the password.
    PQfreemem(wrong);
    return Error{ErrorKind::kInvalid,
                 "the connection is none that libpq can read: `service=…`, `dbname=… host=…`"};
  }
  bool has_password = false;
  for (const PQconninfoOption* option = options; option->keyword != nullptr; ++option) {
    has_password = has_password || (option->val != nullptr && option->dispchar[0] == '*');
  }
  PQconninfoFree(options);
  if (has_password) {
    return Error{ErrorKind::kInvalid,
                 "the connection has a password in it, which everybody can read who has the "
                 "package; it comes from the service file, from .pgpass, or from `as`"};
  }
  return OkStatus();
}

}  // namespace

Error PostgresDatabase::ConnectionError(const std::string& what) const {
  return {ErrorKind::kIo, what + ": " + OneLine(PQerrorMessage(connection_))};
}

Status PostgresDatabase::Wait(bool for_write) {
  while (true) {
    if (cancel_.load()) {
      return Error{ErrorKind::kInterrupted, "stopped while waiting for the database"};
    }
    const int64_t left_ms = end_boot_ms_ - clock_.BootMs();
    if (left_ms <= 0) {
      return Error{ErrorKind::kTimeout, "the database has not answered in time"};
    }
    const auto events = static_cast<int16_t>(for_write ? POLLIN | POLLOUT : POLLIN);
    pollfd socket{PQsocket(connection_), events, 0};
    if (poll(&socket, 1, static_cast<int>(std::min(left_ms, kLookMs))) > 0) {
      return OkStatus();
    }
  }
}

Status PostgresDatabase::WaitForConnection() {
  // libpq wants to write first, whatever it says then.
  for (PostgresPollingStatusType next = PGRES_POLLING_WRITING; next != PGRES_POLLING_OK;) {
    if (next == PGRES_POLLING_FAILED || PQsocket(connection_) < 0) {
      Error error = ConnectionError("cannot reach the database");
      const bool is_full = error.message.find("too many clients") != std::string::npos ||
                           error.message.find("connection slots") != std::string::npos;
      error.kind = is_full ? ErrorKind::kBusy : error.kind;
      return error;
    }
    UPGRAPH_TRY(Wait(next == PGRES_POLLING_WRITING));
    next = PQconnectPoll(connection_);
  }
  return OkStatus();
}

// What a role or a database may have set otherwise, and this session must not have.
Status PostgresDatabase::SetUp() {
  const std::string left_ms = std::to_string(std::max<int64_t>(1, end_boot_ms_ - clock_.BootMs()));
  UPGRAPH_ASSIGN(const std::string pid, QueryOne("SELECT pg_backend_pid()"));
  if (pid != std::to_string(PQbackendPID(connection_))) {
    return Error{ErrorKind::kUnsupported,
                 "the session is one of a pooler, which gives it to others in between; a lock or a "
                 "migration needs the address of the server itself"};
  }
  // A COMMIT is else told before it is durable. The last two have come with PostgreSQL 14: a client
  // that is gone is noticed in the middle of a statement, and one that waits is not sent away.
  return Execute(
      "SELECT set_config(name, wanted, false) FROM (VALUES "
      "('statement_timeout', $1), ('idle_in_transaction_session_timeout', $1), "
      "('tcp_keepalives_idle', $2), ('tcp_keepalives_interval', $2), "
      "('standard_conforming_strings', 'on'), ('synchronous_commit', 'on'), "
      "('client_connection_check_interval', $2 || 's'), ('idle_session_timeout', '0')) "
      "AS own (name, wanted) JOIN pg_settings USING (name) "
      "WHERE name <> 'synchronous_commit' OR setting = 'off'",
      {left_ms, kGoneClientSeconds});
}

Result<std::unique_ptr<PostgresDatabase>> PostgresDatabase::Open(env::Clock& clock,
                                                                 const PostgresAddress& address,
                                                                 int64_t end_boot_ms,
                                                                 const std::atomic<bool>& cancel) {
  UPGRAPH_TRY(RefusePassword(address.connection));
  std::vector<const char*> keys = {"dbname", "application_name", "client_encoding"};
  std::vector<const char*> values = {address.connection.c_str(), "upgraph", "UTF8"};
  if (!address.password.empty()) {
    keys.push_back("password");
    values.push_back(address.password.c_str());
  }
  keys.push_back(nullptr);
  values.push_back(nullptr);
  pg_conn* connection = PQconnectStartParams(keys.data(), values.data(), 1);
  if (connection == nullptr) {
    return Error{ErrorKind::kIo, "no memory for a session of the database"};
  }
  auto database = std::unique_ptr<PostgresDatabase>(
      new PostgresDatabase(clock, connection, end_boot_ms, cancel));
  UPGRAPH_TRY(database->WaitForConnection());
  PQsetNoticeProcessor(
      connection, [](void*, const char*) {}, nullptr);
  PQsetnonblocking(connection, 1);
  UPGRAPH_TRY(database->SetUp());
  return database;
}

PostgresDatabase::~PostgresDatabase() { PQfinish(connection_); }

Status PostgresDatabase::SendAll() {
  int flushed = 0;
  while ((flushed = PQflush(connection_)) == 1) {
    UPGRAPH_TRY(Wait(true));
    // The server may want to be heard before it goes on to listen.
    if (PQconsumeInput(connection_) == 0) {
      return ConnectionError("the session has ended");
    }
  }
  return flushed == 0 ? OkStatus() : Status(ConnectionError("the session has ended"));
}

Result<std::vector<std::string>> PostgresDatabase::Query(const std::string& sql,
                                                         const std::vector<std::string>& texts) {
  std::vector<const char*> values;
  for (const std::string& text : texts) {
    values.push_back(text.c_str());
  }
  const std::vector<Oid> types(texts.size(), kTextType);
  if (PQsendQueryParams(connection_, sql.c_str(), static_cast<int>(values.size()), types.data(),
                        values.data(), nullptr, nullptr, 0) == 0) {
    return ConnectionError("the session has ended");
  }
  UPGRAPH_TRY(SendAll());
  std::vector<std::string> rows;
  std::optional<Error> error;
  while (true) {
    while (PQisBusy(connection_) != 0) {
      UPGRAPH_TRY(Wait(false));
      if (PQconsumeInput(connection_) == 0) {
        return ConnectionError("the session has ended");
      }
    }
    const PgResult result(PQgetResult(connection_), PQclear);
    if (result == nullptr) {
      break;
    }
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && !error.has_value()) {
      error = ErrorOf(result.get());
    }
    for (int row = 0; row < PQntuples(result.get()); ++row) {
      rows.emplace_back(PQgetvalue(result.get(), row, 0),
                        static_cast<size_t>(PQgetlength(result.get(), row, 0)));
    }
  }
  if (error.has_value()) {
    return *error;
  }
  return rows;
}

Result<std::string> PostgresDatabase::QueryOne(const std::string& sql,
                                               const std::vector<std::string>& texts) {
  UPGRAPH_ASSIGN(auto rows, Query(sql, texts));
  if (rows.size() != 1) {
    return Error{ErrorKind::kFailed,
                 fmt::format("the database answers with {} rows where there is one", rows.size())};
  }
  return std::move(rows.front());
}

Status PostgresDatabase::Execute(const std::string& sql, const std::vector<std::string>& texts) {
  auto rows = Query(sql, texts);
  return rows.ok() ? OkStatus() : Status(rows.error());
}

Result<bool> PostgresDatabase::TryLock(const std::string& name) {
  UPGRAPH_ASSIGN(const std::string is_ours,
                 QueryOne("SELECT pg_try_advisory_lock(hashtextextended($1, 0))", {name}));
  return is_ours == "t";
}

Status PostgresDatabase::EndHoldersOf(const std::string& name) {
  // A key of one number stands in pg_locks as its two halves, with an `objsubid` of 1.
  return Execute(
      "SELECT pg_terminate_backend(pid) FROM pg_locks, hashtextextended($1, 0) AS key "
      "WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND pid <> pg_backend_pid() "
      "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
      "AND classid::bigint = (key >> 32) & 4294967295 AND objid::bigint = key & 4294967295",
      {name});
}

bool PostgresDatabase::HasEnded() {
  return PQconsumeInput(connection_) == 0 || PQstatus(connection_) != CONNECTION_OK;
}

Status PostgresDatabase::Begin() { return Execute("BEGIN"); }

Status PostgresDatabase::Commit() {
  // A transaction that an error has ended answers COMMIT with a rollback, and no error.
  const PGTransactionStatusType status = PQtransactionStatus(connection_);
  if (status != PQTRANS_INTRANS) {
    return Error{ErrorKind::kFailed, "there is no transaction that could be committed"};
  }
  return Execute("COMMIT");
}

Status PostgresDatabase::Mark() { return Execute("SAVEPOINT upgraph_mark"); }
Status PostgresDatabase::BackToMark() { return Execute("ROLLBACK TO SAVEPOINT upgraph_mark"); }

// What PL/pgSQL executes can be many statements, and none of them may begin or end transactions.
Status PostgresDatabase::RunScript(const std::string& script) {
  if (script.find('\0') != std::string::npos) {
    return Error{ErrorKind::kInvalid, "the script has a zero byte in it, where it would end"};
  }
  const auto quote = [this](const std::string& text) {
    char* quoted = PQescapeLiteral(connection_, text.data(), text.size());
    std::string result = quoted == nullptr ? "" : quoted;
    PQfreemem(quoted);
    return result;
  };
  const std::string quoted = quote(script);
  if (quoted.empty()) {
    return Error{ErrorKind::kInvalid, "the script is no text in UTF-8"};
  }
  Status ran = Execute("DO " + quote("BEGIN EXECUTE " + quoted + "; END"));
  if (!ran.ok() && ran.error().message.find("EXECUTE of transaction") != std::string::npos) {
    return Error{ErrorKind::kInvalid, "a migration may not begin or end transactions"};
  }
  return ran;
}

}  // namespace upgraph::clients
