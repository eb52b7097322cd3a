#include "runtime/sim/simulated_step.h"

namespace upgraph::sim {
namespace {

using plan::EventKind;
using steps::World;

constexpr const char* kAsTheTestSays = "it fails, as the test says";

class SimulatedStep : public steps::NativeStep {
 public:
  SimulatedStep(const SimulatedHost& host, steps::Drift drift, bool can_be_seen)
      : host_(host), drift_(drift), can_be_seen_(can_be_seen) {}

  Result<steps::Estimate> EstimateCost(const steps::StepContext& context) const override {
    return steps::Estimate{context.step.takes_ms, context.step.undo_takes_ms, 0, 0};
  }

  steps::Observation Observe(const steps::StepContext& context, const steps::Captured* captured,
                             const steps::Applied* applied) const override {
    if (context.step.undo == plan::UndoClass::kObserves) {
      return {World::kBefore, ""};
    }
    if (captured == nullptr) {
      return {host_.IsFound(context.step) ? World::kAfter : World::kBefore, ""};
    }
    const Extent extent = host_.world().ExtentOf(context.step);
    if (!can_be_seen_ && extent != Extent::kForeign) {
      return applied != nullptr ? steps::Observation{World::kAfter, ""}
                                : steps::Observation{World::kNeither, "it has no `observe`"};
    }
    switch (extent) {
      case Extent::kNone:
        return {World::kBefore, ""};
      case Extent::kHalf:
        return {World::kNeither, "it got half-way"};
      case Extent::kWhole:
        return {World::kAfter, ""};
      case Extent::kForeign:
        return {World::kNeither, "it was changed by somebody else, as the test says"};
    }
    UPGRAPH_UNREACHABLE("extent");
  }

  Result<steps::Captured> Capture(const steps::StepContext& context) const override {
    return steps::Captured{host_.world().Capture(context.plan, context.step), {}};
  }

  Result<steps::Applied> Apply(const steps::StepContext& context,
                               const steps::Captured&) const override {
    const plan::Step& step = context.step;
    if (host_.is_dead()) {
      return Dead();
    }
    context.env.clock.SleepMs(step.takes_ms);
    // There is no half of a reboot.
    const Extent part = plan::IsReboot(step) ? Extent::kNone : Extent::kHalf;
    if (host_.Happens(EventKind::kKilled, step)) {
      WritePart(context, part);
      return Die();
    }
    if (host_.Happens(EventKind::kStopped, step)) {
      *host_.stop() = 1;
    }
    if (host_.Happens(EventKind::kFails, step)) {
      WritePart(context, part);
      return Error{ErrorKind::kFailed, kAsTheTestSays};
    }
    host_.world().Write(context.plan, step, Extent::kWhole);
    if (plan::IsReboot(step)) {
      host_.simulated_clock().Reboot();
    }
    if (host_.Happens(EventKind::kDrifts, step)) {
      host_.world().Spoil(step);
    }
    return Left(step);
  }

  Result<steps::Applied> Confirm(const steps::StepContext& context,
                                 const steps::Captured&) const override {
    return Left(context.step);
  }

  Status Revert(const steps::StepContext& context, const steps::Captured& captured) const override {
    const plan::Step& step = context.step;
    if (host_.is_dead()) {
      return Dead();
    }
    if (step.undo == plan::UndoClass::kNever) {
      return Error{ErrorKind::kUnsupported, "it has no way back: " + step.undo_reason.str()};
    }
    context.env.clock.SleepMs(step.undo_takes_ms);
    if (host_.Happens(EventKind::kKilledBack, step)) {
      WritePart(context, plan::IsReboot(step) ? host_.world().ExtentOf(step) : Extent::kHalf);
      return Die();
    }
    if (host_.Happens(EventKind::kSticks, step)) {
      return Error{ErrorKind::kFailed, "it does not go back, as the test says"};
    }
    if (plan::IsReboot(step)) {
      // The last act of a way back: the system is what the disk makes it, whoever rebooted it.
      host_.world().Forget(context.plan, step);
      host_.simulated_clock().Reboot();
      return OkStatus();
    }
    return host_.world().Restore(context.plan, step, captured.undo);
  }

  steps::Drift drift() const override { return drift_; }

  Result<std::string> SaveDrift(const steps::StepContext&, const steps::Captured&) const override {
    return std::string("what somebody else left was saved");
  }

 private:
  static Result<steps::Applied> Left(const plan::Step& step) {
    return steps::Applied{Sha256(step.path)};
  }
  void WritePart(const steps::StepContext& context, Extent part) const {
    if (part != Extent::kNone) {
      host_.world().Write(context.plan, context.step, part);
    }
  }
  static Error Dead() { return {ErrorKind::kInterrupted, "the runner is dead"}; }
  Error Die() const {
    *host_.stop() = executor::kStopKilled;
    return Dead();
  }

  const SimulatedHost& host_;
  steps::Drift drift_;
  bool can_be_seen_;
};

}  // namespace

std::unique_ptr<steps::NativeStep> MakeSimulatedStep(const SimulatedHost& host,
                                                     const plan::Step& step) {
  // What becomes of somebody else's change is up to the real step.
  const steps::NativeStep* real = steps::FindStep(step);
  const bool can_be_seen = step.kind != plan::StepKind::kCommand || !step.observe_command.empty();
  return std::make_unique<SimulatedStep>(
      host, real == nullptr ? steps::Drift::kStick : real->drift(), can_be_seen);
}

}  // namespace upgraph::sim
