#include "tests/model/model_host.h"

#include <fmt/format.h>

#include "base/json.h"
#include "runtime/executor/step_work.h"
#include "runtime/executor/view.h"

namespace upgraph::model {

using history::StepState;
using steps::World;

namespace {

class NoProcesses : public env::Processes {
 public:
  Result<env::CommandResult> Run(const env::Command&) override {
    return Error{ErrorKind::kUnsupported, "a model runs no commands"};
  }
};

Error Dead() { return {ErrorKind::kInterrupted, "the runner is dead"}; }

}  // namespace

// One step of the plan. Its lock is the host's: the runtime calls from several threads.
class ModelStep : public steps::NativeStep {
 public:
  ModelStep(ModelHost* host, uint32_t number, steps::Drift drift)
      : host_(*host), number_(number), drift_(drift) {}

  Result<steps::Estimate> EstimateCost(const steps::StepContext&) const override {
    return steps::Estimate{1, 1, 0, 0};
  }

  steps::Observation Observe(const steps::StepContext&, const steps::Captured* captured,
                             const steps::Applied* applied) const override {
    std::lock_guard<std::mutex> lock(host_.mutex_);
    if (captured == nullptr) {
      const bool is_found = IsAs(New());
      host_.is_done_[number_] = is_found;
      return {is_found ? World::kAfter : World::kBefore, ""};
    }
    if (host_.Take(number_, {Fault::kHidden}) != Fault::kNone) {
      host_.is_given_up_[number_] = true;
      return {World::kUnknown, "hidden"};
    }
    if (host_.Take(number_, {Fault::kDiesLooking}) != Fault::kNone) {
      return {World::kUnknown, Die().message};
    }
    if (IsAs(New())) return {World::kAfter, ""};
    if (IsAs(Old(*captured))) {
      host_.is_touched_[number_] = false;
      return {World::kBefore, ""};
    }
    if (applied != nullptr && drift_ == steps::Drift::kStick) {
      host_.is_given_up_[number_] = true;  // data of somebody else: a person decides
    }
    return {World::kNeither, "something else"};
  }

  Result<steps::Captured> Capture(const steps::StepContext&) const override {
    std::lock_guard<std::mutex> lock(host_.mutex_);
    ++host_.seen_[number_].captures;
    if (host_.durable_[number_].state != StepState::kPending) {
      host_.Break(number_, "captured again, though its capture was durable");
    }
    if (host_.Take(number_, {Fault::kDiesCapturing}) != Fault::kNone) {
      return Die();
    }
    if (host_.Take(number_, {Fault::kCannotCapture}) != Fault::kNone) {
      host_.seen_[number_].failed = true;
      return Error{ErrorKind::kFailed, "cannot be captured"};
    }
    Json undo = Json::object();
    for (const std::string& path : host_.Writes(number_)) {
      undo[path] = host_.old_[number_][path] = host_.world_[path];
    }
    return steps::Captured{CompactJson(undo), {}};
  }

  Result<steps::Applied> Apply(const steps::StepContext& context,
                               const steps::Captured&) const override {
    std::lock_guard<std::mutex> lock(host_.mutex_);
    Seen& seen = host_.seen_[number_];
    if (host_.is_dead()) {
      return Dead();
    }
    ++seen.applies;
    seen.failed = false;
    host_.CheckApply(number_);
    if (context.step.undo != plan::UndoClass::kObserves) {
      host_.is_touched_[number_] = true;
    }
    switch (host_.Take(number_, {Fault::kFailsOnce, Fault::kFails, Fault::kFailsDone,
                                 Fault::kDiesBefore, Fault::kDiesHalf, Fault::kDiesAfter,
                                 Fault::kStopsOnce, Fault::kStopsAtOnce, Fault::kDrifts})) {
      case Fault::kFailsOnce:
      case Fault::kFails:
        WriteHalf(New());
        seen.failed = true;
        return Error{ErrorKind::kFailed, "fails"};
      case Fault::kFailsDone:
        Write(New());
        seen.failed = true;
        return Error{ErrorKind::kFailed, "says that it failed"};
      case Fault::kDiesBefore:
        return Die();
      case Fault::kDiesHalf:
        WriteHalf(New());
        return Die();
      case Fault::kDiesAfter:
        Write(New());
        return Die();
      case Fault::kStopsOnce:
        host_.stop_ = 1;
        break;
      case Fault::kStopsAtOnce:
        host_.stop_ = 2;
        break;
      case Fault::kDrifts:
        Write(New());
        WriteHalf(Foreign());
        host_.is_done_[number_] = true;
        return Left();
      default:
        break;
    }
    Write(New());
    host_.is_done_[number_] = true;
    return Left();
  }

  Result<steps::Applied> Confirm(const steps::StepContext&, const steps::Captured&) const override {
    std::lock_guard<std::mutex> lock(host_.mutex_);
    if (host_.is_dead()) {
      return Dead();
    }
    ++host_.seen_[number_].confirms;
    host_.seen_[number_].failed = false;
    host_.CheckApply(number_);
    host_.is_touched_[number_] = true;
    if (!IsAs(New())) {
      host_.Break(number_, "taken for applied, and is not");
    }
    host_.is_done_[number_] = true;
    return Left();
  }

