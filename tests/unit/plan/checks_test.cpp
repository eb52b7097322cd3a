#include "plan/checks/check.h"

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

TEST_CASE("inverse-total: no step before the commit without a way back") {
  test::PlanBuilder builder;
  StepId id = builder.Write(Phase::kPrepare, "wipe", "/a");
  CHECK(Names(builder.plan()).empty());
  builder.step(id).undo = UndoClass::kNever;
  CHECK(Names(builder.plan()) == Strings{"inverse-total"});
  builder.step(id).phase = Phase::kCleanup;
  CHECK(Names(builder.plan()).empty());
  builder.step(id).phase = Phase::kPrepare;
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
