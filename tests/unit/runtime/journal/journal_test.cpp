#include "runtime/journal/journal.h"

#include "runtime/journal/event_row.h"
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

}  // namespace
}  // namespace upgraph::journal
