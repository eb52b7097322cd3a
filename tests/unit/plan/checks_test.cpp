#include "plan/checks/check.h"

#include <algorithm>
#include <tuple>

#include <rapidcheck/catch.h>

#include "plan/graph.h"
#include "tests/support/catch.h"
#include "tests/support/plan_builder.h"

namespace upgraph::plan {
namespace {

std::vector<std::string> Names(const Plan& plan) {
  std::vector<std::string> names;
  for (const Finding& finding : RunChecks(plan)) {
    names.push_back(finding.check);
  }
  return names;
}

using Strings = std::vector<std::string>;

TEST_CASE("every check explains itself with a bad and a good example") {
  for (const Check& check : AllChecks()) {
    INFO(check.name);
    CHECK(std::string(check.explanation).find("Bad:") != std::string::npos);
    CHECK(std::string(check.explanation).find("Good:") != std::string::npos);
    CHECK(FindCheck(check.name) == &check);
  }
  CHECK(FindCheck("no-such-check") == nullptr);
}

TEST_CASE("many threads find what one finds, in the same order") {
  for (const size_t count : {kStepsForThreads - 1, kStepsForThreads, 2 * kStepsForThreads}) {
    test::PlanBuilder builder;
    for (size_t i = 0; i < count; ++i) {
      const Phase phase = i % 2 == 0 ? Phase::kPrepare : Phase::kVerify;
      const std::string number = std::to_string(i);
      const StepId id =
          i % 51 == 0 ? builder.Write(phase, number, "/" + number) : builder.Add(phase, number);
      builder.step(id).undo = i % 5 == 0 ? UndoClass::kNever : UndoClass::kExactly;
      builder.step(id).takes_ms = i % 7 == 0 ? 0 : 1000;
      builder.step(id).position.line = static_cast<uint32_t>(i + 1);
    }
    builder.plan().upgrade.allows = {{"no-estimate", "measured", {}}};
    std::vector<Finding> alone;
    for (const Check& check : AllChecks()) {
      check.run(builder.plan(), &alone);
    }
    std::stable_sort(alone.begin(), alone.end(), [](const Finding& a, const Finding& b) {
      return std::tie(a.position.line, a.check) < std::tie(b.position.line, b.check);
    });
    const std::vector<Finding> together = RunChecks(builder.plan());
    REQUIRE(together.size() == alone.size());
    CHECK(together.size() > count / 5);
    for (size_t i = 0; i < alone.size(); ++i) {
      REQUIRE(together[i].check == alone[i].check);
      REQUIRE(together[i].message == alone[i].message);
    }
  }
}

TEST_CASE("inverse-total: no step before the commit without a way back") {
  test::PlanBuilder builder;
  StepId id = builder.Write(Phase::kPrepare, "wipe", "/a");
  CHECK(Names(builder.plan()).empty());
  builder.step(id).undo = UndoClass::kNever;
  CHECK(Names(builder.plan()) == Strings{"inverse-total"});
  builder.step(id).phase = Phase::kCleanup;
  CHECK(Names(builder.plan()) == Strings{"cleanup-after-commit"});
  builder.step(id).delay_ms = 1;
  CHECK(Names(builder.plan()).empty());
  builder.step(id).phase = Phase::kPrepare;
  builder.step(id).delay_ms = 0;
  builder.step(id).undo = UndoClass::kWithLoss;
  CHECK(Names(builder.plan()) == Strings{"inverse-total"});
  builder.plan().upgrade.accepts_loss = {"agreed"};
  CHECK(Names(builder.plan()).empty());
  builder.step(id).undo = UndoClass::kByCompensation;
  builder.step(id).kind = StepKind::kCommand;
  CHECK(Names(builder.plan()) == Strings{"inverse-total"});
  builder.step(id).undo_command = {{ValueKind::kString, false, 0, 0, "undo", {}}};
  CHECK(Names(builder.plan()).empty());
}

TEST_CASE("phase-effects: looking phases only look, and steps stand where they may") {
  test::PlanBuilder builder;
  StepId id = builder.Write(Phase::kVerify, "install", "/a");
  CHECK(Names(builder.plan()) == Strings{"phase-effects"});
  builder.step(id).phase = Phase::kPrepare;
  CHECK(Names(builder.plan()).empty());
  builder.step(id).allowed_phases = 1 << static_cast<int>(Phase::kSwitch);
  CHECK(Names(builder.plan()) == Strings{"phase-effects"});
  builder.step(id).phase = Phase::kSwitch;
  builder.plan().upgrade.downtime_ms = 60'000;
  CHECK(Names(builder.plan()).empty());
}

TEST_CASE("phase-effects: a step that reverses changes something, whatever it declares to write") {
  test::PlanBuilder builder;
  StepId id = builder.Add(Phase::kVerify, "poke");
  CHECK(Names(builder.plan()).empty());
  builder.step(id).undo = UndoClass::kByCompensation;
  CHECK(Names(builder.plan()) == Strings{"phase-effects"});
}

TEST_CASE("inverse-total: a step that writes and reverses nothing has no way back") {
  test::PlanBuilder builder;
  StepId id = builder.Write(Phase::kPrepare, "write", "/a");
  builder.step(id).undo = UndoClass::kObserves;
  CHECK(Names(builder.plan()) == Strings{"inverse-total"});
  builder.step(id).effects[0].kind = EffectKind::kReads;
  CHECK(Names(builder.plan()).empty());
}

TEST_CASE("unordered-conflict: a folder covers what is in it") {
  auto conflict = [](const std::string& a, const std::string& b, bool ordered) {
    test::PlanBuilder builder;
    StepId start = builder.Add(Phase::kPrepare, "start");
    StepId first = builder.Write(Phase::kPrepare, "first", a);
    StepId second = builder.Write(Phase::kPrepare, "second", b);
    builder.After(first, {start}).After(second, {ordered ? first : start});
    return Names(builder.plan()) == Strings{"unordered-conflict"};
  };
  CHECK(conflict("/opt/dten", "/opt/dten", false));
  CHECK(conflict("/opt/dten", "/opt/dten/bin/x", false));
  CHECK(conflict("/opt/dten/bin", "/opt", false));
  CHECK(conflict("/", "/opt", false));
  CHECK_FALSE(conflict("/opt/dten", "/opt/dten-5", false));
  CHECK_FALSE(conflict("/opt/dten", "/opt/dten/bin", true));
}

TEST_CASE("unordered-conflict: two readers never conflict, a reader and a writer do") {
  test::PlanBuilder builder;
  StepId start = builder.Add(Phase::kPrepare, "start");
  StepId first = builder.Add(Phase::kPrepare, "first");
  StepId second = builder.Add(Phase::kPrepare, "second");
  builder.After(first, {start}).After(second, {start});
  builder.Effect(first, EffectKind::kReads, "/a");
  builder.Effect(second, EffectKind::kReads, "/a");
  CHECK(Names(builder.plan()).empty());
  builder.step(second).effects[0].kind = EffectKind::kWrites;
  builder.step(second).undo = UndoClass::kExactly;
  CHECK(Names(builder.plan()) == Strings{"unordered-conflict"});
}

// Two unordered steps, the first with one effect, the second with the other.
test::PlanBuilder TwoBranches(EffectKind first_kind, const Resource& first, EffectKind second_kind,
                              const Resource& second) {
  test::PlanBuilder builder;
  StepId start = builder.Add(Phase::kPrepare, "start");
  StepId a = builder.Add(Phase::kPrepare, "a");
  StepId b = builder.Add(Phase::kPrepare, "b");
  builder.After(a, {start}).After(b, {start});
  builder.Effect(a, first_kind, first);
  builder.Effect(b, second_kind, second);
  builder.step(a).undo = builder.step(b).undo = UndoClass::kExactly;
  return builder;
}

Resource Key(std::vector<std::string> arguments, bool is_unknown = false) {
  return {"key", std::move(arguments), false, is_unknown, Overlap::kSameName};
}

TEST_CASE("unordered-conflict: what is unknown covers all that begins as it does") {
  const auto conflict = [](const Resource& a, const Resource& b) {
    const bool overlaps = Overlaps(a, b);
    CHECK(overlaps == Overlaps(b, a));
    CHECK(overlaps ==
          !Names(TwoBranches(EffectKind::kWrites, a, EffectKind::kWrites, b).plan()).empty());
    return !Names(TwoBranches(EffectKind::kWrites, a, EffectKind::kWrites, b).plan()).empty();
  };
  CHECK(conflict(Key({"settings", "*"}, true), Key({"settings", "a"})));
  CHECK(conflict(Key({"settings", "a"}), Key({"settings", "*"}, true)));
  CHECK(conflict(Key({"*", "a"}, true), Key({"settings", "b"})));
  CHECK_FALSE(conflict(Key({"settings", "*"}, true), Key({"other", "a"})));
  CHECK_FALSE(conflict(Key({"settings", "a"}), Key({"settings", "b"})));
  CHECK_FALSE(conflict(Key({"settings"}), Key({"settings", "b"})));
  Resource unit{"unit", {"settings", "a"}, false, false, Overlap::kSameName};
  CHECK_FALSE(conflict(Key({"settings", "a"}), unit));
}

TEST_CASE("a whole covers its parts, of whatever kind, and nothing else") {
  const auto part = [](const char* kind, std::vector<std::string> arguments, bool is_unknown) {
    return Resource{kind, std::move(arguments), false, is_unknown, Overlap::kSameName, "database",
                    1};
  };
  const Resource a{"database", {"a"}, false, false, Overlap::kSameName};
  const Resource any{"database", {"*"}, false, true, Overlap::kSameName};
  CHECK(Overlaps(a, part("table", {"a", "t"}, false)));
  CHECK(Overlaps(part("table", {"a", "t"}, false), any));
  CHECK(Overlaps(part("table", {"a", "*"}, true), part("table", {"a", "t"}, false)));
  CHECK(Overlaps(part("table", {"*", "t"}, true), part("view", {"b", "v"}, false)));
  CHECK(Overlaps(part("table", {"a", "t"}, false), part("table", {"a", "t"}, false)));
  CHECK_FALSE(Overlaps(a, part("table", {"b", "t"}, false)));
  CHECK_FALSE(Overlaps(part("table", {"a", "t"}, false), part("table", {"a", "u"}, false)));
  CHECK_FALSE(Overlaps(part("table", {"a", "t"}, false), part("view", {"a", "t"}, false)));
  CHECK_FALSE(Overlaps(a, Resource{"table", {"a"}, false, false, Overlap::kSameName}));
  CHECK(!Names(TwoBranches(EffectKind::kWrites, a, EffectKind::kReads,
                           part("table", {"a", "t"}, false))
                   .plan())
             .empty());
}

// A step that issues something, one that uses it, and one that ends it, in this order.
test::PlanBuilder Issued() {
  test::PlanBuilder builder;
  const StepId issue = builder.Write(Phase::kPrepare, "issue", "/a");
  const StepId use = builder.Write(Phase::kSwitch, "use", "/b");
  const StepId end = builder.Write(Phase::kCleanup, "end", "/c");
  builder.After(use, {issue}).After(end, {use});
  builder.step(issue).issues = "Token";
  builder.step(use).arguments = {
      {"token", {ValueKind::kTemporary, false, 0, 0, builder.step(issue).path, {}}}};
  builder.step(end).ends = issue;
  builder.plan().upgrade.downtime_ms = 60'000;
  return builder;
}

TEST_CASE("temporary-ends-once: one end, or a reason to keep it") {
  CHECK(Names(Issued().plan()).empty());
  test::PlanBuilder kept = Issued();
  kept.step(StepId(0)).kept = "handed over";
  CHECK(Names(kept.plan()) == Strings{"temporary-ends-once"});
  kept.step(StepId(2)).ends = StepId();
  CHECK(Names(kept.plan()).empty());
  kept.step(StepId(0)).kept = "";
  CHECK(Names(kept.plan()) == Strings{"temporary-ends-once"});
}

TEST_CASE("temporary-ends-once: nothing uses it after its end, or in no order with it") {
  test::PlanBuilder builder = Issued();
  const StepId late = builder.Write(Phase::kCleanup, "late", "/d");
  builder.step(late).arguments = builder.step(StepId(1)).arguments;
  builder.After(late, {StepId(2)});
  CHECK_THAT(RunChecks(builder.plan()).at(0).message, Catch::Matchers::Contains("after its end"));
  builder.After(late, {StepId(1)});
  CHECK_THAT(RunChecks(builder.plan()).at(0).message, Catch::Matchers::Contains("in no order"));
  builder.step(late).arguments.clear();
  CHECK(Names(builder.plan()).empty());
}

TEST_CASE("unordered-conflict: what is needed must not be written meanwhile") {
  CHECK(
      Names(TwoBranches(EffectKind::kNeeds, Key({"a"}), EffectKind::kWrites, Key({"a"})).plan()) ==
      Strings{"unordered-conflict"});
  CHECK(Names(TwoBranches(EffectKind::kNeeds, Key({"a"}), EffectKind::kReads, Key({"a"})).plan())
            .empty());
}

TEST_CASE("unordered-conflict: a template is looked at for each release") {
  const Resource old_tree{"file", {"/opt/box-${from}"}, true, false, Overlap::kPath};
  const auto with = [&](const std::string& other, std::vector<std::string> releases) {
    test::PlanBuilder builder = TwoBranches(EffectKind::kWrites, old_tree, EffectKind::kWrites,
                                            {"file", {other}, false, false, Overlap::kPath});
    builder.plan().product.releases = std::move(releases);
    builder.plan().product.withdrawn = {{"1.7.0", "bad"}};
    return RunChecks(builder.plan());
  };
  CHECK(with("/opt/other", {"1.0.0", "1.5.0", "2.0.0"}).empty());
  const std::vector<Finding> one = with("/opt/box-1.5.0/bin", {"1.0.0", "1.5.0", "2.0.0"});
  REQUIRE(one.size() == 1);
  CHECK(one[0].severity == FindingSeverity::kWarning);
  CHECK_THAT(one[0].message, Catch::Matchers::Contains("when v1.5.0 is installed"));
  const std::vector<Finding> all = with("/opt", {"1.0.0", "1.5.0", "2.0.0"});
  REQUIRE(all.size() == 1);
  CHECK(all[0].severity == FindingSeverity::kError);
  // Nobody may upgrade from these: one is the target, one was withdrawn.
  CHECK(with("/opt/box-2.0.0", {"1.0.0", "2.0.0"}).empty());
  CHECK(with("/opt/box-1.7.0", {"1.0.0", "1.7.0", "2.0.0"}).empty());
}

TEST_CASE("unordered-conflict: the message names both steps, and the hint the label") {
  test::PlanBuilder builder =
      TwoBranches(EffectKind::kReads, Key({"a"}), EffectKind::kWrites, Key({"a"}));
  builder.step(StepId(1)).label = "first";
  const std::vector<Finding> findings = RunChecks(builder.plan());
  REQUIRE(findings.size() == 1);
  CHECK(
      findings[0].message ==
      "`b` (`prepare/b`) writes `key(a)` in no order with `a` (`prepare/a`); steps that touch the "
      "same thing must be ordered");
  CHECK(findings[0].position.line == 3);
  CHECK(findings[0].second_message == "`a` reads `key(a)` here");
  CHECK(findings[0].second_position.line == 2);
  CHECK(findings[0].hint == "put them in sequence, or write `after first`");
}

TEST_CASE("unordered-conflict: one wide parallel is checked at once") {
  constexpr uint32_t kBranches = 8'000;
  Plan plan;
  plan.resources.push_back({"file", {"/x"}, false, false, Overlap::kPath});
  const auto add = [&](std::vector<StepId> after, EffectKind kind, uint32_t resource) {
    plan.steps.emplace_back();
    plan.steps.back().after = std::move(after);
    plan.steps.back().effects = {{kind, ResourceId(resource)}};
    plan.steps.back().undo = UndoClass::kExactly;
    plan.steps.back().phase = Phase::kPrepare;
    plan.steps.back().allowed_phases = 0x1f;
    return StepId(static_cast<uint32_t>(plan.steps.size() - 1));
  };
  const StepId start = add({}, EffectKind::kWrites, 0);
  std::vector<StepId> ends;
  for (uint32_t i = 0; i < kBranches; ++i) {
    plan.resources.push_back({"file", {"/x/" + std::to_string(i)}, false, false, Overlap::kPath});
    StepId first = add({start}, EffectKind::kWrites, i + 1);
    ends.push_back(add({first}, EffectKind::kReads, i + 1));
  }
  add(ends, EffectKind::kWrites, 0);
  CHECK(Names(plan).empty());
  plan.steps[7].effects[0].resource_id = ResourceId(1);  // of another branch
  const std::vector<Finding> findings = RunChecks(plan);
  CHECK_FALSE(findings.empty());
}

// The definition, pair by pair, as the reference.
bool HasConflict(const Plan& plan) {
  auto covers = [](const std::string& a, const std::string& b) {
    return a == b || a == "/" || (b.size() > a.size() && b.compare(0, a.size() + 1, a + "/") == 0);
  };
  std::vector<std::vector<bool>> reaches(plan.steps.size(), std::vector<bool>(plan.steps.size()));
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    for (StepId before : plan.steps[i].after) {
      reaches[before.index()][i] = true;
      for (uint32_t k = 0; k < before.index(); ++k) {
        reaches[k][i] = reaches[k][i] || reaches[k][before.index()];
      }
    }
  }
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    for (uint32_t k = i + 1; k < plan.steps.size(); ++k) {
      for (const Effect& a : plan.steps[i].effects) {
        for (const Effect& b : plan.steps[k].effects) {
          const std::string& x = plan.resource(a.resource_id).arguments[0];
          const std::string& y = plan.resource(b.resource_id).arguments[0];
          bool writes = a.kind == EffectKind::kWrites || b.kind == EffectKind::kWrites;
          if (writes && (covers(x, y) || covers(y, x)) && !reaches[i][k]) {
            return true;
          }
        }
      }
    }
  }
  return false;
}

