#include "plan/graph.h"

#include <rapidcheck/catch.h>

#include <algorithm>

#include "tests/support/catch.h"
#include "tests/support/plan_builder.h"

namespace upgraph::plan {
namespace {

// The transitive closure, step by step: the reference.
std::vector<std::vector<bool>> Closure(const Plan& plan) {
  const size_t count = plan.steps.size();
  std::vector<std::vector<bool>> reaches(count, std::vector<bool>(count, false));
  for (size_t i = 0; i < count; ++i) {
    for (StepId before : plan.steps[i].after) {
      reaches[before.index()][i] = true;
      for (size_t k = 0; k < count; ++k) {
        reaches[k][i] = reaches[k][i] || reaches[k][before.index()];
      }
    }
  }
  return reaches;
}

void RequireSameAsClosure(const Plan& plan) {
  const auto reaches = Closure(plan);
  Reachability reachability(plan);
  const auto count = static_cast<uint32_t>(plan.steps.size());
  for (uint32_t i = 0; i < count; ++i) {
    bool is_barrier = true;
    for (uint32_t k = 0; k < count; ++k) {
      RC_ASSERT(reachability.Reaches(StepId(i), StepId(k)) == reaches[i][k]);
      is_barrier = is_barrier && (i == k || reaches[i][k] || reaches[k][i]);
    }
    RC_ASSERT(reachability.IsBarrier(StepId(i)) == is_barrier);
  }
}

TEST_CASE("reachability is the transitive closure on any graph") {
  rc::prop("dense and sparse", [] {
    test::PlanBuilder builder;
    const int count = *rc::gen::inRange(1, 25);
    const int sparseness = *rc::gen::inRange(1, 12);
    for (int i = 0; i < count; ++i) {
      StepId id = builder.Add(Phase::kPrepare, "s" + std::to_string(i));
      std::vector<StepId> after;
      for (int k = 0; k < i; ++k) {
        if (*rc::gen::inRange(0, sparseness) == 0) {
          after.push_back(StepId(static_cast<uint32_t>(k)));
        }
      }
      builder.After(id, after);
    }
    RequireSameAsClosure(builder.plan());
  });
}

// Series and parallels as the text of a spec makes them, with a few `after` between branches.
class RandomText {
 public:
  std::vector<StepId> Sequence(std::vector<StepId> ends, int depth) {
    const int count = *rc::gen::inRange(1, 4);
    for (int i = 0; i < count; ++i) {
      ends = depth > 0 && *rc::gen::inRange(0, 2) == 0 ? Parallel(ends, depth) : One(ends);
    }
    return ends;
  }
  Plan& plan() { return builder_.plan(); }

 private:
  std::vector<StepId> One(std::vector<StepId> after) {
    std::sort(after.begin(), after.end());
    after.erase(std::unique(after.begin(), after.end()), after.end());
    StepId id = builder_.Add(Phase::kPrepare, "s" + std::to_string(plan().steps.size()));
    builder_.After(id, std::move(after));
    return {id};
  }

  std::vector<StepId> Parallel(const std::vector<StepId>& start, int depth) {
    std::vector<StepId> ends;
    std::vector<std::vector<StepId>> branches;
    const int count = *rc::gen::inRange(2, 5);
    for (int i = 0; i < count; ++i) {
      std::vector<StepId> after = start;
      for (const auto& branch : branches) {
        if (*rc::gen::inRange(0, 4) == 0) {
          after.insert(after.end(), branch.begin(), branch.end());
        }
      }
      branches.push_back(Sequence(after, depth - 1));
      ends.insert(ends.end(), branches.back().begin(), branches.back().end());
    }
    return ends;
  }

