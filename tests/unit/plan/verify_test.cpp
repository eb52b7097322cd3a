#include "plan/verify.h"

#include <functional>

#include "tests/support/catch.h"
#include "tests/support/plan_builder.h"

namespace upgraph::plan {
namespace {

test::PlanBuilder Good() {
  test::PlanBuilder builder;
  builder.Add(Phase::kPreflight, "look");
  StepId write = builder.Write(Phase::kPrepare, "write", "/etc/a");
  builder.step(write).lock_scope_id = builder.Lock("/a", 1, 1);
  builder.Write(Phase::kSwitch, "more", "/etc/b");
  return builder;
}

// Applies one change to a good plan and returns what Verify says of it.
std::string Violation(const std::function<void(Plan&)>& change) {
  test::PlanBuilder builder = Good();
  change(builder.plan());
  Status status = Verify(builder.plan());
  return status.ok() ? "" : status.error().message;
}

TEST_CASE("a good plan verifies") {
  CHECK(Violation([](Plan&) {}) == "");
}

TEST_CASE("each rule of a plan has a violation") {
  auto contains = [](const std::string& text) { return Catch::Matchers::Contains(text); };
  CHECK_THAT(Violation([](Plan& p) { p.product.name = ""; }), contains("product"));
  CHECK_THAT(Violation([](Plan& p) { p.product.name = "a/b"; }), contains("`/`"));
  CHECK_THAT(Violation([](Plan& p) { p.facts.clear(); }), contains("installed"));
  CHECK_THAT(Violation([](Plan& p) { p.payload = {"etc/passwd"}; }), contains("outside"));
  CHECK_THAT(Violation([](Plan& p) { p.upgrade.window_ms = -1; }), contains("window"));
  CHECK_THAT(Violation([](Plan& p) { p.steps[1].path = p.steps[0].path; }), contains("two steps"));
  CHECK_THAT(Violation([](Plan& p) { p.steps[1].after = {StepId(1)}; }), contains("after itself"));
  CHECK_THAT(Violation([](Plan& p) {
               p.steps[2].after = {StepId(1), StepId(0)};
             }),
             contains("not in order"));
  CHECK_THAT(Violation([](Plan& p) { p.steps[2].phase = Phase::kPreflight; }),
             contains("comes after"));
  CHECK_THAT(Violation([](Plan& p) { p.steps[1].effects[0].resource_id = ResourceId(99); }),
             contains("not there"));
  CHECK_THAT(Violation([](Plan& p) { p.steps[1].lock_scope_id = LockScopeId(9); }),
             contains("lock scope"));
  CHECK_THAT(Violation([](Plan& p) { p.steps[1].undo = UndoClass::kObserves; }),
             contains("how it reverses"));
  CHECK_THAT(Violation([](Plan& p) { p.steps[0].undo = UndoClass::kExactly; }),
             contains("changes things in preflight"));
  CHECK_THAT(Violation([](Plan& p) { p.steps[1].native = ""; }), contains("without a name"));
  CHECK_THAT(Violation([](Plan& p) { p.steps[1].kind = StepKind::kCommand; }),
             contains("without a command"));
  CHECK_THAT(Violation([](Plan& p) { p.steps[1].timeout_ms = 0; }), contains("timeout"));
  CHECK_THAT(Violation([](Plan& p) { p.steps[1].takes_ms = kTimeMsMax + 1; }),
             contains("estimate"));
  CHECK(Violation([](Plan& p) { p.steps[1].takes_ms = kTimeMsMax; }) == "");
  CHECK_THAT(Violation([](Plan& p) { p.steps[1].title = std::string(kPlanTextBytesMax + 1, 'a'); }),
             contains("title"));
  CHECK(Violation([](Plan& p) { p.steps[1].title = std::string(kPlanTextBytesMax, 'a'); }) == "");
  CHECK_THAT(Violation([](Plan& p) { p.steps[1].title = std::string("a\0b", 3); }),
             contains("zero"));
  CHECK_THAT(Violation([](Plan& p) { p.lock_scopes[0].locks.clear(); }), contains("takes no lock"));
  CHECK_THAT(Violation([](Plan& p) { p.lock_scopes[0].parent_id = LockScopeId(0); }),
             contains("before the one around"));
}

TEST_CASE("a nested lock sorts after the one around it") {
  auto nest = [](const std::string& outer, const std::string& inner) {
    return Violation([&](Plan& p) {
      LockScope scope = p.lock_scopes[0];
      p.lock_scopes[0].locks[0].name = outer;
      scope.locks[0].name = inner;
      scope.parent_id = LockScopeId(0);
      p.lock_scopes.push_back(scope);
    });
  };
  CHECK(nest("a", "b") == "");
  CHECK_THAT(nest("b", "a"), Catch::Matchers::Contains("must sort after"));
  CHECK_THAT(nest("a", "a"), Catch::Matchers::Contains("must sort after"));
}

TEST_CASE("values nest to the limit and no deeper") {
  auto nested = [](int depth) {
    Value value;
    for (int i = 0; i < depth; ++i) {
      value = Value{ValueKind::kList, false, 0, 0, "", {{"", value}}};
    }
    return value;
  };
  auto with = [&](int depth) {
    return Violation([&](Plan& p) { p.steps[1].arguments = {{"a", nested(depth)}}; });
  };
  CHECK(with(kValueDepthMax) == "");
  CHECK_THAT(with(kValueDepthMax + 1), Catch::Matchers::Contains("nests deeper"));
}

}  // namespace
}  // namespace upgraph::plan
