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

TEST_CASE("the downtime of a run is that of its switches") {
  const plan::Plan plan = TwoHops();
  std::vector<Record> records;
  CHECK(DowntimeMs(plan, records) == 0);
  records.push_back(At(100, RecordKind::kCaptured, 0));
  records.push_back(At(200, RecordKind::kApplied, 0));
  records.push_back(At(250, RecordKind::kApplied, 1));  // only looked
  CHECK(DowntimeMs(plan, records) == 0);
  records.push_back(At(300, RecordKind::kCaptured, 2));
  records.push_back(At(400, RecordKind::kApplied, 2));
  records.push_back(At(450, RecordKind::kCaptured, 3));
  records.push_back(At(900, RecordKind::kApplied, 3));
  CHECK(DowntimeMs(plan, records) == 600);
  records.push_back(At(5000, RecordKind::kApplied, 4));
  records.push_back(At(6000, RecordKind::kCaptured, 5));
  records.push_back(At(6010, RecordKind::kApplied, 5));
  CHECK(DowntimeMs(plan, records) == 610);
}

TEST_CASE("the way back is down as well, and so is an outage in between") {
  const plan::Plan plan = TwoHops();
  const std::vector<Record> records = {
      At(300, RecordKind::kCaptured, 2),  At(400, RecordKind::kApplied, 2),
      At(400, RecordKind::kCaptured, 3),  At(9000, RecordKind::kReverting, 3),
      At(9100, RecordKind::kReverted, 3), At(9200, RecordKind::kReverted, 2)};
  CHECK(DowntimeMs(plan, records) == 8900);
}

TEST_CASE("a clock that was set back makes no downtime negative") {
  const plan::Plan plan = TwoHops();
  CHECK(DowntimeMs(plan, {At(5000, RecordKind::kCaptured, 2), At(10, RecordKind::kApplied, 2)}) ==
        0);
}

}  // namespace
}  // namespace upgraph::history