TEST_CASE("unordered-conflict agrees with its definition on random graphs") {
  rc::prop("a conflict is found if and only if there is one", [] {
    static const std::vector<std::string> kPaths = {"/", "/a", "/a/b", "/a/c", "/b", "/a/b/c"};
    test::PlanBuilder builder;
    int count = *rc::gen::inRange(2, 9);
    for (int i = 0; i < count; ++i) {
      StepId id = builder.Add(Phase::kPrepare, "s" + std::to_string(i));
      builder.step(id).undo = UndoClass::kExactly;
      std::vector<StepId> after;
      for (int k = 0; k < i; ++k) {
        if (*rc::gen::inRange(0, 3) == 0) {
          after.push_back(StepId(static_cast<uint32_t>(k)));
        }
      }
      builder.After(id, after);
      builder.Effect(id, *rc::gen::arbitrary<bool>() ? EffectKind::kWrites : EffectKind::kReads,
                     kPaths[static_cast<size_t>(*rc::gen::inRange(0, 6))]);
    }
    Strings names = Names(builder.plan());
    RC_ASSERT(HasConflict(builder.plan()) == !names.empty());
  });
}

TEST_CASE("lock-bounded: a lock needs both bounds, and its steps must fit") {
  test::PlanBuilder builder;
  StepId id = builder.Write(Phase::kPrepare, "write", "/a");
  builder.step(id).lock_scope_id = builder.Lock("/a", 1000, 1000);
  CHECK(Names(builder.plan()).empty());
  builder.step(id).takes_ms = 1001;
  CHECK(Names(builder.plan()) == Strings{"lock-bounded"});
  builder.step(id).takes_ms = 1000;
  builder.plan().lock_scopes[0].within_ms = 0;
  CHECK(Names(builder.plan()) == Strings{"lock-bounded"});
  builder.plan().lock_scopes[0].within_ms = 1;
  builder.plan().lock_scopes[0].hold_ms = 0;
  CHECK(Names(builder.plan()) == Strings{"lock-bounded"});
}

