// Whatever happens to a journal's bytes: either it says what it said, or it is not believed, and
// stays as it is.

#include <algorithm>
#include <filesystem>

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

// A copy of a run's files, to be damaged.
class Victim : public test::ScratchHost {
 public:
  explicit Victim(const SampleRun& run) : source_(run.root() + kRunFolder) { Restore(); }
  void Restore() {
    std::filesystem::remove_all(root() + kRunFolder);
    std::filesystem::copy(source_, root() + kRunFolder);
    std::filesystem::remove(root() + kRunFolder + "/journal.db-shm");
  }
  std::string PathOf(const std::string& name) const { return root() + kRunFolder + "/" + name; }

  // "same", or "damaged"; fails on anything else, and when a file was touched.
  std::string Judge(const Digest& last_hash) {
    auto before = Snapshot();
    auto contents = Journal::Validate(env(), kRunFolder);
    auto after = Snapshot();
    before.erase(kRunFolder);
    after.erase(kRunFolder);
    REQUIRE(after == before);
    if (contents.ok()) {
      REQUIRE(contents->last_hash == last_hash);
      REQUIRE(contents->undo.size() == 2);
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
  Digest last_hash = Journal::Look(run.env(), kRunFolder)->last_hash;
};

// Flips a bit in every `stride`-th byte of a file below `limit`; how often it was noticed.
int FlipBytes(Fixture* fixture, const std::string& name, size_t stride, size_t limit) {
  const std::string whole = ReadBytes(fixture->victim.PathOf(name));
  int damaged = 0;
  for (size_t i = 0; i < std::min(whole.size(), limit); i += stride) {
    std::string flipped = whole;
    flipped[i] = static_cast<char>(flipped[i] ^ (1 << (i % 8)));
    fixture->victim.Restore();
    WriteBytes(fixture->victim.PathOf(name), flipped);
    INFO(name << ", byte " << i);
    damaged += fixture->victim.Judge(fixture->last_hash) == "damaged";
  }
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
    for (size_t size = 0; size < end; size += std::max<size_t>(1, end / 41)) {
      fixture.victim.Restore();
      WriteBytes(fixture.victim.PathOf(name), whole.substr(0, size));
      INFO(name << ", cut to " << size);
      fixture.victim.Judge(fixture.last_hash);
    }
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
  // Event 5 is the newest, in the second slot.
  std::fill(torn.begin() + 70, torn.end(), '\0');
  WriteBytes(fixture.victim.PathOf("head"), torn);
  auto slot = ReadHead(fixture.victim.files(), std::string(kRunFolder) + "/head");
  REQUIRE(slot.has_value());
  CHECK(slot->seq < 5);
  CHECK(fixture.victim.Judge(fixture.last_hash) == "same");
}

TEST_CASE("another format is named, not guessed") {
  Fixture fixture;
  std::string bytes = ReadBytes(fixture.victim.PathOf("journal.db"));
  std::filesystem::remove(fixture.victim.PathOf("journal.db-wal"));
  std::filesystem::remove(fixture.victim.PathOf("head"));
  REQUIRE(bytes.size() > 64);
  bytes[63] = 3;  // PRAGMA user_version, big-endian, at offset 60
  WriteBytes(fixture.victim.PathOf("journal.db"), bytes);
  auto contents = Journal::Validate(fixture.victim.env(), kRunFolder);
  REQUIRE_FALSE(contents.ok());
  CHECK(contents.error().kind == ErrorKind::kUnsupported);
  CHECK(contents.error().message.find("format 3") != std::string::npos);
}

}  // namespace
}  // namespace upgraph::journal
