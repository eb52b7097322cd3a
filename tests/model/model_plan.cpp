#include "tests/model/model_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/support/plan_builder.h"

namespace upgraph::model {
namespace {

using plan::EffectKind;
using plan::Phase;
using plan::StepId;
using plan::UndoClass;

constexpr uint32_t kSharedCount = 4;  // resources that several steps touch

class Drawing {
 public:
  explicit Drawing(Random* random) : random_(*random) {}

  plan::Plan Draw() {
    // Most graphs are small, where every order is met; some are not.
    const uint32_t most = random_.OneIn(20) ? 40 : 7;
    for (Phase phase :
         {Phase::kPreflight, Phase::kPrepare, Phase::kSwitch, Phase::kVerify, Phase::kCleanup}) {
      BeginStage(phase);
      const bool looks = phase == Phase::kPreflight || phase == Phase::kVerify;
      const uint32_t count = random_.Below(looks ? 3 : phase == Phase::kSwitch ? most + 1 : 4);
      const bool commits = phase == Phase::kSwitch && random_.OneIn(5);
      const uint32_t commit_at = random_.Below(count + 1);
      for (uint32_t i = 0; i <= count; ++i) {
        if (commits && i == commit_at) {
          AddCommit(phase);
        }
        if (i < count) {
          AddStep(phase, looks);
        }
      }
    }
    if (plan().steps.empty()) {
      BeginStage(Phase::kSwitch);
      AddStep(Phase::kSwitch, false);
    }
    plan().upgrade.window_ms = 100'000'000;
    plan().upgrade.downtime_ms = 50'000'000;
    return std::move(plan());
  }

 private:
  plan::Plan& plan() { return builder_.plan(); }

  void BeginStage(Phase phase) {
    stage_start_ = static_cast<uint32_t>(plan().steps.size());
    ends_before_ = ends_;
    stage_ = phase;
    scope_ = plan::LockScopeId();
  }

  StepId NewStep(Phase phase, std::set<StepId> after) {
    const uint32_t number = static_cast<uint32_t>(plan().steps.size());
    StepId id = builder_.Add(phase, fmt::format("s{}", number));
    const bool is_first = std::none_of(
        after.begin(), after.end(), [&](StepId before) { return before.index() >= stage_start_; });
    if (is_first) {
      after.insert(ends_before_.begin(), ends_before_.end());
      if (commit_.has_value() && commit_.index() >= stage_start_) {
        after = {commit_};
      }
    }
    for (StepId before : after) {
      ends_.erase(before);
    }
    ends_.insert(id);
    builder_.After(id, {after.begin(), after.end()});
    return id;
  }

  void AddCommit(Phase phase) {
    StepId id = NewStep(phase, ends_);
    plan::Step& step = builder_.step(id);
    step.kind = plan::StepKind::kCommit;
    step.native.clear();
    step.undo_reason = "the model says so";
    step.takes_ms = step.undo_takes_ms = 0;
    commit_ = id;
    last_touch_.clear();
    scope_ = plan::LockScopeId();
  }

  void AddStep(Phase phase, bool looks) {
    std::vector<std::string> touched;
    for (uint32_t i = 0; i < kSharedCount; ++i) {
      if (random_.OneIn(4)) {
        touched.push_back(fmt::format("/shared/{}", i));
      }
    }
    std::set<StepId> after;
    const uint32_t first =
        commit_.has_value() && commit_.index() >= stage_start_ ? commit_.index() : stage_start_;
    for (uint32_t i = first; i < plan().steps.size(); ++i) {
      if (random_.OneIn(3)) {
        after.insert(StepId(i));
      }
    }
    for (const std::string& path : touched) {
      auto last = last_touch_.find(path);
      if (last != last_touch_.end() && last->second.index() >= first) {
        after.insert(last->second);
      }
    }
    StepId id = NewStep(phase, after);
    for (const std::string& path : touched) {
      last_touch_[path] = id;
    }
    plan::Step& step = builder_.step(id);
    step.timeout_ms = 1'000'000;
    step.attempts_max = 1 + random_.Below(3);
    step.retry_wait_ms = 10;
    if (looks) {
      for (const std::string& path : touched) {
        builder_.Effect(id, EffectKind::kReads, path);
      }
      return;
    }
    // One resource is its own, so that what stands can always be told.
    touched.push_back(fmt::format("/own/{}", id.index()));
    for (const std::string& path : touched) {
      const bool is_own = path.rfind("/own/", 0) == 0;
      builder_.Effect(id, !is_own && random_.OneIn(4) ? EffectKind::kReads : EffectKind::kWrites,
                      path);
    }
    plan::Step& made = builder_.step(id);
    const bool below = commit_.has_value() || phase == Phase::kCleanup;
    made.undo = below && random_.OneIn(3) ? UndoClass::kNever
                : random_.OneIn(2)        ? UndoClass::kExactly
                                          : UndoClass::kByCompensation;
    made.undo_reason = made.undo == UndoClass::kNever ? "it is gone" : "";
    made.repeat = random_.OneIn(4) && !below ? plan::Repeat::kOnce : plan::Repeat::kSafe;
    Lock(id);
  }

  // Scopes of one stage, each of steps that follow one another in the text.
  void Lock(StepId id) {
    if (random_.OneIn(3)) {
      scope_ = random_.OneIn(2)
                   ? plan::LockScopeId()
                   : builder_.Lock(fmt::format("/lock/{}", id.index()), 1000, 1'000'000);
    }
    builder_.step(id).lock_scope_id = scope_;
  }

  Random& random_;
  test::PlanBuilder builder_;
  Phase stage_ = Phase::kPreflight;
  uint32_t stage_start_ = 0;
  std::set<StepId> ends_;         // without a successor
  std::set<StepId> ends_before_;  // of the stages before
  StepId commit_;
  std::map<std::string, StepId> last_touch_;
  plan::LockScopeId scope_;
};

}  // namespace

bool Reaches(const plan::Plan& plan, uint32_t from, uint32_t to) {
  std::vector<bool> reached(plan.steps.size(), false);
  reached[from] = true;
  for (uint32_t i = from + 1; i <= to; ++i) {
    for (StepId before : plan.steps[i].after) {
      reached[i] = reached[i] || reached[before.index()];
    }
  }
  return reached[to];
}

bool Touches(const plan::Plan& plan, uint32_t earlier, uint32_t later) {
  for (const plan::Effect& write : plan.steps[earlier].effects) {
    for (const plan::Effect& effect : plan.steps[later].effects) {
      if (write.kind == EffectKind::kWrites && write.resource_id == effect.resource_id) {
        return true;
      }
    }
  }
  return false;
}

plan::Plan DrawPlan(Random* random) { return Drawing(random).Draw(); }

}  // namespace upgraph::model