  Status Revert(const steps::StepContext& context, const steps::Captured& captured) const override {
    std::lock_guard<std::mutex> lock(host_.mutex_);
    if (host_.is_dead()) {
      return Dead();
    }
    ++host_.seen_[number_].reverts;
    host_.CheckRevert(number_);
    if (context.step.undo == plan::UndoClass::kNever) {
      host_.Break(number_, "reverted, though it has no way back");
    }
    switch (host_.Take(number_, {Fault::kSticks, Fault::kSticksHalf, Fault::kDiesBack,
                                 Fault::kDiesBackHalf, Fault::kDiesBackAfter})) {
      case Fault::kSticks:
        host_.is_given_up_[number_] = true;
        return Error{ErrorKind::kFailed, "sticks"};
      case Fault::kSticksHalf:
        WriteHalf(Old(captured));
        host_.is_given_up_[number_] = true;
        return Error{ErrorKind::kFailed, "sticks half-way"};
      case Fault::kDiesBack:
        return Die();
      case Fault::kDiesBackHalf:
        WriteHalf(Old(captured));
        return Die();
      case Fault::kDiesBackAfter:
        Write(Old(captured));
        return Die();
      default:
        break;
    }
    Write(Old(captured));
    host_.is_touched_[number_] = false;
    return OkStatus();
  }

  steps::Drift drift() const override { return drift_; }
  Result<std::string> SaveDrift(const steps::StepContext&, const steps::Captured&) const override {
    return std::string("saved");
  }

 private:
  using Values = std::map<std::string, std::string>;

  Values New() const {
    Values values;
    for (const std::string& path : host_.Writes(number_)) {
      values[path] = host_.ValueOf(number_);
    }
    return values;
  }
  static Values Old(const steps::Captured& captured) {
    Values values;
    const Json undo = *ParseJson(captured.undo);
    for (const auto& [path, value] : undo.items()) {
      values[path] = value.get<std::string>();
    }
    return values;
  }
  // Its own resource, which is the first: no other step writes it.
  Values Foreign() const {
    Values values = New();
    return values.empty() ? values : Values{{values.begin()->first, "somebody else's"}};
  }
  // A step that writes nothing never is as it would leave the world.
  bool IsAs(const Values& values) const {
    for (const auto& [path, value] : values) {
      if (host_.world_[path] != value) return false;
    }
    return !values.empty();
  }
  void Write(const Values& values) const {
    for (const auto& [path, value] : values) {
      host_.world_[path] = value;
    }
  }
  // The first of its resources, and half of its text.
  void WriteHalf(const Values& values) const {
    if (!values.empty()) {
      host_.world_[values.begin()->first] = "half of " + values.begin()->second;
    }
  }
  steps::Applied Left() const { return {Sha256(host_.ValueOf(number_))}; }
  Error Die() const {
    host_.stop_ = executor::kStopKilled;
    return Dead();
  }

  ModelHost& host_;
  uint32_t number_;
  steps::Drift drift_;
};

ModelHost::ModelHost(const plan::Plan& plan, const std::string& root, Random* random)
    : plan_(plan), root_(root), processes_(std::make_unique<NoProcesses>()) {
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    ids_[plan.steps[i].path] = i;
    old_.emplace_back();
    steps_.push_back(std::make_unique<ModelStep>(
        this, i, random->OneIn(2) ? steps::Drift::kStick : steps::Drift::kSaveAndRestore));
    for (const std::string& path : Writes(i)) {
      world_[path] = "old";
    }
    // Some steps find their work done.
    if (Writes(i).size() == 1 && random->OneIn(8)) {
      world_[Writes(i).front()] = ValueOf(i);
    }
  }
}

ModelHost::~ModelHost() = default;

void ModelHost::Begin(Script script, std::vector<history::StepHistory> durable) {
  stop_ = 0;
  clock_.SleepMs(1);  // runs are told apart by their time
  script_ = std::move(script);
  const size_t count = plan_.steps.size();
  durable_ = durable.empty() ? std::vector<history::StepHistory>(count) : std::move(durable);
  seen_.assign(count, {});
  is_done_.assign(count, false);
  is_touched_.assign(count, false);
  is_given_up_.assign(count, false);
  turned_back_ = false;
  for (size_t i = 0; i < count; ++i) {
    const StepState state = durable_[i].state;
    is_given_up_[i] = durable_[i].is_accepted;
    is_done_[i] = state == StepState::kApplied || state == StepState::kFound;
    is_touched_[i] = plan_.steps[i].undo != plan::UndoClass::kObserves &&
                     state != StepState::kPending && state != StepState::kFound &&
                     state != StepState::kReverted;
    turned_back_ = turned_back_ || state == StepState::kReverting ||
                   state == StepState::kReverted || state == StepState::kStuck ||
                   state == StepState::kBlocked;
  }
}

