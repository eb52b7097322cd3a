#include <fmt/format.h>

#include <algorithm>

#include "plan/arms.h"
#include "plan/checks/check.h"
#include "plan/checks/resource_forest.h"
#include "plan/graph.h"

namespace upgraph::plan {

extern const char* const kRollbackNeedsAliveExplanation;
const char* const kRollbackNeedsAliveExplanation =
    R"(What a step needs is alive when it runs, and when it goes back.

The way back is the exact mirror of the way there, so what is alive right after a step is alive right
before its revert. A step that `needs` something therefore stands before what `stops` it, or after
what `starts` it again; and it does not itself stop what its own way back needs.

Bad:
    switch {
      stop("postgresql.service")                     // stops unit(…)
      add_column("postgresql.service", "orders")     // needs unit(…)
    }

Good:
    switch {
      add_column("postgresql.service", "orders")
      stop("postgresql.service")                     // back: started first
    }
)";

namespace {

// Walks the steps in their order and keeps for each resource who started or stopped it last. What
// runs beside the step that needs it is unordered-conflict's, as both changes are writes.
class LifeOfResources {
 public:
  explicit LifeOfResources(const Plan& plan)
      : plan_(plan), forest_(plan.resources), last_change_(forest_.size()) {}

  // Who stopped it and was not followed by a start; none when it is alive or nobody touched it.
  StepId StoppedBy(ResourceId id) const {
    Change last;
    for (uint32_t node = forest_.NodeOf(id); node != ResourceForest::kNone;
         node = forest_.node(node).parent) {
      const Change& change = last_change_[node];
      if (change.step_id.has_value() &&
          (!last.step_id.has_value() || last.step_id < change.step_id)) {
        last = change;
      }
    }
    return last.kind == EffectKind::kStops ? last.step_id : StepId();
  }

  void Apply(StepId id) {
    for (const Effect& effect : plan_.step(id).effects) {
      if (effect.kind != EffectKind::kStarts && effect.kind != EffectKind::kStops) {
        continue;
      }
      // Whoever needs a unit needs that it runs, which is a part of it.
      for (uint32_t node = forest_.NodeOf(effect.resource_id); node != ResourceForest::kNone;
           node = forest_.node(node).parent) {
        last_change_[node] = {id, effect.kind};
      }
    }
  }

 private:
  struct Change {
    StepId step_id;
    EffectKind kind = EffectKind::kStarts;
  };

  const Plan& plan_;
  ResourceForest forest_;
  std::vector<Change> last_change_;
};

Finding NotAlive(const Plan& plan, const Step& step, ResourceId resource, const Step& stop) {
  const std::string name = plan.resource(resource).Name();
  Finding finding;
  finding.check = "rollback-needs-alive";
  finding.position = step.position;
  if (&step == &stop) {
    finding.message =
        fmt::format("`{}` stops `{}`, and its own way back needs it alive", step.name, name);
    finding.hint = "a way back that starts it first does not need it";
    return finding;
  }
  finding.message = fmt::format(
      "`{}` needs `{}`, which is stopped by then; it must be alive there and on the way back",
      step.name, name);
  finding.second_message = fmt::format("`{}` stops it, and nothing starts it again", stop.name);
  finding.second_position = stop.position;
  finding.hint = "move the step before the stop, or start it first";
  return finding;
}

}  // namespace

void RunRollbackNeedsAlive(const Plan& plan, std::vector<Finding>* findings) {
  const auto has = [&](EffectKind kind) {
    return std::any_of(plan.steps.begin(), plan.steps.end(), [&](const Step& step) {
      return std::any_of(step.effects.begin(), step.effects.end(),
                         [&](const Effect& effect) { return effect.kind == kind; });
    });
  };
  if (!has(EffectKind::kStops) || !has(EffectKind::kNeeds)) {
    return;
  }
  LifeOfResources life(plan);
  const uint32_t end = WayBackEnd(plan);
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    const Step& step = plan.steps[i];
    const StepId id(i);
    for (const Effect& effect : step.effects) {
      const StepId stop =
          effect.kind == EffectKind::kNeeds ? life.StoppedBy(effect.resource_id) : StepId();
      if (stop.has_value() && !Exclude(plan, step.arm_id, plan.step(stop).arm_id)) {
        findings->push_back(NotAlive(plan, step, effect.resource_id, plan.step(stop)));
      }
    }
    life.Apply(id);
    for (const Effect& effect : step.effects) {
      // A restart stops and starts; in the end it is alive.
      const bool is_own =
          effect.kind == EffectKind::kNeeds && i < end && life.StoppedBy(effect.resource_id) == id;
      if (is_own) {
        findings->push_back(NotAlive(plan, step, effect.resource_id, step));
      }
    }
  }
}

}  // namespace upgraph::plan
