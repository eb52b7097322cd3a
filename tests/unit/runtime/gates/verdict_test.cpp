#include "runtime/gates/verdict.h"

#include "runtime/gates/run_gate.h"
#include "tests/support/catch.h"

namespace upgraph::gates {
namespace {

using State = GateJudge::State;

// Sleeping is what moves it.
class HandClock : public env::Clock {
 public:
  int64_t BootMs() override { return now_ms; }
  int64_t WallMs() override { return now_ms; }
  std::string BootId() override { return "boot"; }
  void SleepMs(int64_t ms) override { now_ms += ms; }
  int64_t now_ms = 1'000;
};

plan::Gate EdgeGate(plan::Missing missing) {
  plan::Gate gate;
  gate.name = "edge";
  gate.settle_ms = 500;
  gate.for_ms = 1'000;
  gate.every_ms = 300;
  gate.missing = missing;
  plan::Condition condition;
  condition.signal.title = "queue()";
  condition.signal.command = {{plan::ValueKind::kString, false, 0, 0, "queue", {}}};
  condition.comparison = plan::Comparison::kLessEqual;
  condition.baseline_factor = 1.5;
  condition.bound = {plan::ValueKind::kFloat, false, 0, 2, "", {}};
  gate.conditions = {condition};
  return gate;
}

struct Run {
  Status status = OkStatus();
  std::vector<int64_t> times_ms;
};

// Runs the gate over these readings, in order; NaN stands for a missing one, the last goes on.
Run RunOver(const plan::Gate& gate, std::vector<double> readings, int64_t deadline_ms = 100'000) {
  HandClock clock;
  std::atomic<bool> cancel{false};
  Run run;
  size_t next = 0;
  run.status = RunGate(
      clock, gate, {10}, deadline_ms, cancel,
      [&](const plan::Signal&) -> Result<Reading> {
        const double number = readings[std::min(next++, readings.size() - 1)];
        return number != number ? Result<Reading>(Error{ErrorKind::kFailed, "gone"})
                                : Result<Reading>(Reading{number, ""});
      },
      [&](const std::vector<Look>&) { run.times_ms.push_back(clock.now_ms); });
  return run;
}

const double kGone = std::numeric_limits<double>::quiet_NaN();

TEST_CASE("a gate is looked at in its interval, and once more when its time is over") {
  Run run = RunOver(EdgeGate(plan::Missing::kFails), {17});
  CHECK(run.status.ok());
  CHECK(run.times_ms == std::vector<int64_t>{1'500, 1'800, 2'100, 2'400, 2'500});
}

TEST_CASE("the first sample that does not hold ends it, but for those that it tolerates") {
  plan::Gate gate = EdgeGate(plan::Missing::kFails);
  Run run = RunOver(gate, {17, 17.5, 1});
  CHECK(run.times_ms.size() == 2);
  CHECK(run.status.error().message == "`queue()` is 17.5, not <= 17 (sample 2)");
  gate.tolerated = 1;
  CHECK(RunOver(gate, {17, 17.5, 1}).status.ok());
  CHECK(RunOver(gate, {17, 17.5, 1, 18}).times_ms.size() == 4);
}

TEST_CASE("a missing sample fails, is waited for, or passes, as the gate says") {
  CHECK(RunOver(EdgeGate(plan::Missing::kUnsaid), {1, kGone}).status.error().message ==
        "`queue()` is missing: gone (sample 2)");
  CHECK_FALSE(RunOver(EdgeGate(plan::Missing::kFails), {1, kGone}).status.ok());
  CHECK(RunOver(EdgeGate(plan::Missing::kPasses), {1, kGone}).status.ok());
  Run run = RunOver(EdgeGate(plan::Missing::kWaits), {1, kGone, kGone, 1});
  CHECK(run.status.ok());
  CHECK(run.times_ms.back() == 2'500 + 2 * 300);
  run = RunOver(EdgeGate(plan::Missing::kWaits), {kGone}, 5'000);
  CHECK(run.status.error().kind == ErrorKind::kTimeout);
  CHECK(run.times_ms.back() <= 5'000);
}

TEST_CASE("a gate that is stopped says neither yes nor no") {
  HandClock clock;
  std::atomic<bool> cancel{true};
  Status status = RunGate(
      clock, EdgeGate(plan::Missing::kFails), {10}, 100'000, cancel,
      [](const plan::Signal&) {
        return Result<Reading>(Reading{99, ""});
      },
      [](const std::vector<Look>&) { FAIL("it was looked at"); });
  CHECK(status.error().kind == ErrorKind::kInterrupted);
}

TEST_CASE("every comparison judges numbers and texts") {
  using plan::Comparison;
  const bool expected[6][3] = {{false, true, false}, {true, false, true},  {true, false, false},
                               {true, true, false},  {false, false, true}, {false, true, true}};
  plan::Condition condition;
  condition.bound = {plan::ValueKind::kInt, false, 5, 0, "", {}};
  condition.signal.type = plan::ValueKind::kInt;
  for (int comparison = 0; comparison < 6; ++comparison) {
    for (int number = 4; number <= 6; ++number) {
      condition.comparison = static_cast<Comparison>(comparison);
      CHECK(Judge(condition, Reading{static_cast<double>(number), ""}, 0).holds ==
            expected[comparison][number - 4]);
    }
  }
  condition.signal.type = plan::ValueKind::kString;
  condition.bound = {plan::ValueKind::kString, false, 0, 0, "active", {}};
  condition.comparison = Comparison::kEqual;
  CHECK(Judge(condition, Reading{0, "active"}, 0).holds);
  CHECK_FALSE(Judge(condition, Reading{0, "failed"}, 0).holds);
}

TEST_CASE("a baseline is the average of most of its readings") {
  HandClock clock;
  std::atomic<bool> cancel{false};
  std::vector<plan::Signal> signals = {EdgeGate(plan::Missing::kFails).conditions[0].signal};
  std::vector<double> readings = {1, kGone, 3, 8};
  size_t next = 0;
  auto read = [&](const plan::Signal&) -> Result<Reading> {
    const double number = readings[next++ % readings.size()];
    return number != number ? Result<Reading>(Error{ErrorKind::kFailed, "gone"})
                            : Result<Reading>(Reading{number, ""});
  };
  auto averages = MeasureBaselines(clock, signals, 900, 300, cancel, read);
  CHECK(averages.value() == std::vector<double>{4});
  CHECK(clock.now_ms >= 1'900);
  readings = {kGone, kGone, 3};
  next = 0;
  CHECK_FALSE(MeasureBaselines(clock, signals, 600, 300, cancel, read).ok());
}

}  // namespace
}  // namespace upgraph::gates
