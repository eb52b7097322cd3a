#pragma once

// Small plans for tests, in a few lines: steps come after the one before them unless said
// otherwise.

#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "plan/plan.h"

namespace upgraph::test {

class PlanBuilder {
 public:
  PlanBuilder() {
    plan_.product.name = "box";
    plan_.upgrade.from = {{"1.0.0", "2.0.0"}};
    plan_.upgrade.to = "2.0.0";
    plan_.facts = {{"installed", "files.first_line", {}, {}}};
  }

  // A step that writes file(path), with native name "test.step".
  plan::StepId Write(plan::Phase phase, const std::string& name, const std::string& path) {
    plan::StepId id = Add(phase, name);
    Effect(id, plan::EffectKind::kWrites, path);
    plan_.steps.back().undo = plan::UndoClass::kExactly;
    return id;
  }

  plan::StepId Add(plan::Phase phase, const std::string& name) {
    plan::Step step;
    step.path = std::string(plan::PhaseName(phase)) + "/" + name;
    step.name = name;
    step.title = name + "()";
    step.native = "test.step";
    step.phase = phase;
    step.allowed_phases = 0x1f;
    step.timeout_ms = 10'000;
    step.takes_ms = 1'000;
    step.undo_takes_ms = 1'000;
    step.position = {"test.upg", static_cast<uint32_t>(plan_.steps.size() + 1), 1, 1};
    plan::StepId id(static_cast<uint32_t>(plan_.steps.size()));
    if (id.index() > 0) {
      step.after = {plan::StepId(id.index() - 1)};
    }
    plan_.steps.push_back(std::move(step));
    return id;
  }

  void Effect(plan::StepId id, plan::EffectKind kind, const std::string& path) {
    Effect(id, kind, plan::Resource{"file", {path}, false, false, plan::Overlap::kPath});
  }

  // Resources stay in the order of their names: those after a new one move up.
  void Effect(plan::StepId id, plan::EffectKind kind, const plan::Resource& resource) {
    const auto key = [](const plan::Resource& item) {
      return std::tuple(item.Name(), item.is_template, item.is_unknown);
    };
    uint32_t index = 0;
    while (index < plan_.resources.size() && key(plan_.resources[index]) < key(resource)) {
      ++index;
    }
    if (index == plan_.resources.size() || !(plan_.resources[index] == resource)) {
      plan_.resources.insert(plan_.resources.begin() + index, resource);
      for (plan::Step& step : plan_.steps) {
        for (plan::Effect& effect : step.effects) {
          if (effect.resource_id.index() >= index) {
            effect.resource_id = plan::ResourceId(effect.resource_id.index() + 1);
          }
        }
      }
    }
    plan_.steps[id.index()].effects.push_back({kind, plan::ResourceId(index)});
  }

  PlanBuilder& After(plan::StepId id, std::vector<plan::StepId> before) {
    plan_.steps[id.index()].after = std::move(before);
    return *this;
  }

  plan::LockScopeId Lock(const std::string& name, int64_t within_ms, int64_t hold_ms) {
    plan::LockScope scope;
    scope.locks = {{"files.lock(" + name + ")",
                    "files.lock",
                    {{"path", {plan::ValueKind::kPath, false, 0, 0, name, {}}}}}};
    scope.within_ms = within_ms;
    scope.hold_ms = hold_ms;
    plan_.lock_scopes.push_back(scope);
    return plan::LockScopeId(static_cast<uint32_t>(plan_.lock_scopes.size() - 1));
  }

  plan::Step& step(plan::StepId id) { return plan_.steps[id.index()]; }
  plan::Plan& plan() { return plan_; }

 private:
  plan::Plan plan_;
};

}  // namespace upgraph::test
