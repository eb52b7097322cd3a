#include "runtime/scheduler/turn_back.h"

#include <rapidcheck/catch.h>

#include <random>

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

// Two that go back side by side may stand in a queue once one more step goes back: what it waits
// for, its lock keeps the other one waiting for as well.
TEST_CASE("of a large plan, the time to turn back is never later than it is") {
  constexpr uint32_t kCount = 520;
  rc::prop("begun in any order", [](uint32_t seed) {
    std::mt19937 random(seed);
    const auto below = [&](uint32_t end) { return static_cast<uint32_t>(random() % end); };
    test::PlanBuilder builder = Chain(kCount);
    // Some stand in threes under one of four locks.
    plan::LockScopeId scope_id;
    for (uint32_t i = 0; i < kCount; ++i) {
      const bool begins = i % 3 == 0;
      if (begins) {
        scope_id = below(3) == 0 ? builder.Lock(std::to_string(below(4)), below(2) * 3'000, 600'000)
                                 : plan::LockScopeId();
      }
      builder.step(StepId(i)).lock_scope_id = scope_id;
      builder.step(StepId(i)).undo_takes_ms = below(5'000);
      std::vector<StepId> after;
      if (!begins) {
        after = {StepId(i - 1)};
      } else if (i > 0 && below(2) == 0) {
        after = {StepId(below(i))};
      }
      builder.After(StepId(i), after);
    }
    std::vector<bool> reverts(kCount, false);
    TurnBack turn_back(builder.plan(), kWindow, reverts);
    for (int i = 0; i < 20; ++i) {
      const StepId step_id(below(kCount));
      const bool fits = turn_back.Fits(step_id, kWindow.begin_wall_ms, 0);
      turn_back.Add(step_id);
      reverts[step_id.index()] = true;
      const TurnBack exact(builder.plan(), kWindow, reverts);
      RC_ASSERT(turn_back.time_ms() <= exact.time_ms());
      RC_ASSERT(!fits || exact.time_ms() >= kWindow.begin_wall_ms + builder.step(step_id).takes_ms);
    }
  });
}

}  // namespace
}  // namespace upgraph::scheduler
