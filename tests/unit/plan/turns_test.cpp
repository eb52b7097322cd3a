#include "plan/turns.h"

#include "plan/list_answer.h"
#include "plan/resolve.h"
#include "plan/verify.h"
#include "tests/support/catch.h"
#include "tests/support/plan_builder.h"

namespace upgraph::plan {
namespace {

using Catch::Matchers::Contains;

using Texts = std::vector<std::string>;

Value Hole(ValueKind kind, const std::string& text) { return {kind, true, 0, 0, text, {}}; }

// Whether jobs has as many elements.
Predicate HasElement(int64_t number) {
  Predicate predicate;
  predicate.kind = PredicateKind::kCompare;
  predicate.comparison = Comparison::kGreaterEqual;
  predicate.values = {Hole(ValueKind::kInt, CountHole("jobs")),
                      {ValueKind::kInt, false, number, 0, "", {}}};
  return predicate;
}

// for job in jobs max 3 { write(job) }, then one more step.
Plan Loop() {
  test::PlanBuilder builder;
  Plan& plan = builder.plan();
  plan.facts.push_back({"jobs", "files.matching", {}, {}, 3});
  for (uint32_t number = 1; number <= 3; ++number) {
    const std::string hole = ElementHole("jobs", number);
    const std::string path = "1/" + std::to_string(number);
    const StepId id = builder.Write(Phase::kSwitch, path + "/1", hole);
    builder.step(id).title = "write(" + hole + ")";
    builder.step(id).arm_id = ArmId(number - 1);
    Arm arm;
    arm.title = "for job in jobs max 3: " + hole;
    arm.condition = HasElement(number);
    arm.position = {"test.upg", 1, 1, 1};
    arm.element = Hole(ValueKind::kPath, hole);
    arm.path = "switch/" + path;
    plan.arms.push_back(arm);
  }
  for (Resource& resource : plan.resources) {
    resource.is_template = true;
  }
  builder.Write(Phase::kSwitch, "2", "/z");
  REQUIRE(Verify(plan).ok());
  return plan;
}

Texts StepPaths(const Plan& plan, const Texts& elements) {
  auto resolved = Resolve(plan, {"1.0.0", {{"jobs", JoinElements(elements)}}, ""});
  REQUIRE(resolved.ok());
  Texts paths;
  for (const Step& step : resolved->plan.steps) {
    if (step.kind != StepKind::kJoin) {
      paths.push_back(step.path);
    }
  }
  return paths;
}

TEST_CASE("a turn's steps are named by its element, and turns without one are left out") {
  CHECK(StepPaths(Loop(), {}) == Texts{"switch/2"});
  CHECK(StepPaths(Loop(), {"/etc/cron.d/box"}) == Texts{"switch/1/etc-cron.d-box/1", "switch/2"});
  CHECK(StepPaths(Loop(), {"/a", "/b", "/c"}) ==
        Texts{"switch/1/a/1", "switch/1/b/1", "switch/1/c/1", "switch/2"});
}

TEST_CASE("elements that would have one name have several") {
  CHECK(StepPaths(Loop(), {"/a/b", "/a-b", "/a.b"}) ==
        Texts{"switch/1/a-b/1", "switch/1/a-b-2/1", "switch/1/a.b/1", "switch/2"});
  // Neither is an element taken for the number of another turn, nor one without a letter for none.
  CHECK(StepPaths(Loop(), {"/2", "/ü", "/x"}) ==
        Texts{"switch/1/2-2/1", "switch/1/2/1", "switch/1/x/1", "switch/2"});
}

TEST_CASE("an element is shown where it is used") {
  auto resolved = Resolve(Loop(), {"1.0.0", {{"jobs", JoinElements({"/a"})}}, ""});
  REQUIRE(resolved.ok());
  CHECK(resolved->plan.steps[0].title == "write(/a)");
  CHECK(resolved->plan.arms[0].title == "for job in jobs max 3: /a");
  CHECK(resolved->plan.steps[1].kind == StepKind::kJoin);
}

TEST_CASE("a host with more elements than turns is refused") {
  auto resolved =
      Resolve(Loop(), {"1.0.0", {{"jobs", JoinElements({"/a", "/b", "/c", "/d"})}}, ""});
  REQUIRE_FALSE(resolved.ok());
  CHECK_THAT(resolved.error().message, Contains("4 elements") && Contains("at most 3"));
}

TEST_CASE("the paths of a hop are those that its run will have") {
  const Plan plan = Loop();
  const PathHop hop{0, "1.0.0", "2.0.0"};
  CHECK(HostPaths(plan, hop, {"1.0.0", {{"jobs", JoinElements({"/a"})}}, ""}) ==
        Texts{"switch/1/a/1", "switch/1/2/1", "switch/1/3/1", "switch/2"});
  CHECK(HostPaths(plan, hop, {"1.0.0", {}, ""})[0] == "switch/1/1/1");
}

TEST_CASE("a damaged turn does not pass") {
  const auto fault = [](auto damage) {
    Plan plan = Loop();
    damage(&plan);
    const Status status = Verify(plan);
    return status.ok() ? std::string() : status.error().message;
  };
  CHECK_THAT(fault([](Plan* plan) { plan->arms[0].path = "switch/9"; }),
             Contains("a step of a turn with another path"));
  CHECK_THAT(fault([](Plan* plan) { plan->arms[0].path = "switch"; }),
             Contains("a turn without the path of its steps"));
  CHECK_THAT(fault([](Plan* plan) { plan->arms[0].element = {}; }),
             Contains("an arm of `when` with a path"));
  CHECK_THAT(fault([](Plan* plan) { plan->arms[1].before_id = ArmId(0); }),
             Contains("follows another arm"));
  CHECK_THAT(fault([](Plan* plan) { plan->facts[1].elements_max = 4097; }),
             Contains("more than 4096 elements"));
}

}  // namespace
}  // namespace upgraph::plan
