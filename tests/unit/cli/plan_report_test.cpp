#include "cli/plan_report.h"

#include "tests/support/catch.h"
#include "tests/support/plan_builder.h"

namespace upgraph::cli {
namespace {

// switch/a, then switch/b and switch/c side by side, a join, then verify/look.
plan::Plan SamplePlan() {
  test::PlanBuilder builder;
  const plan::StepId a = builder.Write(plan::Phase::kSwitch, "a", "/a");
  const plan::StepId b = builder.Write(plan::Phase::kSwitch, "b", "/b");
  const plan::StepId c = builder.Write(plan::Phase::kSwitch, "c", "/c");
  const plan::StepId join = builder.Add(plan::Phase::kSwitch, "join");
  const plan::StepId look = builder.Add(plan::Phase::kVerify, "look");
  builder.After(b, {a}).After(c, {a}).After(join, {b, c}).After(look, {join});
  builder.step(join).kind = plan::StepKind::kJoin;
  builder.step(join).takes_ms = 0;
  builder.step(join).undo_takes_ms = 0;
  builder.step(b).takes_ms = 5'000;
  builder.step(b).undo = plan::UndoClass::kWithLoss;
  builder.step(b).undo_reason = "rows written since";
  builder.step(look).undo_takes_ms = 0;
  for (plan::Step& step : builder.plan().steps) {
    step.native = step.path == "verify/look" ? "test.missing" : "files.remove";
  }
  const plan::LockScopeId scope = builder.Lock("/srv", 30'000, 120'000);
  builder.step(c).lock_scope_id = scope;
  builder.plan().upgrade.window_ms = 3'600'000;
  return builder.plan();
}

TEST_CASE("a plan is shown in order, with times, effects, locks and the way back") {
  const plan::Plan plan = SamplePlan();
  const std::string text =
      RenderPlan({plan, "d1", "spec box.upg", "", "", plan::Applicability::kApplies, ""}, false);
  CHECK(text ==
        "box: v1.0.0 ..< v2.0.0 -> v2.0.0\n"
        "  from      spec box.upg, not signed\n"
        "  forward   33s to the commit; the window is 1h\n"
        "  rollback  32s from its last moment\n"
        "  downtime  32s\n"
        "  times are estimates: what steps say they take, full waits for locks\n"
        "\n"
        "switch  the downtime is counted here\n"
        "  switch/a  a()  1s\n"
        "      writes file(/a)\n"
        "      back exactly, in 1s\n"
        "  switch/b  b()  5s\n"
        "      writes file(/b)\n"
        "      back with loss of rows written since, in 1s\n"
        "  switch/c  c()  1s\n"
        "      after switch/a\n"
        "      writes file(/c)\n"
        "      under files.lock(/srv) within 30s hold 2m\n"
        "      back exactly, in 1s\n"
        "\n"
        "verify  looks again; a failure here turns everything back\n"
        "  verify/look  look()  1s\n"
        "      after switch/b, switch/c\n"
        "      nothing to undo\n"
        "      this program has no code for test.missing: `apply` refuses\n");
}

TEST_CASE("a host shows what is installed there") {
  const plan::Plan plan = SamplePlan();
  PlanReport report{
      plan, "d1", "package x.zip", "/srv/host", "1.5.0", plan::Applicability::kApplies, ""};
  CHECK(RenderPlan(report, false).find("  host      /srv/host: 1.5.0 -> 2.0.0\n") !=
        std::string::npos);
  report.applicability = plan::Applicability::kAtTarget;
  report.installed = "2.0.0";
  CHECK(RenderPlan(report, false)
            .find("  host      /srv/host: 2.0.0 is installed; already there\n") !=
        std::string::npos);
}

TEST_CASE("a plan for machines leaves joins out and keeps the order") {
  const plan::Plan plan = SamplePlan();
  const Json json =
      PlanJson({plan, "d1", "spec box.upg", "", "", plan::Applicability::kApplies, ""});
  CHECK(json["product"] == "box");
  CHECK(json["plan_digest"] == "d1");
  CHECK_FALSE(json.contains("host"));
  REQUIRE(json["steps"].size() == 4);
  CHECK(json["steps"][3]["path"] == "verify/look");
  CHECK(json["steps"][3]["after"] == Json::array({"switch/b", "switch/c"}));
  CHECK(json["steps"][2]["locks"] == Json::array({"files.lock(/srv)"}));
  CHECK(json["steps"][1]["undo"] == "with loss");
  CHECK(json["downtime_ms"] == 32'000);
  REQUIRE(json["phases"].size() == 5);
  CHECK(json["phases"][2]["phase"] == "switch");
  CHECK(json["phases"][2]["forward_ms"] == 32'000);
  CHECK(json["phases"][2]["back_ms"] == json["phases"][2]["forward_ms"]);
  CHECK(json["longest_path"].back() == "verify/look");
}

TEST_CASE("titles cannot command a terminal") {
  plan::Plan plan = SamplePlan();
  plan.steps[0].title = "a\x1b[2J()";
  const std::string text =
      RenderPlan({plan, "d1", "spec box.upg", "", "", plan::Applicability::kApplies, ""}, true);
  CHECK(text.find("\x1b[2J") == std::string::npos);
}

}  // namespace
}  // namespace upgraph::cli
