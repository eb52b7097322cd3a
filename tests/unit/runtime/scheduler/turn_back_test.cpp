#include "runtime/scheduler/turn_back.h"

#include "plan/graph.h"
#include "tests/support/catch.h"
#include "tests/support/plan_builder.h"

namespace upgraph::scheduler {
namespace {

using plan::Phase;
using plan::StepId;

// Each a second there and four back.
test::PlanBuilder Chain(int count) {
  test::PlanBuilder builder;
  for (int i = 0; i < count; ++i) {
    const std::string name = std::to_string(i);
    builder.step(builder.Write(Phase::kSwitch, name, "/" + name)).undo_takes_ms = 4'000;
  }
  return builder;
}

constexpr history::Window kWindow = {1'000'000, 1'060'000};

TEST_CASE("half as much again as the way back of what is begun is kept at the end of the window") {
  test::PlanBuilder builder = Chain(3);
  TurnBack turn_back(builder.plan(), kWindow, {true, false, false});
  CHECK(turn_back.time_ms() == 1'054'000);
  turn_back.Add(StepId(1));
  CHECK(turn_back.time_ms() == 1'048'000);
  turn_back.Add(StepId(1));
  CHECK(turn_back.time_ms() == 1'048'000);
  turn_back.Remove(StepId(1));
  CHECK(turn_back.time_ms() == 1'054'000);
  CHECK_FALSE(turn_back.HasCome(1'053'999));
  CHECK(turn_back.HasCome(1'054'000));
}

TEST_CASE("a step fits when it and the way back after it end with the window, to the millisecond") {
  test::PlanBuilder builder = Chain(2);
  const StepId look = builder.Add(Phase::kVerify, "look");
  TurnBack turn_back(builder.plan(), kWindow, {true, false, false});
  CHECK(turn_back.Fits(StepId(1), 1'047'000, 0));
  CHECK_FALSE(turn_back.Fits(StepId(1), 1'047'001, 0));
  CHECK_FALSE(turn_back.Fits(StepId(1), 1'047'000, 1));
  CHECK(turn_back.Fits(StepId(1), 1'046'000, 1'000));
  builder.step(look).undo = plan::UndoClass::kObserves;  // nothing of it goes back
  CHECK(turn_back.Fits(look, 1'053'000, 0));
  CHECK_FALSE(turn_back.Fits(look, 1'053'001, 0));
  builder.step(StepId(1)).takes_ms = INT64_MAX;
  CHECK_FALSE(turn_back.Fits(StepId(1), 1'000'000, 0));
  CHECK(turn_back.time_ms() == 1'054'000);  // asking begins nothing
}

TEST_CASE("without a window there is always time") {
  test::PlanBuilder builder = Chain(2);
  TurnBack turn_back(builder.plan(), history::Window{}, {true, false});
  turn_back.Add(StepId(1));
  CHECK(turn_back.Fits(StepId(1), INT64_MAX, INT64_MAX));
  CHECK_FALSE(turn_back.HasCome(INT64_MAX - 1));
}

// What is added up of a large plan is a bound; what is decided by it is the path all the same.
TEST_CASE("a large plan is never said to have no time while it has") {
  constexpr uint32_t kCount = 1'100;
  test::PlanBuilder builder = Chain(kCount);
  for (uint32_t i = 1; i < kCount; ++i) {
    builder.After(StepId(i), {StepId(0)});  // side by side: the way back is two of them
  }
  std::vector<bool> reverts(kCount, true);
  reverts[kCount - 2] = reverts[kCount - 1] = false;
  TurnBack turn_back(builder.plan(), kWindow, reverts);
  CHECK(turn_back.time_ms() == 1'048'000);
  turn_back.Add(StepId(kCount - 2));
  CHECK(turn_back.time_ms() == 1'042'000);
  CHECK(turn_back.Fits(StepId(kCount - 1), 1'047'000, 0));
  CHECK_FALSE(turn_back.Fits(StepId(kCount - 1), 1'047'001, 0));
  CHECK_FALSE(turn_back.HasCome(1'041'999));
  CHECK(turn_back.time_ms() == 1'042'000);
  CHECK_FALSE(turn_back.HasCome(1'047'999));
  CHECK(turn_back.time_ms() == 1'048'000);
  CHECK(turn_back.HasCome(1'048'000));
}

}  // namespace
}  // namespace upgraph::scheduler
