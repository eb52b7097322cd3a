#include "runtime/sim/world.h"

#include "tests/support/catch.h"
#include "tests/support/plan_builder.h"

namespace upgraph::sim {
namespace {

const plan::Resource kTree{"file", {"/srv"}, false, false, plan::Overlap::kPath};
const plan::Resource kFile{"file", {"/srv/a"}, false, false, plan::Overlap::kPath};

TEST_CASE("a folder covers what is below it, and gives back what stood there") {
  test::PlanBuilder builder;
  const plan::StepId file = builder.Write(plan::Phase::kSwitch, "file", "/srv/a");
  const plan::StepId tree = builder.Write(plan::Phase::kSwitch, "tree", "/srv");
  const plan::Plan& plan = builder.plan();
  SimulatedWorld world;
  CHECK(world.Find(kFile) == nullptr);
  const std::string before = world.Capture(plan, plan.step(file));
  world.Write(plan, plan.step(file), Extent::kWhole);
  const std::string between = world.Capture(plan, plan.step(tree));
  world.Write(plan, plan.step(tree), Extent::kHalf);
  REQUIRE(world.Find(kFile) != nullptr);
  CHECK(world.Find(kFile)->step_path == "switch/tree");
  CHECK(world.marks().size() == 1);
  CHECK(world.ExtentOf(plan.step(tree)) == Extent::kHalf);

  REQUIRE(world.Restore(plan, plan.step(tree), between).ok());
  REQUIRE(world.Find(kTree) != nullptr);
  CHECK(world.Find(kTree)->step_path == "switch/file");
  CHECK(world.ExtentOf(plan.step(tree)) == Extent::kNone);
  REQUIRE(world.Restore(plan, plan.step(file), before).ok());
  CHECK(world.marks().empty());
  CHECK(world.touched().size() == 2);
}

TEST_CASE("a table that was changed twice is as before when both are back") {
  plan::Resource table{"table", {"sql.postgres(service=a)", "orders"}};
  table.within = "database";
  table.within_count = 1;
  plan::Resource database{"database", {"sql.postgres(service=a)"}};
  test::PlanBuilder builder;
  const plan::StepId first = builder.Add(plan::Phase::kSwitch, "first");
  const plan::StepId second = builder.Add(plan::Phase::kSwitch, "second");
  builder.Effect(first, plan::EffectKind::kWrites, table);
  builder.Effect(second, plan::EffectKind::kWrites, table);
  const plan::Plan& plan = builder.plan();
  SimulatedWorld world;
  const std::string before = world.Capture(plan, plan.step(first));
  world.Write(plan, plan.step(first), Extent::kWhole);
  const std::string between = world.Capture(plan, plan.step(second));
  world.Write(plan, plan.step(second), Extent::kWhole);

  REQUIRE(world.Restore(plan, plan.step(second), between).ok());
  REQUIRE(world.Find(database) != nullptr);
  CHECK(world.Find(database)->resource == table);
  REQUIRE(world.Restore(plan, plan.step(first), before).ok());
  CHECK(world.marks().empty());
}

TEST_CASE("a way back with loss leaves a mark of what was lost") {
  test::PlanBuilder builder;
  const plan::StepId step = builder.Write(plan::Phase::kSwitch, "restore", "/srv/a");
  builder.step(step).undo = plan::UndoClass::kWithLoss;
  const plan::Plan& plan = builder.plan();
  SimulatedWorld world;
  world.Write(plan, plan.step(step), Extent::kWhole);
  REQUIRE(world.Restore(plan, plan.step(step), "[]").ok());
  REQUIRE(world.Find(kFile) != nullptr);
  CHECK(world.Find(kFile)->is_lost);
}

TEST_CASE("what cannot be read as a capture is an error, not a guess") {
  test::PlanBuilder builder;
  const plan::StepId step = builder.Write(plan::Phase::kSwitch, "a", "/srv/a");
  SimulatedWorld world;
  CHECK(!world.Restore(builder.plan(), builder.plan().step(step), "half of it").ok());
}

}  // namespace
}  // namespace upgraph::sim
