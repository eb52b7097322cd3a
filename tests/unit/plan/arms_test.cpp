// Which arms a host takes, and what becomes of the steps of the others.

#include "plan/arms.h"

#include <functional>

#include "plan/codec.h"
#include "plan/verify.h"
#include "tests/support/catch.h"
#include "tests/support/plan_builder.h"

namespace upgraph::plan {
namespace {

using Catch::Matchers::Contains;

Value ValueOf(ValueKind kind, const std::string& text) {
  return {kind, text.starts_with("${"), 0, 0, text, {}};
}

Value Number(ValueKind kind, int64_t number) { return {kind, false, number, 0, "", {}}; }

Predicate Compare(Comparison comparison, Value left, Value right) {
  Predicate predicate;
  predicate.kind = PredicateKind::kCompare;
  predicate.comparison = comparison;
  predicate.values = {std::move(left), std::move(right)};
  return predicate;
}

Predicate All(PredicateKind kind, std::vector<Predicate> operands) {
  Predicate predicate;
  predicate.kind = kind;
  predicate.operands = std::move(operands);
  return predicate;
}

Predicate IsArch(const std::string& arch) {
  return Compare(Comparison::kEqual, ValueOf(ValueKind::kString, "${arch}"),
                 ValueOf(ValueKind::kString, arch));
}

// first; when arch == "a" { one; when from < v1.5 { two } } else { three }; last
Plan Sample() {
  test::PlanBuilder builder;
  const StepId first = builder.Write(Phase::kPrepare, "first", "/first");
  const StepId one = builder.Write(Phase::kPrepare, "one", "/one");
  const StepId two = builder.Write(Phase::kPrepare, "two", "/two");
  const StepId three = builder.Write(Phase::kPrepare, "three", "/three");
  const StepId last = builder.Write(Phase::kPrepare, "last", "/last");
  builder.step(one).after = {first};
  builder.step(two).after = {one};
  builder.step(three).after = {first};
  builder.step(last).after = {two, three};
  builder.step(three).lock_scope_id = builder.Lock("/lock", 1, 1);
  Plan plan = builder.plan();
  plan.arms = {{"when arch", IsArch("a"), {}, {}, ArmState::kOpen, {}},
               {"when from",
                Compare(Comparison::kLess, ValueOf(ValueKind::kVersion, "${from}"),
                        ValueOf(ValueKind::kVersion, "1.5.0")),
                {},
                ArmId(0),
                ArmState::kOpen,
                {}},
               {"else", {}, ArmId(0), {}, ArmState::kOpen, {}}};
  plan.steps[1].arm_id = ArmId(0);
  plan.steps[2].arm_id = ArmId(1);
  plan.steps[3].arm_id = ArmId(2);
  return plan;
}

std::string Ran(const Plan& plan) {
  std::string text;
  for (const Step& step : plan.steps) {
    text += step.kind == StepKind::kJoin ? "" : (text.empty() ? "" : " ") + step.name;
  }
  return text;
}

Plan Decided(const TemplateNames& names) {
  Plan plan = Sample();
  REQUIRE(Verify(plan).ok());
  const Status status = DecideArms(plan.product, names, &plan);
  REQUIRE(status.ok());
  const Status verified = Verify(plan);
  INFO((verified.ok() ? "" : verified.error().message));
  CHECK(verified.ok());
  return plan;
}

TEST_CASE("the first arm that holds is taken, and what is in it only then") {
  CHECK(Ran(Decided({{"arch", "a"}, {"from", "1.0.0"}})) == "first one two last");
  CHECK(Ran(Decided({{"arch", "a"}, {"from", "1.5.0"}})) == "first one last");
  CHECK(Ran(Decided({{"arch", "b"}, {"from", "1.0.0"}})) == "first three last");
}

TEST_CASE("a step that is left out keeps its place, and its lock is not taken") {
  const Plan plan = Decided({{"arch", "a"}, {"from", "1.0.0"}});
  const Step& three = plan.steps[3];
  CHECK(three.kind == StepKind::kJoin);
  CHECK(three.path == Sample().steps[3].path);
  CHECK(three.title == Sample().steps[3].title);
  CHECK(three.after == Sample().steps[3].after);
  CHECK(three.effects.empty());
  CHECK_FALSE(three.lock_scope_id.has_value());
  CHECK(Decided({{"arch", "b"}, {"from", "1.0.0"}}).steps[3].lock_scope_id.has_value());
}

TEST_CASE("what depends on an answer that is not known stays open") {
  Plan plan = Decided({{"arch", "${arch}"}, {"from", "1.5.0"}});
  CHECK(plan.arms[0].state == ArmState::kOpen);
  CHECK(plan.arms[1].state == ArmState::kLeftOut);
  CHECK(plan.arms[2].state == ArmState::kOpen);
  CHECK(Ran(plan) == "first one three last");
}

TEST_CASE("conditions are decided by their parts, known or not") {
  const auto holds = [](const Predicate& predicate) -> std::string {
    const auto result = Holds(
        Product(), {{"yes", "true"}, {"no", "false"}, {"open", "${open}"}, {"n", "7"}}, predicate);
    return !result.ok() ? result.error().message : !*result ? "open" : **result ? "yes" : "no";
  };
  const auto is = [](const std::string& name) {
    return Compare(Comparison::kEqual, ValueOf(ValueKind::kBool, "${" + name + "}"),
                   Number(ValueKind::kBool, 1));
  };
  CHECK(holds(is("yes")) == "yes");
  CHECK(holds(is("no")) == "no");
  CHECK(holds(is("open")) == "open");
  CHECK(holds(All(PredicateKind::kNot, {is("open")})) == "open");
  CHECK(holds(All(PredicateKind::kAll, {is("open"), is("no")})) == "no");
  CHECK(holds(All(PredicateKind::kAll, {is("open"), is("yes")})) == "open");
  CHECK(holds(All(PredicateKind::kAny, {is("open"), is("yes")})) == "yes");
  CHECK(holds(All(PredicateKind::kAny, {is("open"), is("no")})) == "open");
  CHECK(holds(All(PredicateKind::kAll, {})) == "yes");
  CHECK(holds(All(PredicateKind::kAny, {})) == "no");
  const auto number = [](Comparison comparison, int64_t bound) {
    return Compare(comparison, ValueOf(ValueKind::kInt, "${n}"), Number(ValueKind::kInt, bound));
  };
  CHECK(holds(number(Comparison::kLessEqual, 7)) == "yes");
  CHECK(holds(number(Comparison::kLess, 7)) == "no");
  CHECK(holds(number(Comparison::kGreaterEqual, 8)) == "no");
  CHECK(holds(number(Comparison::kNotEqual, 8)) == "yes");
  Predicate in = number(Comparison::kEqual, 5);
  in.kind = PredicateKind::kIn;
  CHECK(holds(in) == "no");
  in.values.push_back(Number(ValueKind::kInt, 7));
  CHECK(holds(in) == "yes");
}

TEST_CASE("versions compare by the scheme of the product") {
  const auto is_less = Compare(Comparison::kLess, ValueOf(ValueKind::kVersion, "${from}"),
                               ValueOf(ValueKind::kVersion, "1.10.0"));
  CHECK(**Holds(Product(), {{"from", "v1.9.0"}}, is_less));
  CHECK_FALSE(**Holds(Product(), {{"from", "1.10.0"}}, is_less));
}

TEST_CASE("an answer that cannot be read is an error") {
  Plan plan = Sample();
  plan.arms[0].condition =
      Compare(Comparison::kEqual, ValueOf(ValueKind::kInt, "${arch}"), Number(ValueKind::kInt, 1));
  const Status status = DecideArms(plan.product, {{"arch", "12x"}, {"from", "1.0.0"}}, &plan);
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().message ==
        "`when arch`: ${arch} is \"12x\" on this host, which is no `Int`");
}

TEST_CASE("arms of one when exclude each other, and only they") {
  const Plan plan = Sample();
  CHECK(Exclude(plan, ArmId(0), ArmId(2)));
  CHECK(Exclude(plan, ArmId(2), ArmId(1)));
  CHECK_FALSE(Exclude(plan, ArmId(0), ArmId(1)));
  CHECK_FALSE(Exclude(plan, ArmId(0), ArmId(0)));
  CHECK_FALSE(Exclude(plan, ArmId(), ArmId(2)));
  CHECK(IsSure(plan, ArmId(), ArmId(1)));
  CHECK(IsSure(plan, ArmId(0), ArmId(1)));
  CHECK_FALSE(IsSure(plan, ArmId(1), ArmId(0)));
  CHECK_FALSE(IsSure(plan, ArmId(0), ArmId()));
}

TEST_CASE("arms read back as they were written") {
  const Plan plan = Sample();
  const auto read = Decode(Encode(plan));
  REQUIRE(read.ok());
  CHECK(*read == plan);
}

std::string ArmViolation(const std::function<void(Plan&)>& change) {
  Plan plan = Sample();
  change(plan);
  const Status status = Verify(plan);
  return status.ok() ? "" : status.error().message;
}

TEST_CASE("each rule of an arm has a violation") {
  const auto condition = [](const std::function<void(Predicate&)>& change) {
    return ArmViolation([&](Plan& plan) { change(plan.arms[0].condition); });
  };
  CHECK(ArmViolation([](Plan&) {}).empty());
  CHECK_THAT(ArmViolation([](Plan& p) { p.arms[0].title = ""; }), Contains("title"));
  CHECK_THAT(ArmViolation([](Plan& p) { p.arms[2].before_id = ArmId(2); }),
             Contains("follows none"));
  CHECK_THAT(ArmViolation([](Plan& p) { p.arms[2].parent_id = ArmId(1); }),
             Contains("follows none"));
  CHECK_THAT(ArmViolation([](Plan& p) { p.arms[1].parent_id = ArmId(1); }), Contains("around it"));
  CHECK_THAT(ArmViolation([](Plan& p) { p.steps[1].arm_id = ArmId(3); }), Contains("not there"));
  CHECK_THAT(ArmViolation([](Plan& p) { p.arms[0].state = ArmState::kLeftOut; }),
             Contains("left out"));
  CHECK_THAT(condition([](Predicate& p) { p.values.pop_back(); }), Contains("not two values"));
  CHECK_THAT(condition([](Predicate& p) { p.values.clear(); }), Contains("nothing"));
  CHECK_THAT(condition([](Predicate& p) { p.comparison = Comparison::kLess; }),
             Contains("no size"));
  CHECK_THAT(condition([](Predicate& p) { p.values[1].kind = ValueKind::kUrl; }),
             Contains("cannot be compared"));
  CHECK_THAT(condition([](Predicate& p) { p.operands = {p}; }),
             Contains("comparison of conditions"));
  CHECK_THAT(condition([](Predicate& p) { p.kind = PredicateKind::kNot; }), Contains("`not`"));
  CHECK_THAT(condition([](Predicate& p) { p.kind = PredicateKind::kAll; }),
             Contains("values of its own"));
  for (const bool is_too_deep : {false, true}) {
    const std::string message = condition([&](Predicate& p) {
      for (int i = 0; i < kPredicateDepthMax + (is_too_deep ? 1 : 0); ++i) {
        p = All(PredicateKind::kNot, {p});
      }
    });
    CHECK(message.empty() != is_too_deep);
  }
}

}  // namespace
}  // namespace upgraph::plan