TEST_CASE("lock-bounded: a lock is held as long as the locks inside it") {
  test::PlanBuilder builder;
  StepId a = builder.Write(Phase::kPrepare, "a", "/a");
  StepId b = builder.Write(Phase::kPrepare, "b", "/b");
  builder.step(a).lock_scope_id = builder.Lock("/1", 1'000, 2'000);
  builder.step(b).lock_scope_id = builder.Lock("/2", 1'000, 1'000);
  builder.plan().lock_scopes[1].parent_id = LockScopeId(0);
  // The outer one is held while the inner one is waited for.
  builder.plan().lock_scopes[0].hold_ms = 3'000;
  CHECK(Names(builder.plan()).empty());
  builder.plan().lock_scopes[0].hold_ms = 2'999;
  CHECK(Names(builder.plan()) == Strings{"lock-bounded"});
}

TEST_CASE("downtime-fits: the longest path of switch, with full lock waits") {
  test::PlanBuilder builder;
  StepId a = builder.Write(Phase::kSwitch, "a", "/a");
  StepId b = builder.Write(Phase::kSwitch, "b", "/b");
  StepId c = builder.Write(Phase::kSwitch, "c", "/c");
  builder.After(b, {a}).After(c, {a});
  builder.step(c).takes_ms = 4'000;
  builder.plan().upgrade.downtime_ms = 5'000;
  CHECK(Names(builder.plan()).empty());
  builder.plan().upgrade.downtime_ms = 4'999;
  CHECK(Names(builder.plan()) == Strings{"downtime-fits"});
  builder.plan().upgrade.downtime_ms = 5'000;
  builder.step(c).lock_scope_id = builder.Lock("/c", 1, 60'000);
  CHECK(Names(builder.plan()) == Strings{"downtime-fits"});
  builder.plan().upgrade.downtime_ms = 0;
  REQUIRE(RunChecks(builder.plan()).size() == 1);
  CHECK(RunChecks(builder.plan())[0].severity == FindingSeverity::kWarning);
}

TEST_CASE("window-fits: both ways, to the millisecond") {
  test::PlanBuilder builder;
  builder.Write(Phase::kPrepare, "a", "/a");
  builder.Add(Phase::kVerify, "look");
  // Two seconds there; of the two seconds back half as much again is kept.
  builder.plan().upgrade.window_ms = 5'000;
  builder.step(StepId(1)).undo_takes_ms = 1'000;
  CHECK(Names(builder.plan()).empty());
  builder.plan().upgrade.window_ms = 4'999;
  CHECK(Names(builder.plan()) == Strings{"window-fits"});
  builder.step(StepId(0)).takes_ms = INT64_MAX;
  CHECK(Names(builder.plan()) == Strings{"window-fits"});
  builder.plan().upgrade.window_ms = 0;
  CHECK(Names(builder.plan()).empty());
}

TEST_CASE("what is allowed is not found, and what is not found is not allowed") {
  test::PlanBuilder builder;
  StepId id = builder.Write(Phase::kPrepare, "a", "/a");
  builder.step(id).lock_scope_id = builder.Lock("/a", 0, 1000);
  CHECK(Names(builder.plan()) == Strings{"lock-bounded"});
  builder.plan().upgrade.allows = {{"lock-bounded", "nobody else is here", {}}};
  CHECK(Names(builder.plan()).empty());
  builder.plan().lock_scopes[0].within_ms = 1000;
  CHECK(Names(builder.plan()) == Strings{"unused-allow"});
  // Not even a plan that claims so: the way back is not up for a reason.
  builder.step(id).undo = UndoClass::kNever;
  builder.plan().upgrade.allows = {{"inverse-total", "we are brave", {}}};
  CHECK(Names(builder.plan()) == Strings{"unused-allow", "inverse-total"});
}

TEST_CASE("branches with one lock count in sequence") {
  test::PlanBuilder builder;
  StepId a = builder.Write(Phase::kSwitch, "a", "/a");
  StepId b = builder.Write(Phase::kSwitch, "b", "/b");
  builder.After(b, {});
  builder.step(a).lock_scope_id = builder.Lock("/l", 100, 60'000);
  builder.step(b).lock_scope_id = builder.Lock("/l", 100, 60'000);
  CHECK(CriticalPath(builder.plan(), Phase::kSwitch, Phase::kSwitch).forward_ms == 2'100);
}

}  // namespace
}  // namespace upgraph::plan
