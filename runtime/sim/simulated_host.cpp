#include "runtime/sim/simulated_host.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/sim/simulated_step.h"

namespace upgraph::sim {
namespace {

class NoProcesses : public env::Processes {
 public:
  Result<env::CommandResult> Run(const env::Command&) override {
    return Error{ErrorKind::kUnsupported, "a simulated host runs no commands"};
  }
};

// The paths among the arguments of a fact: what it reads.
void AddPaths(const plan::Value& value, std::vector<std::string>* paths) {
  if (value.kind == plan::ValueKind::kPath) {
    paths->push_back(value.text);
  }
  for (const plan::Field& field : value.fields) {
    AddPaths(field.value, paths);
  }
}

}  // namespace

SimulatedHost::SimulatedHost(const plan::Plan& plan, const plan::Scenario& scenario)
    : plan_(plan), scenario_(scenario), processes_(std::make_unique<NoProcesses>()) {}

SimulatedHost::~SimulatedHost() = default;

void SimulatedHost::BeginAct(const plan::ScenarioAct& act) {
  act_ = &act;
  stop_ = 0;
  attempts_.clear();
}

bool SimulatedHost::Happens(plan::EventKind kind, const plan::Step& step) const {
  for (const plan::ScenarioEvent& event : act_->events) {
    if (event.kind == kind && event.step.text == step.path) {
      return ++attempts_[&event] <= event.count || event.count == 0;
    }
  }
  return false;
}

bool SimulatedHost::IsFound(const plan::Step& step) const {
  return std::any_of(scenario_.found.begin(), scenario_.found.end(),
                     [&](const plan::StepName& name) { return name.text == step.path; });
}

std::string SimulatedHost::InstalledVersion() const {
  std::vector<std::string> paths;
  for (const plan::Fact& fact : plan_.facts) {
    for (const plan::Field& argument : fact.arguments) {
      if (fact.name == "installed") {
        AddPaths(argument.value, &paths);
      }
    }
  }
  for (const std::string& path : paths) {
    const Mark* mark = world_.Find({"file", {path}, false, false, plan::Overlap::kPath});
    if (mark != nullptr && !mark->is_lost) {
      return mark->version;
    }
  }
  return scenario_.installed;
}

env::Processes& SimulatedHost::processes() const { return *processes_; }

Result<std::string> SimulatedHost::AskFact(env::Env&, const plan::Fact& fact) const {
  if (fact.name == "installed") {
    return InstalledVersion();
  }
  for (const auto& [name, answer] : scenario_.answers) {
    if (name == fact.name) {
      return answer;
    }
  }
  return Error{ErrorKind::kNotFound,
               fmt::format("the test does not say what fact `{}` answers", fact.name)};
}

const steps::NativeStep* SimulatedHost::FindStep(const plan::Step& step) const {
  auto [position, is_new] = steps_.try_emplace(step.path, nullptr);
  if (is_new) {
    position->second = MakeSimulatedStep(*this, step);
  }
  return position->second.get();
}

Result<std::unique_ptr<locks::HeldLocks>> SimulatedHost::TakeLocks(env::Env& env,
                                                                   const plan::LockScope& scope,
                                                                   const std::atomic<bool>&) const {
  for (const plan::Lock& lock : scope.locks) {
    if (std::find(scenario_.busy_locks.begin(), scenario_.busy_locks.end(), lock.name) !=
        scenario_.busy_locks.end()) {
      env.clock.SleepMs(scope.within_ms);
      return Error{ErrorKind::kTimeout,
                   fmt::format("`{}` is held by somebody else, as the test says", lock.name)};
    }
  }
  return std::make_unique<locks::HeldLocks>();
}

}  // namespace upgraph::sim
