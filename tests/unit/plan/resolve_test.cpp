#include "plan/resolve.h"

#include "plan/verify.h"
#include "tests/support/catch.h"
#include "tests/support/plan_builder.h"

namespace upgraph::plan {
namespace {

Plan Templated() {
  test::PlanBuilder builder;
  builder.plan().product.releases = {"1.0.0", "1.5.0", "1.7.0", "2.0.0", "0.9.0"};
  builder.plan().product.withdrawn = {{"1.7.0", "loses sessions"}};
  StepId id = builder.Write(Phase::kPrepare, "write", "/opt/box-${from}");
  builder.plan().resources[0].is_template = true;
  Step& step = builder.step(id);
  step.title = "write(\"/opt/box-${from}\")";
  step.arguments = {{"path", {ValueKind::kPath, true, 0, 0, "/opt/box-${from}-${to}-$$", {}}}};
  step.apply_command = {{ValueKind::kString, true, 0, 0, "x${from}", {}}};
  StepId other = builder.Write(Phase::kPrepare, "other", "/opt/box-1.5.0");
  builder.step(other).undo = UndoClass::kExactly;
  return builder.plan();
}

TEST_CASE("the installed version fills every template") {
  auto resolved = Resolve(Templated(), {"v1.5.0"});
  REQUIRE(resolved.ok());
  REQUIRE(resolved->applicability == Applicability::kApplies);
  const Step& step = resolved->plan.steps[0];
  CHECK(step.arguments[0].value.text == "/opt/box-1.5.0-2.0.0-$");
  CHECK_FALSE(step.arguments[0].value.is_template);
  CHECK(step.apply_command[0].text == "x1.5.0");
  CHECK(step.title == "write(\"/opt/box-1.5.0\")");
  // What became the same resource is one: a conflict would be seen.
  REQUIRE(resolved->plan.resources.size() == 1);
  CHECK(step.effects[0] == resolved->plan.steps[1].effects[0]);
}

TEST_CASE("locks, payload and configurations are filled as well") {
  test::PlanBuilder builder;
  StepId id = builder.Write(Phase::kPrepare, "write", "/etc/a");
  builder.step(id).lock_scope_id = builder.Lock("/b", 1, 1);
  LockScope& scope = builder.plan().lock_scopes[0];
  scope.locks.push_back({"files.lock(/z-${from}$$)",
                         "files.lock",
                         {{"path", {ValueKind::kPath, true, 0, 0, "/z-${from}$$", {}}}}});
  scope.locks[0].name = "files.lock(/z-1.5.1)";
  builder.step(id).arguments = {{"a", {ValueKind::kPayload, true, 0, 0, "payload/${from}", {}}},
                                {"b", {ValueKind::kPayload, false, 0, 0, "payload/$$", {}}}};
  builder.plan().payload = {"payload/$$", "payload/${from}"};
  Config config;
  config.name = "settings";
  config.handle = {ValueKind::kHandle, false, 0, 0, "config.ini", {}};
  config.handle.fields = {{"path", {ValueKind::kPath, true, 0, 0, "/etc/${from}.ini", {}}}};
  builder.plan().configs = {config};

  auto resolved = Resolve(builder.plan(), {" v1.5.0\n"});
  REQUIRE(resolved.ok());
  CHECK(resolved->from == "1.5.0");
  const Plan& plan = resolved->plan;
  // Sorted again: the filled name comes before the plain one.
  CHECK(plan.lock_scopes[0].locks[0].name == "files.lock(/z-1.5.0$)");
  CHECK(plan.lock_scopes[0].locks[0].arguments[0].value.text == "/z-1.5.0$");
  CHECK(plan.lock_scopes[0].locks[1].name == "files.lock(/z-1.5.1)");
  CHECK(plan.payload == std::vector<std::string>{"payload/$$", "payload/1.5.0"});
  CHECK(plan.configs[0].handle.fields[0].value.text == "/etc/1.5.0.ini");
  const Status status = Verify(plan);
  INFO((status.ok() ? "" : status.error().message));
  CHECK(status.ok());
}

TEST_CASE("the answers of other facts fill templates, and titles keep plain dollar signs") {
  Plan plan = Templated();
  plan.steps[0].arguments[0].value.text = "/srv/${site}/${to}";
  plan.steps[0].title = "write(\"/srv/${site}\", \"\\${from}\", \"${nobody}\")";
  CHECK_FALSE(Resolve(plan, {"1.5.0"}).ok());
  auto resolved = Resolve(plan, {"1.5.0", {{"site", "graz"}}});
  REQUIRE(resolved.ok());
  CHECK(resolved->plan.steps[0].arguments[0].value.text == "/srv/graz/2.0.0");
  CHECK(resolved->plan.steps[0].title == "write(\"/srv/graz\", \"\\${from}\", \"${nobody}\")");
}

TEST_CASE("what is installed decides whether the upgrade applies") {
  auto outcome = [](const std::string& installed) {
    auto resolved = Resolve(Templated(), {installed});
    return resolved.ok() ? std::pair(resolved->applicability, resolved->reason)
                         : std::pair(Applicability::kNotFrom, "error: " + resolved.error().message);
  };
  CHECK(outcome("2.0.0").first == Applicability::kAtTarget);
  CHECK(outcome("1.0").first == Applicability::kApplies);
  CHECK_THAT(outcome("1.7.0").second, Catch::Matchers::Contains("withdrawn: loses sessions"));
  CHECK_THAT(outcome("1.2.0").second, Catch::Matchers::Contains("not among the releases"));
  CHECK_THAT(outcome("0.9.0").second, Catch::Matchers::Contains("leads from v1.0.0 ..< v2.0.0"));
  CHECK_THAT(outcome("oops").second, Catch::Matchers::Contains("error: the installed version"));
}

TEST_CASE("a template that names nothing known is an error") {
  Plan plan = Templated();
  plan.steps[0].arguments[0].value.text = "${hostname}";
  CHECK_FALSE(Resolve(plan, {"1.5.0"}).ok());
  plan.steps[0].arguments[0].value.text = "${from";
  CHECK_FALSE(Resolve(plan, {"1.5.0"}).ok());
}

}  // namespace
}  // namespace upgraph::plan