  test::PlanBuilder builder_;
};

TEST_CASE("reachability is the transitive closure on what the text of a spec makes") {
  rc::prop("series, parallels, after", [] {
    RandomText text;
    text.Sequence({}, 3);
    RC_PRE(text.plan().steps.size() < 120u);
    RequireSameAsClosure(text.plan());
  });
}

TEST_CASE("reachability answers at once for wide and long graphs") {
  // One start, branches of two steps, a step after all of them, and a chain.
  constexpr uint32_t kBranches = 8'000;
  Plan plan;
  const auto add = [&](std::vector<StepId> after) {
    plan.steps.emplace_back();
    plan.steps.back().after = std::move(after);
    return StepId(static_cast<uint32_t>(plan.steps.size() - 1));
  };
  const StepId start = add({});
  std::vector<StepId> firsts;
  std::vector<StepId> ends;
  for (uint32_t i = 0; i < kBranches; ++i) {
    firsts.push_back(add({start}));
    ends.push_back(add({firsts.back()}));
  }
  StepId last = add(ends);
  for (int i = 0; i < 8'000; ++i) {
    last = add({last});
  }
  Reachability reachability(plan);
  bool all_right = true;
  for (uint32_t i = 0; i < kBranches; ++i) {
    all_right = all_right && reachability.Reaches(firsts[i], ends[i]) &&
                reachability.Reaches(firsts[i], last) &&
                !reachability.AreOrdered(firsts[i], ends[(i + 1) % kBranches]);
  }
  CHECK(all_right);
  CHECK(reachability.IsBarrier(start));
  CHECK_FALSE(reachability.IsBarrier(firsts[7]));
}

StepId Timed(test::PlanBuilder* builder, const char* name, int64_t takes_ms, int64_t back_ms,
             std::vector<StepId> after) {
  StepId id = builder->Write(Phase::kSwitch, name, std::string("/") + name);
  builder->After(id, std::move(after));
  builder->step(id).takes_ms = takes_ms;
  builder->step(id).undo_takes_ms = back_ms;
  return id;
}

TEST_CASE("successors stand in their order, and a last step has none") {
  test::PlanBuilder builder;
  const StepId first = builder.Add(Phase::kPrepare, "first");
  const StepId second = builder.Add(Phase::kPrepare, "second");
  const StepId third = builder.Add(Phase::kPrepare, "third");
  builder.After(second, {first});
  builder.After(third, {first, second});
  const Adjacency<StepId> successors = Successors(builder.plan());
  const auto of = [&](StepId id) {
    return std::vector<StepId>(successors[id.index()].begin(), successors[id.index()].end());
  };
  CHECK(of(first) == std::vector<StepId>{second, third});
  CHECK(of(second) == std::vector<StepId>{third});
  CHECK(of(third).empty());
}

TEST_CASE("the critical path is the longest one, forward and back apart") {
  test::PlanBuilder builder;
  StepId a = Timed(&builder, "a", 1'000, 10, {});
  StepId b = Timed(&builder, "b", 5'000, 10, {a});
  StepId c = Timed(&builder, "c", 2'000, 9'000, {a});
  StepId d = Timed(&builder, "d", 1'000, 10, {b, c});
  const Duration path = CriticalPath(builder.plan(), Phase::kSwitch, Phase::kSwitch);
  CHECK(path.forward_ms == 7'000);
  CHECK(path.back_ms == 9'020);
  CHECK(CriticalSteps(builder.plan(), Phase::kSwitch, Phase::kSwitch) ==
        std::vector<StepId>{a, b, d});
  CHECK(CriticalPath(builder.plan(), Phase::kPrepare, Phase::kPrepare).forward_ms == 0);
}

TEST_CASE("a lock's wait counts once for each time a path takes it") {
  test::PlanBuilder builder;
  StepId a = Timed(&builder, "a", 1'000, 1'000, {});
  StepId b = Timed(&builder, "b", 1'000, 1'000, {a});
  StepId join = builder.Add(Phase::kSwitch, "join");
  builder.step(join).kind = StepKind::kJoin;
  builder.step(join).takes_ms = builder.step(join).undo_takes_ms = 0;
  builder.After(join, {a, b});
  StepId c = Timed(&builder, "c", 1'000, 1'000, {join});
  StepId d = Timed(&builder, "d", 1'000, 1'000, {c});
  const LockScopeId scope = builder.Lock("/l", 500, 60'000);
  for (StepId id : {a, b, join, c}) {
    builder.step(id).lock_scope_id = scope;
  }
  CHECK(CriticalPath(builder.plan(), Phase::kSwitch, Phase::kSwitch).forward_ms == 4'500);
  CHECK(CriticalPath(builder.plan(), Phase::kSwitch, Phase::kSwitch).back_ms == 4'500);
  // What only looks is not reverted, so the lock is taken again for the others alone, or not at
  // all.
  builder.step(c).undo = UndoClass::kObserves;
  CHECK(CriticalPath(builder.plan(), Phase::kSwitch, Phase::kSwitch).back_ms == 4'500);
  builder.step(a).undo = builder.step(b).undo = UndoClass::kObserves;
  CHECK(CriticalPath(builder.plan(), Phase::kSwitch, Phase::kSwitch).back_ms == 4'000);
  CHECK(CriticalPath(builder.plan(), Phase::kSwitch, Phase::kSwitch).forward_ms == 4'500);
  // A second scope with the same lock, later on the same path: its wait once more.
  builder.step(d).lock_scope_id = builder.Lock("/l", 500, 60'000);
  CHECK(CriticalPath(builder.plan(), Phase::kSwitch, Phase::kSwitch).forward_ms == 5'000);
}

TEST_CASE("branches with a common lock run one after another, others do not") {
  test::PlanBuilder builder;
  StepId start = Timed(&builder, "start", 0, 0, {});
  std::vector<StepId> branches;
  for (const char* name : {"a", "b", "c"}) {
    branches.push_back(Timed(&builder, name, 1'000, 2'000, {start}));
    builder.step(branches.back()).lock_scope_id = builder.Lock("/l", 0, 60'000);
  }
  Timed(&builder, "free", 2'500, 2'500, {start});
  CHECK(CriticalPath(builder.plan(), Phase::kSwitch, Phase::kSwitch).forward_ms == 3'000);
  CHECK(CriticalPath(builder.plan(), Phase::kSwitch, Phase::kSwitch).back_ms == 6'000);
  builder.plan().lock_scopes[2].locks[0].name = "files.lock(/other)";
  CHECK(CriticalPath(builder.plan(), Phase::kSwitch, Phase::kSwitch).forward_ms == 2'500);
}

TEST_CASE("a lock is held for the longest path inside it, both ways") {
  test::PlanBuilder builder;
  const StepId outside = Timed(&builder, "outside", 9'000, 9'000, {});
  const StepId start = Timed(&builder, "start", 100, 200, {outside});
  const StepId a = Timed(&builder, "a", 1'000, 3'000, {start});
  const StepId b = Timed(&builder, "b", 2'000, 1'000, {start});
  Timed(&builder, "later", 9'000, 9'000, {a, b});
  const LockScopeId outer = builder.Lock("/l", 500, 60'000);
  for (const StepId id : {start, a, b}) {
    builder.step(id).lock_scope_id = outer;
  }
  CHECK(HoldTimes(builder.plan())[0].forward_ms == 2'100);
  CHECK(HoldTimes(builder.plan())[0].back_ms == 3'200);
  // Two locks inside, waited for side by side; one of the two name the same: one after the other.
  builder.step(a).lock_scope_id = builder.Lock("/m", 10, 60'000);
  builder.step(b).lock_scope_id = builder.Lock("/n", 20, 60'000);
  builder.plan().lock_scopes[1].parent_id = builder.plan().lock_scopes[2].parent_id = outer;
  CHECK(HoldTimes(builder.plan())[0].forward_ms == 2'120);
  CHECK(HoldTimes(builder.plan())[1].forward_ms == 1'000);
  builder.plan().lock_scopes[2].locks[0].name = builder.plan().lock_scopes[1].locks[0].name;
  CHECK(HoldTimes(builder.plan())[0].forward_ms == 3'130);
}

TEST_CASE("the way back ends at the point of no return, and the window at the commit") {
  test::PlanBuilder builder;
  StepId a = Timed(&builder, "a", 1'000, 4'000, {});
  const StepId commit = builder.Add(Phase::kSwitch, "commit");
  StepId b = Timed(&builder, "b", 2'000, 8'000, {commit});
  builder.After(commit, {a});
  builder.step(commit).takes_ms = builder.step(commit).undo_takes_ms = 0;
  CHECK(WayBackEnd(builder.plan()) == 3);
  CHECK(UntilCommit(builder.plan()).forward_ms == 3'000);
  CHECK(UntilCommit(builder.plan()).back_ms == 12'000);
  builder.step(commit).kind = StepKind::kCommit;
  CHECK(WayBackEnd(builder.plan()) == 1);
  CHECK(UntilCommit(builder.plan()).forward_ms == 1'000);
  CHECK(UntilCommit(builder.plan()).back_ms == 4'000);
  CHECK(CriticalPath(builder.plan(), Phase::kSwitch, Phase::kSwitch).forward_ms == 3'000);
  CHECK(CriticalPath(builder.plan(), Phase::kSwitch, Phase::kSwitch).back_ms == 4'000);
  builder.step(commit).kind = StepKind::kNative;
  builder.step(b).phase = Phase::kCleanup;
  CHECK(WayBackEnd(builder.plan()) == 2);
}

TEST_CASE("of a run under way the open steps lie ahead, and those behind it go back as well") {
  test::PlanBuilder builder;
  const StepId a = Timed(&builder, "a", 1'000, 4'000, {});
  const StepId b = Timed(&builder, "b", 2'000, 8'000, {a});
  const StepId c = Timed(&builder, "c", 4'000, 16'000, {a});
  Timed(&builder, "d", 8'000, 32'000, {b, c});
  const plan::Plan& plan = builder.plan();
  CHECK(WayBack(plan, {false, false, false, false}) == 0);
  CHECK(WayBack(plan, {true, true, false, false}) == 12'000);
  CHECK(WayBack(plan, {true, true, true, false}) == 20'000);
  CHECK(WayBack(plan, {false, true, true, true}) == 48'000);
  const Duration half = UntilCommit(plan, {false, false, true, true}, {false, true, false, false});
  CHECK(half.forward_ms == 12'000);
  CHECK(half.back_ms == 48'000);
  CHECK(KeptForWayBack(20'000) == 30'000);
  CHECK(KeptForWayBack(INT64_MAX) == INT64_MAX);
}

TEST_CASE("on the way back a lock is waited for where something under it goes back") {
  test::PlanBuilder builder;
  const StepId a = Timed(&builder, "a", 1'000, 4'000, {});
  const StepId b = Timed(&builder, "b", 2'000, 8'000, {a});
  builder.step(b).lock_scope_id = builder.Lock("/l", 500, 60'000);
  CHECK(WayBack(builder.plan(), {true, false}) == 4'000);
  CHECK(WayBack(builder.plan(), {true, true}) == 12'500);
}

TEST_CASE("sums of times stop at the greatest number") {
  test::PlanBuilder builder;
  StepId a = Timed(&builder, "a", INT64_MAX, 0, {});
  Timed(&builder, "b", INT64_MAX, 0, {a});
  CHECK(CriticalPath(builder.plan(), Phase::kSwitch, Phase::kSwitch).forward_ms == INT64_MAX);
}

}  // namespace
}  // namespace upgraph::plan
