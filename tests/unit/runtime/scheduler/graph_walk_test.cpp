#include "runtime/scheduler/graph_walk.h"

#include <rapidcheck.h>
#include <rapidcheck/catch.h>

#include <algorithm>

#include "plan/graph.h"
#include "tests/support/catch.h"
#include "tests/support/plan_builder.h"

namespace upgraph::scheduler {
namespace {

using history::Direction;
using plan::LockScopeId;
using plan::Phase;
using plan::StepId;

std::vector<bool> All(const plan::Plan& plan) { return std::vector<bool>(plan.steps.size(), true); }

// 0 -> {1, 2} -> 3
test::PlanBuilder Diamond() {
  test::PlanBuilder builder;
  for (const char* name : {"0", "1", "2", "3"}) {
    builder.Add(Phase::kSwitch, name);
  }
  builder.After(StepId(2), {StepId(0)}).After(StepId(3), {StepId(1), StepId(2)});
  return builder;
}

TEST_CASE("forward and back go through a diamond as mirror images") {
  test::PlanBuilder builder = Diamond();
  GraphWalk forward(builder.plan(), Direction::kForward, All(builder.plan()));
  CHECK(forward.TakeReady().steps == std::vector{StepId(0)});
  CHECK(forward.TakeReady().steps.empty());
  forward.StepDone(StepId(0));
  CHECK(forward.TakeReady().steps == std::vector{StepId(1), StepId(2)});
  forward.StepDone(StepId(2));
  CHECK(forward.TakeReady().steps.empty());
  forward.StepDone(StepId(1));
  CHECK(forward.TakeReady().steps == std::vector{StepId(3)});
  CHECK_FALSE(forward.is_finished());
  forward.StepDone(StepId(3));
  CHECK(forward.is_finished());

  GraphWalk back(builder.plan(), Direction::kBack, All(builder.plan()));
  CHECK(back.TakeReady().steps == std::vector{StepId(3)});
  back.StepDone(StepId(3));
  CHECK(back.TakeReady().steps == std::vector{StepId(2), StepId(1)});
}

TEST_CASE("no more steps are given than were asked for, and the others later, in order") {
  test::PlanBuilder builder;
  for (const char* name : {"0", "1", "2", "3", "4"}) {
    builder.After(builder.Add(Phase::kSwitch, name), {});
  }
  GraphWalk forward(builder.plan(), Direction::kForward, All(builder.plan()));
  CHECK(forward.TakeReady(0).steps.empty());
  CHECK(forward.TakeReady(2).steps == std::vector{StepId(0), StepId(1)});
  forward.StepDone(StepId(1));
  CHECK(forward.TakeReady(2).steps == std::vector{StepId(2), StepId(3)});
  CHECK(forward.TakeReady().steps == std::vector{StepId(4)});

  GraphWalk back(builder.plan(), Direction::kBack, All(builder.plan()));
  CHECK(back.TakeReady(1).steps == std::vector{StepId(4)});
  CHECK(back.TakeReady(3).steps == std::vector{StepId(3), StepId(2), StepId(1)});
}

TEST_CASE("what is not included counts as done, also in the middle") {
  test::PlanBuilder builder = Diamond();
  GraphWalk walk(builder.plan(), Direction::kForward, {false, true, false, true});
  CHECK(walk.TakeReady().steps == std::vector{StepId(1)});
  walk.StepDone(StepId(1));
  CHECK(walk.TakeReady().steps == std::vector{StepId(3)});
}

TEST_CASE("after Stop nothing becomes ready") {
  test::PlanBuilder builder = Diamond();
  GraphWalk walk(builder.plan(), Direction::kForward, All(builder.plan()));
  walk.TakeReady();
  walk.Stop();
  walk.StepDone(StepId(0));
  CHECK(walk.TakeReady().steps.empty());
  CHECK_FALSE(walk.is_finished());
}

TEST_CASE("a scope is taken for its first step and freed after its last, in both directions") {
  for (Direction direction : {Direction::kForward, Direction::kBack}) {
    test::PlanBuilder builder = Diamond();
    LockScopeId scope = builder.Lock("/x", 1000, 1000);
    builder.step(StepId(1)).lock_scope_id = scope;
    builder.step(StepId(2)).lock_scope_id = scope;
    bool is_forward = direction == Direction::kForward;
    GraphWalk walk(builder.plan(), direction, All(builder.plan()));
    StepId first = is_forward ? StepId(0) : StepId(3);
    CHECK(walk.TakeReady().scopes.empty());
    CHECK(walk.StepDone(first).empty());
    GraphWalk::Next next = walk.TakeReady();
    CHECK(next.scopes == std::vector{scope});
    CHECK(next.steps.empty());
    CHECK(walk.TakeReady().scopes.empty());
    walk.ScopeTaken(scope);
    CHECK(walk.TakeReady().steps.size() == 2);
    CHECK(walk.StepDone(StepId(1)).empty());
    CHECK(walk.StepDone(StepId(2)) == std::vector{scope});
  }
}

TEST_CASE("a scope that cannot be taken gives its steps up and lets the rest go on") {
  test::PlanBuilder builder = Diamond();
  LockScopeId scope = builder.Lock("/x", 1000, 1000);
  builder.step(StepId(1)).lock_scope_id = scope;
  GraphWalk walk(builder.plan(), Direction::kBack, All(builder.plan()));
  walk.TakeReady();
  walk.StepDone(StepId(3));
  CHECK(walk.TakeReady().steps == std::vector{StepId(2)});
  CHECK(walk.ScopeFailed(scope) == std::vector{StepId(1)});
  walk.StepDone(StepId(2));
  CHECK(walk.TakeReady().steps == std::vector{StepId(0)});
  walk.StepDone(StepId(0));
  CHECK(walk.is_finished());
}

TEST_CASE("a lock is not held while its steps wait for others that need the same lock") {
  // 0 and 1 under one scope, 2 and 3 under another with the same lock; 3 comes after 0.
  test::PlanBuilder builder;
  LockScopeId first = builder.Lock("/a", 1000, 1000);
  LockScopeId second = builder.Lock("/a", 1000, 1000);
  for (const char* name : {"0", "1", "2", "3"}) {
    StepId id = builder.Add(Phase::kSwitch, name);
    builder.After(id, {}).step(id).lock_scope_id = id.index() < 2 ? first : second;
  }
  builder.After(StepId(3), {StepId(0)});
  GraphWalk forward(builder.plan(), Direction::kForward, All(builder.plan()));
  CHECK(forward.TakeReady().scopes == std::vector{first});
  GraphWalk back(builder.plan(), Direction::kBack, All(builder.plan()));
  CHECK(back.TakeReady().scopes == std::vector{second});

  // Taken first, the second scope would wait for 0, which waits for the lock.
  GraphWalk walk(builder.plan(), Direction::kForward, {true, false, true, true});
  CHECK(walk.TakeReady().scopes == std::vector{first});
  walk.ScopeTaken(first);
  CHECK(walk.TakeReady().steps == std::vector{StepId(0)});
  CHECK(walk.StepDone(StepId(0)) == std::vector{first});
  CHECK(walk.TakeReady().scopes == std::vector{second});
}

// A graph whose edges lead from smaller to greater ids, with scopes over disjoint runs of ids, some
// of which share a lock.
plan::Plan RandomPlan() {
  test::PlanBuilder builder;
  const int count = *rc::gen::inRange(1, 24);
  const int sparseness = *rc::gen::inRange(1, 8);
  for (int i = 0; i < count; ++i) {
    StepId id = builder.Add(Phase::kSwitch, std::to_string(i));
    std::vector<StepId> after;
    for (int j = 0; j < i; ++j) {
      if (*rc::gen::inRange(0, sparseness) == 0) {
        after.push_back(StepId(static_cast<uint32_t>(j)));
      }
    }
    builder.After(id, after);
  }
  for (int begin = *rc::gen::inRange(0, 4); begin < count;) {
    int end = std::min(count, begin + *rc::gen::inRange(1, 6));
    LockScopeId outer = builder.Lock(*rc::gen::element("/a", "/b"), 1000, 1000);
    for (int i = begin; i < end; ++i) {
      builder.step(StepId(static_cast<uint32_t>(i))).lock_scope_id = outer;
    }
    if (*rc::gen::arbitrary<bool>()) {
      LockScopeId inner = builder.Lock("/inner" + std::to_string(begin), 1000, 1000);
      builder.plan().lock_scopes[inner.index()].parent_id = outer;
      builder.step(StepId(static_cast<uint32_t>(end - 1))).lock_scope_id = inner;
    }
    begin = end + *rc::gen::inRange(0, 3);
  }
  return builder.plan();
}

TEST_CASE("any walk keeps the order and the locks and comes to its end") {
  rc::prop("random graphs, random ends", [] {
    const plan::Plan plan = RandomPlan();
    const bool is_forward = *rc::gen::arbitrary<bool>();
    std::vector<bool> included;
    for (size_t i = 0; i < plan.steps.size(); ++i) {
      included.push_back(*rc::gen::inRange(0, 4) != 0);
    }
    plan::Reachability reachability(plan);
    GraphWalk walk(plan, is_forward ? Direction::kForward : Direction::kBack, included);
    std::vector<bool> started(plan.steps.size(), false);
    std::vector<bool> done(plan.steps.size(), false);
    std::set<LockScopeId> held;
    std::vector<StepId> open;
    size_t done_count = 0;
    while (!walk.is_finished()) {
      GraphWalk::Next next = walk.TakeReady();
      for (LockScopeId scope : next.scopes) {
        for (LockScopeId other : held) {
          RC_ASSERT(plan.lock_scope(scope).locks[0].name != plan.lock_scope(other).locks[0].name);
        }
        RC_ASSERT(held.insert(scope).second);
        walk.ScopeTaken(scope);
      }
      for (StepId id : next.steps) {
        RC_ASSERT(included[id.index()] && !started[id.index()]);
        started[id.index()] = true;
        for (LockScopeId scope : plan::EnclosingScopes(plan, plan.step(id).lock_scope_id)) {
          RC_ASSERT(held.count(scope) == 1);
        }
        for (uint32_t i = 0; i < plan.steps.size(); ++i) {
          bool comes_before = i != id.index() &&
                              (is_forward ? i < id.index() && reachability.Reaches(StepId(i), id)
                                          : i > id.index() && reachability.Reaches(id, StepId(i)));
          RC_ASSERT(!included[i] || !comes_before || done[i]);
        }
        open.push_back(id);
      }
      RC_ASSERT(!open.empty() || !next.scopes.empty());
      if (open.empty()) {
        continue;
      }
      const auto which = *rc::gen::inRange<size_t>(0, open.size());
      StepId ended = open[which];
      open.erase(open.begin() + static_cast<ptrdiff_t>(which));
      done[ended.index()] = true;
      ++done_count;
      for (LockScopeId scope : walk.StepDone(ended)) {
        RC_ASSERT(held.erase(scope) == 1);
      }
    }
    RC_ASSERT(held.empty());
    RC_ASSERT(done_count ==
              static_cast<size_t>(std::count(included.begin(), included.end(), true)));
  });
}

}  // namespace
}  // namespace upgraph::scheduler
