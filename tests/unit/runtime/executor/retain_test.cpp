#include "runtime/executor/retain.h"

#include "runtime/history/window.h"
#include "tests/support/catch.h"

namespace upgraph::executor {
namespace {

using history::RecordKind;

class StandingClock : public env::Clock {
 public:
  int64_t BootMs() override { return boot_ms; }
  int64_t WallMs() override { return wall_ms; }
  std::string BootId() override { return boot_id; }
  void SleepMs(int64_t) override {}
  bool IsSynchronised() override { return true; }

  int64_t boot_ms = 0;
  int64_t wall_ms = 0;
  std::string boot_id = "boot";
};

// Committed at 5,000 of the wall clock and 500 of the boot clock, with a step that captured.
struct CommittedRun {
  CommittedRun() {
    plan.upgrade.retain_ms = 1'000;
    contents.info.boot_id = "boot";
    contents.history = history::RunHistory(1);
    Add(RecordKind::kRunOpen);
    Add(RecordKind::kFence, plan::StepId(), "1");
    Add(RecordKind::kCaptured, plan::StepId(0));
    Add(RecordKind::kApplied, plan::StepId(0));
    Add(RecordKind::kCommitted);
  }
  void Add(RecordKind kind, plan::StepId step_id = plan::StepId(), const std::string& text = "") {
    history::Record record;
    record.kind = kind;
    record.step_id = step_id;
    record.text = text;
    record.wall_ms = 5'000;
    record.boot_ms = 500;
    record.digest = kind == RecordKind::kFence ? history::BootMark("boot") : Sha256("undo");
    REQUIRE(contents.history.Add(record).ok());
    contents.records.push_back(record);
  }
  bool IsDueAt(int64_t wall_ms, int64_t boot_ms, const std::string& boot_id = "boot") {
    StandingClock clock;
    clock.wall_ms = wall_ms;
    clock.boot_ms = boot_ms;
    clock.boot_id = boot_id;
    return IsUndoDue(plan, contents, contents.history, clock);
  }

  plan::Plan plan;
  journal::Contents contents;
};

TEST_CASE("a run is retained to the millisecond") {
  CommittedRun run;
  CHECK(RetainEndMs(run.plan, run.contents.history) == 6'000);
  CHECK_FALSE(run.IsDueAt(5'999, 1'499));
  CHECK(run.IsDueAt(6'000, 1'500));
  run.plan.upgrade.retain_ms = 0;
  CHECK(run.IsDueAt(5'000, 500));
  run.plan.upgrade.retain_ms = plan::kRetainWithoutEnd;
  CHECK(RetainEndMs(run.plan, run.contents.history) == 0);
  CHECK_FALSE(run.IsDueAt(1'000'000'000, 1'000'000'000));
}

TEST_CASE("a wall clock that jumps ahead ends nothing within the boot of the commit") {
  CommittedRun run;
  CHECK_FALSE(run.IsDueAt(1'000'000'000, 1'499));
  CHECK(run.IsDueAt(1'000'000'000, 1'500));
  // And one that is set back keeps it longer.
  CHECK_FALSE(run.IsDueAt(5'500, 1'000'000));
  // In another boot there is the wall clock alone.
  CHECK(run.IsDueAt(6'000, 3, "another"));
  CHECK_FALSE(run.IsDueAt(5'999, 3, "another"));
}

TEST_CASE("what was begun is due until it is finished, and again when a cleanup came later") {
  CommittedRun run;
  CHECK(WhyNotRetained(run.plan, run.contents.history, "r1").empty());
  run.Add(RecordKind::kUndoGoing);
  CHECK(run.IsDueAt(0, 0));
  CHECK_THAT(WhyNotRetained(run.plan, run.contents.history, "r1"),
             Catch::Matchers::Contains("retained for 1s, until 1970-01-01T00:00:06Z"));
  run.Add(RecordKind::kUndoGone);
  CHECK_FALSE(run.IsDueAt(1'000'000'000, 1'000'000'000));
}

TEST_CASE("of a run that was rolled back undo is due at once, if there is any") {
  CommittedRun run;
  run.Add(RecordKind::kTurningBack);
  CHECK_FALSE(run.IsDueAt(1'000'000'000, 1'000'000'000));
  run.Add(RecordKind::kReverting, plan::StepId(0));
  run.Add(RecordKind::kReverted, plan::StepId(0));
  run.Add(RecordKind::kRolledBack);
  CHECK(run.IsDueAt(5'000, 500));
  run.Add(RecordKind::kUndoGoing);
  run.Add(RecordKind::kUndoGone);
  CHECK_FALSE(run.IsDueAt(5'000, 500));
}

}  // namespace
}  // namespace upgraph::executor
