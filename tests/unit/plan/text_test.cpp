#include "plan/text.h"

#include "tests/support/catch.h"
#include "tests/support/plan_builder.h"

namespace upgraph::plan {
namespace {

TEST_CASE("every step of a plan stands in its dump, with all that its order depends on") {
  test::PlanBuilder builder;
  StepId look = builder.Add(Phase::kPreflight, "look");
  StepId write = builder.Write(Phase::kPrepare, "write", "/etc/a");
  builder.Effect(look, EffectKind::kReads, "/var");
  builder.step(write).lock_scope_id = builder.Lock("/etc", 1'000, 60'000);
  CHECK(Dump(builder.plan()) ==
        "plan box to v2.0.0\n"
        "lock 0: files.lock(/etc) within 1s hold 1m\n"
        "preflight/look: look()\n"
        "    reads file(/var)\n"
        "    takes 1s, timeout 10s\n"
        "prepare/write: write()\n"
        "    writes file(/etc/a)\n"
        "    reverses exactly\n"
        "    takes 1s, timeout 10s\n"
        "    under lock 0\n"
        "    after preflight/look\n");
}

// Whatever is changed in a plan must change its JSON: the text form is complete.
TEST_CASE("no field of a plan is missing in its JSON") {
  const auto make = [] {
    test::PlanBuilder builder;
    builder.Add(Phase::kPreflight, "look");
    StepId write = builder.Write(Phase::kPrepare, "write", "/etc/a");
    builder.step(write).lock_scope_id = builder.Lock("/etc", 1'000, 60'000);
    Config config;
    config.keys.resize(1);
    builder.plan().configs.push_back(config);
    return builder.plan();
  };
  const std::string before = CompactJson(ToJson(make()));
  int number = 0;
  const auto differs = [&](auto change) {
    Plan plan = make();
    change(plan);
    INFO("change " << ++number);
    CHECK(CompactJson(ToJson(plan)) != before);
  };
  differs([](Plan& p) { p.tool_version = "x"; });
  differs([](Plan& p) { p.stdlib_digest = "x"; });
  differs([](Plan& p) { p.product.releases = {"1.0.0"}; });
  differs([](Plan& p) { p.product.withdrawn = {{"1.0.0", "x"}}; });
  differs([](Plan& p) { p.upgrade.from[0].upper = "1.9"; });
  differs([](Plan& p) { p.upgrade.ticket = "x"; });
  differs([](Plan& p) { p.upgrade.window_ms = 1; });
  differs([](Plan& p) { p.upgrade.downtime_ms = 1; });
  differs([](Plan& p) { p.upgrade.up_when.resize(1); });
  differs([](Plan& p) { p.upgrade.approvals = {"x"}; });
  differs([](Plan& p) { p.upgrade.accepts_loss = {"x"}; });
  differs([](Plan& p) { p.upgrade.allows = {{"no-estimate", "x", {}}}; });
  differs([](Plan& p) { p.upgrade.window_position.line = 7; });
  differs([](Plan& p) { p.upgrade.downtime_position.line = 7; });
  differs([](Plan& p) { p.facts[0].native = "x"; });
  differs([](Plan& p) { p.configs[0].keys[0].becomes = "x"; });
  differs([](Plan& p) { p.configs[0].keys[0].reason = "x"; });
  differs([](Plan& p) { p.resources[0].is_unknown = true; });
  differs([](Plan& p) { p.resources[0].is_template = true; });
  differs([](Plan& p) { p.resources[0].overlap = Overlap::kSameName; });
  differs([](Plan& p) { p.resources[0].within = "whole"; });
  differs([](Plan& p) { p.steps[0].issues = "Token"; });
  differs([](Plan& p) { p.steps[0].kept = "why"; });
  differs([](Plan& p) { p.resources[0].within_count = 1; });
  differs([](Plan& p) { p.lock_scopes[0].locks[0].native = "x"; });
  differs([](Plan& p) { p.lock_scopes[0].hold_ms = 1; });
  differs([](Plan& p) { p.steps[1].label = "x"; });
  differs([](Plan& p) { p.steps[1].kind = StepKind::kJoin; });
  differs([](Plan& p) { p.steps[1].native = "x"; });
  differs([](Plan& p) { p.steps[1].undo_command = {{ValueKind::kString, false, 0, 0, "x", {}}}; });
  differs([](Plan& p) { p.steps[1].phase = Phase::kSwitch; });
  differs([](Plan& p) { p.steps[1].allowed_phases = 1; });
  differs([](Plan& p) { p.steps[1].arguments = {{"x", {}}}; });
  differs([](Plan& p) { p.steps[1].effects[0].kind = EffectKind::kNeeds; });
  differs([](Plan& p) { p.steps[1].undo = UndoClass::kNever; });
  differs([](Plan& p) { p.steps[1].undo_reason = "x"; });
  differs([](Plan& p) { p.steps[1].repeat = Repeat::kOnce; });
  differs([](Plan& p) { p.steps[1].is_shared = true; });
  differs([](Plan& p) { p.steps[1].waits = true; });
  differs([](Plan& p) { p.steps[1].takes_ms = 7; });
  differs([](Plan& p) { p.steps[1].undo_takes_ms = 7; });
  differs([](Plan& p) { p.steps[1].timeout_ms = 7; });
  differs([](Plan& p) { p.steps[1].attempts_max = 7; });
  differs([](Plan& p) { p.steps[1].retry_wait_ms = 7; });
  differs([](Plan& p) { p.steps[1].ends = StepId(0); });
  differs([](Plan& p) { p.steps[1].lock_scope_id = LockScopeId(); });
  differs([](Plan& p) { p.steps[1].after.clear(); });
  differs([](Plan& p) { p.steps[1].position.column = 7; });
  differs([](Plan& p) { p.payload = {"payload/x"}; });
}

}  // namespace
}  // namespace upgraph::plan
