// The checks that weigh times.

#include "plan/checks/check.h"
#include "tests/support/catch.h"
#include "tests/support/plan_builder.h"

namespace upgraph::plan {
namespace {

// The message of could-be-parallel, or nothing.
std::string Advice(const Plan& plan) {
  for (const Finding& finding : RunChecks(plan)) {
    if (finding.check == "could-be-parallel") {
      return finding.message;
    }
  }
  return "";
}

test::PlanBuilder LongSteps(const std::vector<std::string>& paths) {
  test::PlanBuilder builder;
  builder.plan().upgrade.downtime_ms = 3'600'000;
  for (const std::string& path : paths) {
    builder.step(builder.Write(Phase::kSwitch, "step" + path, path)).takes_ms = 20'000;
  }
  return builder;
}

TEST_CASE("could-be-parallel: steps in a row that touch nothing in common") {
  CHECK(Advice(LongSteps({"/a", "/b", "/c"}).plan()) ==
        "3 steps from here on touch nothing in common and run one after another; side by side they "
        "save up to 40s of 1m downtime");
  CHECK(Advice(LongSteps({"/a", "/a/b"}).plan()).empty());
  CHECK(Advice(LongSteps({"/a/b", "/a"}).plan()).empty());
  CHECK(Advice(LongSteps({"/a/b", "/a/c", "/a"}).plan()).starts_with("2 steps"));
}

TEST_CASE(
    "could-be-parallel: readers of one thing may stand side by side, a reader of a write not") {
  test::PlanBuilder builder = LongSteps({"/a", "/b"});
  builder.Effect(StepId(0), EffectKind::kReads, "/c");
  builder.Effect(StepId(1), EffectKind::kReads, "/c");
  CHECK_FALSE(Advice(builder.plan()).empty());
  builder.Effect(StepId(1), EffectKind::kReads, "/a");
  CHECK(Advice(builder.plan()).empty());
}

TEST_CASE("could-be-parallel: what starts, waits or only looks keeps its place") {
  for (int what = 0; what < 4; ++what) {
    test::PlanBuilder builder = LongSteps({"/a", "/b"});
    Step& step = builder.step(StepId(0));
    if (what == 0) {
      step.effects.push_back({EffectKind::kStarts, step.effects[0].resource_id});
    } else if (what == 1) {
      step.waits = true;
    } else if (what == 2) {
      step.undo = UndoClass::kObserves;
      step.effects[0].kind = EffectKind::kReads;
    } else {
      step.phase = Phase::kPrepare;
    }
    CHECK(Advice(builder.plan()).empty());
  }
}

TEST_CASE("could-be-parallel: only what saves enough, and only on the longest path") {
  test::PlanBuilder builder = LongSteps({"/a", "/b"});
  builder.step(StepId(1)).takes_ms = 9'999;
  CHECK(Advice(builder.plan()).empty());
  builder.step(StepId(1)).takes_ms = 10'000;
  CHECK_FALSE(Advice(builder.plan()).empty());
  const StepId beside = builder.Write(Phase::kSwitch, "beside", "/c");
  builder.After(beside, {});
  builder.step(beside).takes_ms = 31'000;
  CHECK(Advice(builder.plan()).empty());
}

TEST_CASE("could-be-parallel: a lock's end ends the row") {
  test::PlanBuilder builder = LongSteps({"/a", "/b"});
  builder.step(StepId(1)).lock_scope_id = builder.Lock("/l", 1'000, 60'000);
  CHECK(Advice(builder.plan()).empty());
  builder.step(StepId(0)).lock_scope_id = builder.step(StepId(1)).lock_scope_id;
  CHECK_FALSE(Advice(builder.plan()).empty());
}

}  // namespace
}  // namespace upgraph::plan
