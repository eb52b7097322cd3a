#include "runtime/clients/sqlite.h"

#include <atomic>
#include <fstream>

#include "tests/support/catch.h"
#include "tests/support/temporary_folder.h"

namespace upgraph {
namespace {

using clients::SqliteDatabase;

std::unique_ptr<SqliteDatabase> OpenFor(const std::string& path, int64_t busy_ms,
                                        const std::atomic<bool>& cancel) {
  auto database = SqliteDatabase::Open(path, busy_ms, cancel);
  INFO((database.ok() ? "" : database.error().message));
  REQUIRE(database.ok());
  return std::move(*database);
}

TEST_CASE("whoever has an SQLite database is waited for as long as said, and named as busy") {
  support::TemporaryFolder folder;
  const std::string path = folder.Write("box.db", "");
  std::atomic<bool> cancel{false};
  auto holder = OpenFor(path, 1000, cancel);
  REQUIRE(holder->Begin().ok());
  Status begun = OpenFor(path, 50, cancel)->Begin();
  REQUIRE_FALSE(begun.ok());
  CHECK(begun.error().kind == ErrorKind::kBusy);
  holder->Rollback();
  CHECK(OpenFor(path, 50, cancel)->Begin().ok());
}

TEST_CASE("whoever asks to stop ends the wait for an SQLite database") {
  support::TemporaryFolder folder;
  const std::string path = folder.Write("box.db", "");
  std::atomic<bool> cancel{false};
  auto holder = OpenFor(path, 1000, cancel);
  REQUIRE(holder->Begin().ok());
  std::atomic<bool> is_cancelled{false};
  auto waiter = OpenFor(path, 3'600'000, is_cancelled);
  is_cancelled = true;
  Status begun = waiter->Begin();  // or this test takes an hour
  REQUIRE_FALSE(begun.ok());
  CHECK(begun.error().kind == ErrorKind::kBusy);
}

}  // namespace
}  // namespace upgraph
