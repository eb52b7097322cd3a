#include "runtime/history/timeline.h"

#include "runtime/history/window.h"
#include "tests/support/catch.h"
#include "tests/support/plan_builder.h"

namespace upgraph::history {
namespace {

using plan::Phase;
using plan::StepId;

// prepare/a, switch/b, verify/look: one after the other; cleanup/c an hour after the commit.
plan::Plan SamplePlan() {
  test::PlanBuilder builder;
  builder.Write(Phase::kPrepare, "a", "/a");
  builder.Write(Phase::kSwitch, "b", "/b");
  builder.Add(Phase::kVerify, "look");
  const StepId cleanup = builder.Write(Phase::kCleanup, "c", "/c");
  builder.step(cleanup).delay_ms = 3'600'000;
  return builder.plan();
}

class Journal {
 public:
  Journal& At(int64_t ms, RecordKind kind, int step = -1, const char* text = "") {
    Record record;
    record.kind = kind;
    record.step_id = step < 0 ? StepId() : StepId(static_cast<uint32_t>(step));
    record.text = text;
    records_.push_back(record);
    times_ms_.push_back(ms);
    return *this;
  }
  std::vector<Try> Tries(int64_t now_ms = 99'000'000) const {
    return TriesOf(SamplePlan(), records_, times_ms_, now_ms);
  }

 private:
  std::vector<Record> records_;
  std::vector<int64_t> times_ms_;
};

std::string Told(const Try& one) {
  return std::to_string(one.step_id.index()) +
         (one.direction == Direction::kForward ? " forward " : " back ") +
         std::to_string(one.attempt) + " " + std::to_string(one.begin_ms) +
         (one.is_begin_guessed ? "?" : "") + "-" + std::to_string(one.end_ms) + " " +
         TryEndName(one.end) + (one.text.empty() ? "" : " " + one.text);
}

std::vector<std::string> Told(const std::vector<Try>& tries) {
  std::vector<std::string> told;
  for (const Try& one : tries) {
    told.push_back(Told(one));
  }
  return told;
}

using Lines = std::vector<std::string>;

TEST_CASE("a step is at work from its capture on; a check from when it could begin") {
  Journal journal;
  journal.At(1000, RecordKind::kRunOpen)
      .At(1100, RecordKind::kCaptured, 0)
      .At(1500, RecordKind::kApplied, 0)
      .At(1500, RecordKind::kCaptured, 1)
      .At(2000, RecordKind::kApplied, 1)
      .At(2700, RecordKind::kApplied, 2);
  CHECK(Told(journal.Tries()) == Lines{"0 forward 1 1100-1500 applied",
                                       "1 forward 1 1500-2000 applied",
                                       "2 forward 1 2000?-2700 applied"});
}

TEST_CASE("what fails is tried again after its wait, and both go back") {
  Journal journal;
  journal.At(1000, RecordKind::kCaptured, 0)
      .At(1200, RecordKind::kFailed, 0, "busy")
      .At(1700, RecordKind::kApplied, 0)
      .At(1800, RecordKind::kFailed, 1, "no")  // at its capture
      .At(1800, RecordKind::kTurningBack, -1, "b failed")
      .At(1900, RecordKind::kReverting, 0)
      .At(2100, RecordKind::kStuck, 0, "jammed")
      .At(2100, RecordKind::kIncomplete)
      .At(5000, RecordKind::kFence)
      .At(5100, RecordKind::kReverting, 0)
      .At(5300, RecordKind::kReverted, 0);
  CHECK(Told(journal.Tries()) ==
        Lines{"0 forward 1 1000-1200 failed busy", "0 forward 2 1200?-1700 applied",
              "1 forward 1 1700?-1800 failed no", "0 back 1 1900-2100 stuck jammed",
              "0 back 2 5100-5300 reverted"});
}

TEST_CASE("a runner that dies ends no step: the next one does") {
  Journal journal;
  journal.At(1000, RecordKind::kCaptured, 0)
      .At(1400, RecordKind::kFound, 1)
      .At(9000, RecordKind::kFence)
      .At(9200, RecordKind::kApplied, 0)
      .At(9300, RecordKind::kCaptured, 3);
  CHECK(Told(journal.Tries(9900)) ==
        Lines{"1 forward 1 1400-1400 found", "0 forward 1 1000-1400 interrupted",
              "0 forward 2 9000?-9200 applied", "3 forward 1 9300-9900 open"});
}

TEST_CASE("a cleanup that waits begins no sooner than it is due") {
  Journal journal;
  journal.At(1000, RecordKind::kCommitted)
      .At(5'000'000, RecordKind::kFence)
      .At(5'000'100, RecordKind::kApplied, 3);
  CHECK(Told(journal.Tries()) == Lines{"3 forward 1 5000000?-5000100 applied"});
  Journal by_hand;
  by_hand.At(1000, RecordKind::kCommitted).At(5'000'100, RecordKind::kApplied, 3);
  CHECK(Told(by_hand.Tries()) == Lines{"3 forward 1 3601000?-5000100 applied"});
}

TEST_CASE("the times of records are those of the run") {
  std::vector<Record> records(4);
  records[0].wall_ms = 1000;
  records[0].boot_ms = 10;
  records[1].wall_ms = 500'000;  // somebody set the clock
  records[1].boot_ms = 60;
  records[2].kind = RecordKind::kFence;
  records[2].wall_ms = 501'000;
  records[2].boot_ms = 5;
  records[2].digest = BootMark("later");
  records[3].wall_ms = 1;
  records[3].boot_ms = 25;
  CHECK(RunClock::TimesOf(BootMark("first"), records) ==
        std::vector<int64_t>{1000, 1050, 2050, 2070});
  CHECK(RunClock::TimesOf(BootMark("first"), {}).empty());
}

}  // namespace
}  // namespace upgraph::history
