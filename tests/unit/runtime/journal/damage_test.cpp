// Whatever happens to a journal's bytes: either it says what it said, or it is not believed, and
// stays as it is. With UPGRAPH_EVERY_BYTE=1 each byte is flipped and each length is cut to, which
// takes minutes: `./dev torture damage`.

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

#include "runtime/clients/sqlite.h"
#include "runtime/journal/event_row.h"
#include "runtime/journal/head.h"
#include "runtime/journal/journal.h"
#include "tests/support/catch.h"
#include "tests/unit/runtime/journal/sample_run.h"

namespace upgraph::journal {
namespace {

using test::kRunFolder;
using test::SampleRun;

std::string ReadBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void WriteBytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// All that a journal says.
std::string Told(const Contents& contents) {
  const RunInfo& info = contents.info;
  std::string text = fmt::format("{} {} {} {} {} {} {} {} {} {} {}\n", info.run_id, info.product,
                                 info.from, info.to, info.package_digest.Hex(),
                                 info.plan_digest.Hex(), info.step_count, info.opened_wall_ms,
                                 info.boot_id, info.window.begin_wall_ms, info.window.end_wall_ms);
  for (const auto& [name, answer] : info.facts) {
    text += fmt::format("fact {} {}\n", name, answer);
  }
  for (const history::Record& record : contents.records) {
    text += fmt::format("{} {} {} {} {} {} {}\n", history::RecordKindName(record.kind),
                        record.step_id.has_value() ? record.step_id.index() : -1, record.attempt,
                        record.wall_ms, record.boot_ms, record.digest.Hex(), record.text);
  }
  for (const auto& [step_id, undo] : contents.undo) {
    text += fmt::format("undo {} {}\n", step_id.index(), undo);
  }
  for (const auto& [path, time_ns] : contents.directory_times_ns) {
    text += fmt::format("time {} {}\n", path, time_ns);
  }
  return text;
}

// A copy of a run's files, to be damaged.
class Victim : public test::ScratchHost {
 public:
  explicit Victim(const SampleRun& run) : source_(run.root() + kRunFolder) { Restore(); }
  void Restore() {
    std::filesystem::remove_all(root() + kRunFolder);
    std::filesystem::copy(source_, root() + kRunFolder);
    std::filesystem::remove(root() + kRunFolder + "/journal.db-shm");
    std::filesystem::remove(root() + kRunFolder + "/ballast");  // a megabyte that nobody reads
  }
  std::string PathOf(const std::string& name) const { return root() + kRunFolder + "/" + name; }

  // "same", or "damaged"; fails on anything else, and when a file was touched.
  std::string Judge(const std::string& told) {
    auto before = Snapshot();
    auto contents = Journal::Validate(env(), kRunFolder);
    auto after = Snapshot();
    before.erase(kRunFolder);
    after.erase(kRunFolder);
    REQUIRE(after == before);
    if (contents.ok()) {
      REQUIRE(Told(*contents) == told);
      return "same";
    }
    REQUIRE((contents.error().kind == ErrorKind::kDamaged ||
             contents.error().kind == ErrorKind::kUnsupported));
    return "damaged";
  }

