#include "runtime/history/downtime.h"

#include "tests/support/catch.h"

namespace upgraph::history {
namespace {

using plan::Phase;
using plan::StepId;
using plan::UndoClass;

plan::Plan TwoHops() {
  plan::Plan plan;
  const auto add = [&](Phase phase, uint32_t hop, UndoClass undo) {
    plan::Step& step = plan.steps.emplace_back();
    step.phase = phase;
    step.hop = hop;
    step.undo = undo;
  };
  add(Phase::kPrepare, 0, UndoClass::kExactly);  // 0
  add(Phase::kSwitch, 0, UndoClass::kObserves);  // 1
  add(Phase::kSwitch, 0, UndoClass::kExactly);   // 2
  add(Phase::kSwitch, 0, UndoClass::kExactly);   // 3
  add(Phase::kVerify, 0, UndoClass::kObserves);  // 4
  add(Phase::kSwitch, 1, UndoClass::kExactly);   // 5
  return plan;
}

Record At(int64_t wall_ms, RecordKind kind, uint32_t step) {
  Record record;
  record.kind = kind;
  record.step_id = StepId(step);
  record.wall_ms = wall_ms;
  return record;
}

Record Of(int64_t wall_ms, RecordKind kind, const char* text) {
  Record record;
  record.kind = kind;
  record.wall_ms = wall_ms;
  record.text = text;
  return record;
}

TEST_CASE("the downtime of a run is that of its switches") {
  const plan::Plan plan = TwoHops();
  std::vector<Record> records;
  CHECK(DowntimeOf(plan, records).ms == 0);
  records.push_back(At(100, RecordKind::kCaptured, 0));
  records.push_back(At(200, RecordKind::kApplied, 0));
  records.push_back(At(250, RecordKind::kApplied, 1));  // only looked
  CHECK(DowntimeOf(plan, records).ms == 0);
  records.push_back(At(300, RecordKind::kCaptured, 2));
  records.push_back(At(400, RecordKind::kApplied, 2));
  records.push_back(At(450, RecordKind::kCaptured, 3));
  records.push_back(At(900, RecordKind::kApplied, 3));
  CHECK(DowntimeOf(plan, records).ms == 600);
  records.push_back(At(5000, RecordKind::kApplied, 4));
  records.push_back(At(6000, RecordKind::kCaptured, 5));
  records.push_back(At(6010, RecordKind::kApplied, 5));
  CHECK(DowntimeOf(plan, records).ms == 610);
}

TEST_CASE("the way back is down as well, and so is an outage in between") {
  const plan::Plan plan = TwoHops();
  const std::vector<Record> records = {
      At(300, RecordKind::kCaptured, 2),  At(400, RecordKind::kApplied, 2),
      At(400, RecordKind::kCaptured, 3),  At(9000, RecordKind::kReverting, 3),
      At(9100, RecordKind::kReverted, 3), At(9200, RecordKind::kReverted, 2)};
  CHECK(DowntimeOf(plan, records).ms == 8900);
}

TEST_CASE("a clock that was set back makes no downtime negative") {
  const plan::Plan plan = TwoHops();
  CHECK(
      DowntimeOf(plan, {At(5000, RecordKind::kCaptured, 2), At(10, RecordKind::kApplied, 2)}).ms ==
      0);
}

TEST_CASE("a rollback after the commit adds its own time, not the days in between") {
  const plan::Plan plan = TwoHops();
  const std::vector<Record> records = {
      At(300, RecordKind::kCaptured, 2),       At(400, RecordKind::kApplied, 2),
      Of(500, RecordKind::kCommitted, ""),     Of(900'000, RecordKind::kTurningBack, "asked for"),
      At(900'100, RecordKind::kReverting, 2),  At(900'150, RecordKind::kReverted, 2),
      Of(900'200, RecordKind::kRolledBack, "")};
  CHECK(DowntimeOf(plan, records).ms == 150);
}

plan::Plan TwoHopsUpWhen() {
  plan::Plan plan = TwoHops();
  plan.hops.resize(2);
  plan.hops[0].up_when.resize(1);
  return plan;
}

TEST_CASE("with a condition a hop is down until its service was seen to be up") {
  const plan::Plan plan = TwoHopsUpWhen();
  std::vector<Record> records = {At(300, RecordKind::kCaptured, 2),
                                 At(400, RecordKind::kApplied, 2)};
  CHECK(DowntimeOf(plan, records).ms == 100);
  CHECK(DowntimeOf(plan, records).is_unseen);
  records.push_back(Of(450, RecordKind::kUp, "0 up"));
  records.push_back(At(500, RecordKind::kCaptured, 3));
  records.push_back(At(900, RecordKind::kApplied, 3));
  CHECK(DowntimeOf(plan, records).ms == 150);
  CHECK_FALSE(DowntimeOf(plan, records).is_unseen);
  // It went away again, and came back while verify went on.
  records.push_back(Of(950, RecordKind::kDown, "0"));
  records.push_back(Of(1350, RecordKind::kUp, "0 up"));
  records.push_back(At(5000, RecordKind::kApplied, 4));
  CHECK(DowntimeOf(plan, records).ms == 550);
  // The other hop has no `up when`: the whole of its switch counts.
  records.push_back(At(6000, RecordKind::kCaptured, 5));
  records.push_back(At(6010, RecordKind::kApplied, 5));
  CHECK(DowntimeOf(plan, records).ms == 560);
}

TEST_CASE("a service that is not seen to be up counts as down to the end of verify") {
  const plan::Plan plan = TwoHopsUpWhen();
  const Downtime downtime =
      DowntimeOf(plan, {At(300, RecordKind::kCaptured, 2), At(400, RecordKind::kApplied, 2),
                        At(700, RecordKind::kApplied, 4), Of(710, RecordKind::kCommitted, "")});
  CHECK(downtime.ms == 400);
  CHECK(downtime.is_unseen);
}

TEST_CASE("the way back takes the service away again, until it was seen to be up") {
  const plan::Plan plan = TwoHopsUpWhen();
  std::vector<Record> records = {
      At(300, RecordKind::kCaptured, 2),   At(400, RecordKind::kApplied, 2),
      Of(500, RecordKind::kUp, "0 up"),    Of(9000, RecordKind::kTurningBack, "a gate"),
      At(9100, RecordKind::kReverting, 2), At(9300, RecordKind::kReverted, 2)};
  CHECK(DowntimeOf(plan, records).ms == 400);
  CHECK(DowntimeOf(plan, records).is_unseen);
  records.push_back(Of(9400, RecordKind::kUp, "0 up"));
  CHECK(DowntimeOf(plan, records).ms == 500);
  CHECK_FALSE(DowntimeOf(plan, records).is_unseen);
}

}  // namespace
}  // namespace upgraph::history