std::vector<std::string> ModelHost::Writes(uint32_t step) const {
  std::vector<std::string> paths;
  for (const plan::Effect& effect : plan_.steps[step].effects) {
    if (effect.kind == plan::EffectKind::kWrites) {
      paths.push_back(plan_.resource(effect.resource_id).arguments.front());
    }
  }
  return paths;
}

std::string ModelHost::ValueOf(uint32_t step) const { return fmt::format("of step {}", step); }

// What the script has for the step, once; what happens at every try stays.
Fault ModelHost::Take(uint32_t step, std::initializer_list<Fault> faults) {
  auto scripted = script_.find(step);
  if (scripted == script_.end()) {
    return Fault::kNone;
  }
  for (Fault fault : faults) {
    if (scripted->second == fault) {
      const bool stays = fault == Fault::kFails || fault == Fault::kHidden ||
                         fault == Fault::kSticks || fault == Fault::kSticksHalf;
      if (!stays) {
        script_.erase(scripted);
      }
      return fault;
    }
  }
  return Fault::kNone;
}

void ModelHost::Break(uint32_t step, const std::string& rule) {
  if (fault_.empty()) {
    fault_ = fmt::format("step {}: {}", step, rule);
  }
}

// What the journal on the disk says at this moment.
StepState ModelHost::DurableState(uint32_t step) {
  auto view = executor::ViewHost(root_);
  if (!view.ok() || view->runs.empty() || !view->runs.back().damage.empty()) {
    Break(step, "a look at the run failed: " + (!view.ok()           ? view.error().message
                                                : view->runs.empty() ? "no run"
                                                                     : view->runs.back().damage));
    return StepState::kPending;
  }
  for (const executor::StepView& seen : view->runs.back().steps) {
    if (seen.path == plan_.steps[step].path) {
      return seen.history.state;
    }
  }
  return StepState::kPending;
}

void ModelHost::CheckApply(uint32_t step) {
  const plan::Step& self = plan_.steps[step];
  if (is_final) {
    Break(step, "applied, though nothing was left to do");
  }
  if (turned_back_) {
    Break(step, "applied after the run had turned back");
  }
  const StepState state = durable_[step].state;
  if (state != StepState::kPending && state != StepState::kCaptured) {
    Break(step, fmt::format("applied, though it was {}", history::StepStateName(state)));
  }
  for (plan::StepId before : self.after) {
    if (!is_done_[before.index()] && plan_.step(before).kind != plan::StepKind::kCommit &&
        self.phase != plan::Phase::kPreflight) {
      Break(step, fmt::format("began before {} was done", before.index()));
    }
  }
  if (looks_ && self.undo != plan::UndoClass::kObserves &&
      DurableState(step) != StepState::kCaptured) {
    Break(step, "applied before its capture was durable");
  }
}

void ModelHost::CheckRevert(uint32_t step) {
  turned_back_ = true;
  if (is_final) {
    Break(step, "reverted, though nothing was left to do");
  }
  // So that all work on the way back is bounded by steps and commands.
  if (seen_[step].reverts > executor::kRevertTries) {
    Break(step, "reverted more often than one command may");
  }
  const StepState state = durable_[step].state;
  if (durable_[step].is_accepted) {
    Break(step, "reverted, though a person accepted it as it is");
  }
  const bool was_captured =
      is_touched_[step] || durable_[step].state != StepState::kPending || seen_[step].captures > 0;
  if (!was_captured || state == StepState::kFound || state == StepState::kReverted) {
    Break(step, "reverted, though it was not this run's to revert");
  }
  // Everything after it that stands must be back, but for what is held: given up, or written before
  // something that is held and touches it.
  const uint32_t count = static_cast<uint32_t>(plan_.steps.size());
  std::vector<bool> is_held = is_given_up_;
  const auto is_blocked = [&](uint32_t earlier) {
    for (uint32_t later = earlier + 1; later < count; ++later) {
      if (is_held[later] && Touches(plan_, earlier, later) && Reaches(plan_, earlier, later)) {
        return true;
      }
    }
    return false;
  };
  for (uint32_t i = count; i-- > step + 1;) {
    is_held[i] = is_held[i] || (is_touched_[i] && is_blocked(i));
  }
  for (uint32_t later = step + 1; later < count; ++later) {
    if (is_touched_[later] && !is_held[later] && Reaches(plan_, step, later)) {
      Break(step, fmt::format("went back before {}", later));
    }
  }
  if (is_blocked(step)) {
    Break(step, "went back below what is stuck");
  }
  if (looks_ && DurableState(step) != StepState::kReverting) {
    Break(step, "reverted before that was durable");
  }
}

env::Processes& ModelHost::processes() const { return *processes_; }

Result<std::string> ModelHost::AskFact(env::Env&, const plan::Fact&) const { return installed; }

const steps::NativeStep* ModelHost::FindStep(const plan::Step& step) const {
  return steps_[ids_.at(step.path)].get();
}

Result<std::unique_ptr<locks::HeldLocks>> ModelHost::TakeLocks(env::Env&, const plan::LockScope&,
                                                               const std::atomic<bool>&) const {
  return std::make_unique<locks::HeldLocks>();
}

}  // namespace upgraph::model