 private:
  std::string source_;
};

struct Fixture {
  SampleRun run;
  Victim victim{run};
  std::string told = Told(*Journal::Look(run.env(), kRunFolder));
};

bool IsEveryByteWanted() { return std::getenv("UPGRAPH_EVERY_BYTE") != nullptr; }

void TellFigures(const std::string& name, const char* what, size_t tried, int damaged) {
  if (IsEveryByteWanted()) {
    fmt::print("{}: {} {}, {} noticed, the rest changes nothing\n", name, tried, what, damaged);
  }
}

// Flips a bit in every `stride`-th byte of a file below `limit`; how often it was noticed.
int FlipBytes(Fixture* fixture, const std::string& name, size_t stride, size_t limit) {
  const std::string whole = ReadBytes(fixture->victim.PathOf(name));
  const size_t end = std::min(whole.size(), limit);
  if (IsEveryByteWanted()) {
    stride = 1;
  }
  int damaged = 0;
  for (size_t i = 0; i < end; i += stride) {
    std::string flipped = whole;
    flipped[i] = static_cast<char>(flipped[i] ^ (1 << (i % 8)));
    fixture->victim.Restore();
    WriteBytes(fixture->victim.PathOf(name), flipped);
    INFO(name << ", byte " << i);
    damaged += fixture->victim.Judge(fixture->told) == "damaged";
  }
  TellFigures(name, "bytes flipped", (end + stride - 1) / stride, damaged);
  return damaged;
}

TEST_CASE("a flipped bit anywhere is noticed or changes nothing") {
  Fixture fixture;
  // Prime strides reach every place of a row in some row, and every part of a page.
  CHECK(FlipBytes(&fixture, "journal.db", 421, SIZE_MAX) > 0);
  CHECK(FlipBytes(&fixture, "journal.db", 1, 100) > 0);
  // Only the frames since the last checkpoint count.
  CHECK(FlipBytes(&fixture, "journal.db-wal", 397, 64 << 10) > 0);
  CHECK(FlipBytes(&fixture, "head", 1, SIZE_MAX) == 0);
}

TEST_CASE("a file that is cut short is noticed or changes nothing") {
  Fixture fixture;
  for (const char* name : {"journal.db", "journal.db-wal", "head"}) {
    const std::string whole = ReadBytes(fixture.victim.PathOf(name));
    size_t end = std::string(name) == "journal.db-wal" ? std::min<size_t>(whole.size(), 64 << 10)
                                                       : whole.size();
    const size_t stride = IsEveryByteWanted() ? 1 : std::max<size_t>(1, end / 41);
    int damaged = 0;
    for (size_t size = 0; size < end; size += stride) {
      fixture.victim.Restore();
      WriteBytes(fixture.victim.PathOf(name), whole.substr(0, size));
      INFO(name << ", cut to " << size);
      damaged += fixture.victim.Judge(fixture.told) == "damaged";
    }
    TellFigures(name, "lengths cut to", (end + stride - 1) / stride, damaged);
  }
}

TEST_CASE("a value that somebody changed is noticed, whatever it is") {
  Fixture fixture;
  const std::atomic<bool> cancel = false;
  for (const char* change : {
           "run SET run_id = 'other'",
           "run SET product = 'other'",
           "run SET from_version = '1.0.1'",
           "run SET to_version = '2.0.1'",
           "run SET package_digest = plan_digest",
           "run SET plan_digest = package_digest",
           "run SET step_count = 3",
           "run SET opened_wall_ms = 1",
           "run SET boot_id = 'other'",
           "event SET step = 2 WHERE kind <> 0 AND step = 1",
           "event SET attempt = attempt + 1 WHERE seq = 3",
           "event SET wall_ms = wall_ms + 1 WHERE seq = 3",
           "event SET boot_ms = boot_ms + 1 WHERE seq = 3",
           "event SET text = 'other' WHERE seq = 2",
           "event SET digest = (SELECT digest FROM event WHERE seq = 5) WHERE seq = 3",
           "event SET hash = (SELECT hash FROM event WHERE seq = 2) WHERE seq = 3",
           "undo SET bytes = CAST('other' AS BLOB) WHERE step = 0",
           "undo SET step = 1 - step + 2",
           "directory_time SET mtime_ns = mtime_ns + 1",
           "directory_time SET path = '/other'",
       }) {
    INFO(change);
    fixture.victim.Restore();
    {
      auto database =
          clients::SqliteDatabase::Open(fixture.victim.PathOf("journal.db"), 1000, cancel);
      REQUIRE(database.ok());
      REQUIRE((*database)->Execute(std::string("UPDATE ") + change).ok());
    }
    CHECK(fixture.victim.Judge(fixture.told) == "damaged");
  }
}

TEST_CASE("a row of another run is noticed, also where it says the same") {
  Fixture fixture;
  journal::RunInfo info = test::SampleInfo();
  info.run_id = "20260101t000000000-00000002";
  const SampleRun other(info);
  const std::atomic<bool> cancel = false;
  for (int seq = 1; seq <= 5; ++seq) {
    INFO("row " << seq);
    fixture.victim.Restore();
    {
      auto database =
          clients::SqliteDatabase::Open(fixture.victim.PathOf("journal.db"), 1000, cancel);
      REQUIRE(database.ok());
      REQUIRE((*database)
                  ->Execute("ATTACH '" + other.root() + kRunFolder + "/journal.db' AS other")
                  .ok());
      REQUIRE(
          (*database)
              ->Execute(fmt::format(
                  "UPDATE event SET (kind, step, attempt, wall_ms, boot_ms, text, digest, hash) "
                  "= (SELECT kind, step, attempt, wall_ms, boot_ms, text, digest, hash "
                  "FROM other.event WHERE seq = {0}) WHERE seq = {0}",
                  seq))
              .ok());
    }
    CHECK(fixture.victim.Judge(fixture.told) == "damaged");
  }
}

TEST_CASE("a WAL that lost its end is noticed by the head") {
  Fixture fixture;
  std::filesystem::remove(fixture.victim.PathOf("journal.db-wal"));
  auto contents = Journal::Validate(fixture.victim.env(), kRunFolder);
  REQUIRE_FALSE(contents.ok());
  CHECK(contents.error().kind == ErrorKind::kDamaged);
  CHECK(contents.error().message.find("its end is lost") != std::string::npos);
  // Without a head nobody could tell; that is what it is for.
  std::filesystem::remove(fixture.victim.PathOf("head"));
  CHECK(Journal::Validate(fixture.victim.env(), kRunFolder).ok());
}

TEST_CASE("a torn head slot leaves the other one") {
  Fixture fixture;
  const std::string head = ReadBytes(fixture.victim.PathOf("head"));
  REQUIRE(head.size() == 96);
  std::string torn = head;
  // Event 5 is the newest: the fourth commit wrote it, into the first slot.
  std::fill(torn.begin() + 22, torn.begin() + 48, '\0');
  WriteBytes(fixture.victim.PathOf("head"), torn);
  auto slot = ReadHead(fixture.victim.files(), std::string(kRunFolder) + "/head");
  REQUIRE(slot.has_value());
  CHECK(slot->seq < 5);
  CHECK(fixture.victim.Judge(fixture.told) == "same");
}

TEST_CASE("another format is named, not guessed") {
  Fixture fixture;
  std::string bytes = ReadBytes(fixture.victim.PathOf("journal.db"));
  std::filesystem::remove(fixture.victim.PathOf("journal.db-wal"));
  std::filesystem::remove(fixture.victim.PathOf("head"));
  REQUIRE(bytes.size() > 64);
  bytes[63] = 4;  // PRAGMA user_version, big-endian, at offset 60
  WriteBytes(fixture.victim.PathOf("journal.db"), bytes);
  auto contents = Journal::Validate(fixture.victim.env(), kRunFolder);
  REQUIRE_FALSE(contents.ok());
  CHECK(contents.error().kind == ErrorKind::kUnsupported);
  CHECK(contents.error().message.find("format 4") != std::string::npos);
}

}  // namespace
}  // namespace upgraph::journal
