#include "runtime/journal/journal.h"

#include "runtime/journal/event_row.h"
#include "runtime/journal/head.h"
#include "tests/support/catch.h"
#include "tests/unit/runtime/journal/sample_run.h"

namespace upgraph::journal {
namespace {

using history::RecordKind;
using history::StepState;
using plan::StepId;
using test::About;
using test::kRunFolder;
using test::SampleRun;

TEST_CASE("what was committed is read again, before and after the writer is gone") {
  SampleRun run;
  for (auto read : {Journal::Validate, Journal::Look}) {
    auto contents = read(run.env(), kRunFolder);
    REQUIRE(contents.ok());
    CHECK(contents->info.to == "2.0.0");
    CHECK(contents->info.boot_id == "boot");
    CHECK(contents->records.size() == 5);
    CHECK(contents->last_seq == 5);
    CHECK(contents->history.epoch() == 1);
    CHECK(contents->history.step(StepId(0)).state == StepState::kApplied);
    CHECK(contents->history.step(StepId(1)).state == StepState::kCaptured);
    CHECK(contents->undo.at(StepId(1)) == "undo of 1");
    CHECK(contents->directory_times_ns.at("/etc") == 17);
  }
}

TEST_CASE("judging a journal changes none of its files") {
  SampleRun run;
  auto before = run.Snapshot();
  before.erase(kRunFolder);  // the private copy comes and goes
  REQUIRE(Journal::Validate(run.env(), kRunFolder).ok());
  auto after = run.Snapshot();
  after.erase(kRunFolder);
  CHECK(after == before);
}

TEST_CASE("a reader sees whole commits and holds no writer back") {
  SampleRun run;
  REQUIRE(Journal::Look(run.env(), kRunFolder).ok());
  REQUIRE(run.journal().Commit({About(RecordKind::kTurningBack, {}, "a test")}).ok());
  auto contents = Journal::Look(run.env(), kRunFolder);
  REQUIRE(contents.ok());
  CHECK(contents->history.cause() == "a test");
}

TEST_CASE("going back appends nothing to the database until its reserve is used up") {
  SampleRun run;
  auto size = [&] { return run.files().Stat("/run/journal.db")->size_bytes; };
  auto wal_size = [&] { return run.files().Stat("/run/journal.db-wal")->size_bytes; };
  REQUIRE(run.journal().Commit({About(RecordKind::kTurningBack)}).ok());
  uint64_t bytes = size();
  uint64_t wal_bytes = wal_size();
  for (uint32_t i = 2; i-- > 0;) {
    REQUIRE(run.journal().Commit({About(RecordKind::kReverting, StepId(i))}).ok());
    REQUIRE(run.journal().Commit({About(RecordKind::kReverted, StepId(i))}).ok());
  }
  REQUIRE(run.journal().Commit({About(RecordKind::kRolledBack)}).ok());
  CHECK(size() == bytes);
  CHECK(wal_size() == wal_bytes);
}

TEST_CASE("what is committed in pieces of the given size needs no new block on the way back") {
  // Many steps, all of them begun: each takes a record `reverting` and one `reverted` at once.
  constexpr uint32_t kSteps = 3000;
  test::ScratchHost host;
  REQUIRE(host.files().MakeDirectory(kRunFolder, 0700).ok());
  REQUIRE(Journal::Create(host.env(), kRunFolder, test::SampleInfo(kSteps)).ok());
  auto journal = Journal::Open(host.env(), kRunFolder, *Journal::Validate(host.env(), kRunFolder));
  REQUIRE(journal.ok());
  const size_t most = (*journal)->entries_at_once();
  CHECK(most >= 500);  // far fewer commits than steps
  auto commit = [&](const std::vector<Entry>& entries) {
    for (size_t begin = 0; begin < entries.size(); begin += most) {
      const size_t count = std::min(most, entries.size() - begin);
      REQUIRE((*journal)->Commit(std::span(entries).subspan(begin, count)).ok());
    }
  };
  // Small enough that the undo does not make the WAL grow.
  for (uint32_t i = 0; i < kSteps; i += 10) {
    std::vector<Entry> captured;
    for (uint32_t step = i; step < i + 10; ++step) {
      captured.push_back(test::Captured(StepId(step), "undo"));
    }
    commit(captured);
  }
  // Closed and opened again: what was captured lies in the database, and no longer in the WAL
  // alone.
  journal->reset();
  journal = Journal::Open(host.env(), kRunFolder, *Journal::Validate(host.env(), kRunFolder));
  REQUIRE(journal.ok());
  auto size = [&](const char* file) { return host.files().Stat(file)->size_bytes; };
  const uint64_t bytes = size("/run/journal.db");
  const uint64_t wal_bytes = size("/run/journal.db-wal");
  std::vector<Entry> back = {About(RecordKind::kTurningBack)};
  std::vector<Entry> done;
  for (uint32_t i = kSteps; i-- > 0;) {
    back.push_back(About(RecordKind::kReverting, StepId(i), std::string(240, 'x')));
    done.push_back(About(RecordKind::kReverted, StepId(i)));
  }
  commit(back);
  commit(done);
  CHECK(size("/run/journal.db") == bytes);
  CHECK(size("/run/journal.db-wal") == wal_bytes);
  // And all of it, with a copy of it, is what preflight asks for.
  CHECK(2 * bytes + wal_bytes + size("/run/ballast") <= JournalBytes(kSteps));
}

TEST_CASE("the two slots of the head are written in turn, however many events a commit has") {
  SampleRun run;
  auto read = [&] { return run.files().Read("/run/head", 4096).value(); };
  for (int i = 0; i < 4; ++i) {
    const std::string before = read();
    // Two events each: the numbers of the last ones are all odd, or all even.
    REQUIRE(
        run.journal()
            .Commit({About(RecordKind::kFailed, StepId(1)), About(RecordKind::kFailed, StepId(1))})
            .ok());
    const std::string after = read();
    const bool is_first = before.substr(0, 48) != after.substr(0, 48);
    CHECK(is_first != (before.substr(48) != after.substr(48)));  // one of them, and not both
    const size_t old = is_first ? 48 : 0;
    // The one that was left alone is that of the commit before.
    test::ScratchHost other;
    other.Write("/head", std::string(old, '\0') + after.substr(old, 48));
    auto slot = ReadHead(other.files(), "/head");
    REQUIRE(slot.has_value());
    CHECK(slot->seq == 5 + 2 * static_cast<uint64_t>(i));
  }
}

TEST_CASE("more events than were reserved for are kept all the same") {
  SampleRun run;
  const uint32_t many = kEventsBeside + 2 * kEventsPerStep + 50;
  for (uint32_t i = 0; i < many; ++i) {
    REQUIRE(run.journal().Commit({About(RecordKind::kFailed, StepId(1), "again")}).ok());
  }
  auto contents = Journal::Validate(run.env(), kRunFolder);
  REQUIRE(contents.ok());
  CHECK(contents->history.step(StepId(1)).attempt_count == many);
}

TEST_CASE("a text is cut at its limit, between characters") {
  SampleRun run;
  std::string text(history::kRecordTextBytesMax - 1, 'x');
  REQUIRE(run.journal().Commit({About(RecordKind::kFailed, StepId(1), text + "\xc3\xa9")}).ok());
  auto contents = Journal::Validate(run.env(), kRunFolder);
  REQUIRE(contents.ok());
  CHECK(contents->records.back().text == text);
}

TEST_CASE("an undo that is too large is refused at its edge, and the journal goes on") {
  SampleRun run;
  auto run3 = std::make_unique<test::ScratchHost>();
  REQUIRE(run3->files().MakeDirectory(kRunFolder, 0700).ok());
  REQUIRE(Journal::Create(run3->env(), kRunFolder, test::SampleInfo(3)).ok());
  auto journal =
      Journal::Open(run3->env(), kRunFolder, *Journal::Validate(run3->env(), kRunFolder));
  REQUIRE(journal.ok());
  std::string largest(kUndoBytesMax, 'u');
  CHECK((*journal)->Commit({test::Captured(StepId(0), largest + "u")}).error().kind ==
        ErrorKind::kInvalid);
  CHECK((*journal)->Commit({test::Captured(StepId(0), largest)}).ok());
  auto contents = Journal::Validate(run3->env(), kRunFolder);
  REQUIRE(contents.ok());
  CHECK(contents->undo.at(StepId(0)).size() == kUndoBytesMax);
}

TEST_CASE("after an error the journal is closed for good") {
  SampleRun run;
  // The second undo of one step breaks a rule of the table: any error will do.
  REQUIRE_FALSE(run.journal().Commit({test::Captured(StepId(1), "twice")}).ok());
  Status later = run.journal().Commit({About(RecordKind::kTurningBack)});
  REQUIRE_FALSE(later.ok());
  CHECK(later.error().kind == ErrorKind::kIo);
  auto contents = Journal::Look(run.env(), kRunFolder);
  REQUIRE(contents.ok());
  CHECK(contents->last_seq == 5);
}

TEST_CASE("no file of a journal holds an undo that was removed, but for that of a step in doubt") {
  SampleRun run;
  const auto holds = [&](const std::string& text) {
    bool is_there = false;
    for (const char* name : {"/journal.db", "/journal.db-wal"}) {
      is_there =
          is_there || run.files().Read(kRunFolder + std::string(name), 1 << 30)->find(text) !=
                          std::string::npos;
    }
    return is_there;
  };
  REQUIRE(run.journal().Commit({About(RecordKind::kCommitted)}).ok());
  CHECK(holds("undo of 0"));
  // Nobody said that it goes: it is missing.
  {
    test::SampleRun other;
    REQUIRE(other.journal().RemoveUndo({StepId(1)}).ok());
    CHECK(Journal::Validate(other.env(), kRunFolder).error().kind == ErrorKind::kDamaged);
  }
  REQUIRE(run.journal().Commit({About(RecordKind::kUndoGoing)}).ok());
  REQUIRE(Journal::Validate(run.env(), kRunFolder).ok());
  for (int i = 0; i < 2; ++i) {  // repeatable
    REQUIRE(run.journal().RemoveUndo({StepId(1)}).ok());
    CHECK_FALSE(holds("undo of 0"));
    CHECK(holds("undo of 1"));
    CHECK(run.files().Stat("/run/journal.db-wal")->size_bytes == 0);
  }
  REQUIRE(run.journal().Commit({About(RecordKind::kUndoGone)}).ok());
  for (auto read : {Journal::Validate, Journal::Look}) {
    auto contents = read(run.env(), kRunFolder);
    REQUIRE(contents.ok());
    CHECK(contents->undo == std::map<StepId, std::string>{{StepId(1), "undo of 1"}});
    CHECK(contents->directory_times_ns.empty());
    CHECK(contents->history.is_undo_gone());
  }
  CHECK_FALSE(holds("undo of 0"));
}

TEST_CASE("large undo of many steps leaves nothing in any page") {
  constexpr uint32_t kSteps = 200;
  test::ScratchHost host;
  REQUIRE(host.files().MakeDirectory(kRunFolder, 0700).ok());
  REQUIRE(Journal::Create(host.env(), kRunFolder, test::SampleInfo(kSteps)).ok());
  auto journal = Journal::Open(host.env(), kRunFolder, *Journal::Validate(host.env(), kRunFolder));
  REQUIRE(journal.ok());
  // In an order and of sizes that make SQLite move rows from page to page.
  for (uint32_t i = 0; i < kSteps; ++i) {
    std::string undo;
    for (uint32_t k = 0; k <= (i * 37) % 300; ++k) {
      undo += "secret" + std::to_string(i) + ";";
    }
    const StepId step_id((i * 77) % kSteps);
    REQUIRE((*journal)
                ->Commit({test::Captured(step_id, undo), About(RecordKind::kApplied, step_id)})
                .ok());
  }
  REQUIRE((*journal)->Commit({About(RecordKind::kCommitted), About(RecordKind::kUndoGoing)}).ok());
  REQUIRE((*journal)->RemoveUndo({}).ok());
  for (const char* name : {"/run/journal.db", "/run/journal.db-wal"}) {
    CHECK(host.files().Read(name, 1 << 30)->find("secret") == std::string::npos);
  }
  CHECK(Journal::Validate(host.env(), kRunFolder).ok());
}

}  // namespace
}  // namespace upgraph::journal
