// systemd.start and systemd.stop: two directions of one step. What they change is what systemd
// runs, not a file; what a unit did while it ran, or would have done, does not come back.

#include <fmt/format.h>

#include "runtime/steps/arguments.h"
#include "runtime/steps/registry.h"
#include "runtime/steps/systemctl.h"

namespace upgraph::steps {
namespace {

constexpr int64_t kPollMs = 200;

bool IsRunning(const UnitState& state) {
  return state.active == "active" || state.active == "reloading";
}
bool IsDown(const UnitState& state) {
  return state.active == "inactive" || state.active == "failed";
}

class UnitStep : public NativeStep {
 public:
  explicit UnitStep(bool starts) : starts_(starts) {}

  Result<Estimate> EstimateCost(const StepContext& context) const override {
    UPGRAPH_TRY(CheckSystemd(context));
    return Estimate{context.step.takes_ms, context.step.undo_takes_ms, 0, 0};
  }

  // A unit on its way up or down is waited for before anything is captured. After that it is our
  // own half way, or what became of what we left: both ends can be reached from there.
  Observation Observe(const StepContext& context, const Captured* captured,
                      const Applied* applied) const override {
    const auto unit = TextArgument(context.step, "unit");
    if (!unit.ok()) {
      return {World::kUnknown, unit.error().message};
    }
    const auto state = AskUnit(context, *unit);
    if (!state.ok()) {
      return {World::kUnknown, state.error().message};
    }
    if (starts_ ? IsRunning(*state) : IsDown(*state)) {
      return {World::kAfter, ""};
    }
    if (starts_ ? IsDown(*state) : IsRunning(*state)) {
      return {World::kBefore, ""};
    }
    const std::string detail = fmt::format("`{}` is {}", *unit, state->text);
    if (captured == nullptr) {
      return {World::kUnknown, detail};
    }
    return {applied == nullptr ? World::kNeither : World::kAfter, detail};
  }

  Result<Captured> Capture(const StepContext& context) const override {
    UPGRAPH_ASSIGN(const std::string unit, TextArgument(context.step, "unit"));
    UPGRAPH_ASSIGN(const UnitState state, AskUnit(context, unit));
    return Captured{state.active, {}};
  }

  Result<Applied> Apply(const StepContext& context, const Captured&) const override {
    UPGRAPH_TRY(starts_ ? Start(context) : Stop(context));
    return Applied{Sha256(starts_ ? "running" : "down")};
  }

  Status Revert(const StepContext& context, const Captured&) const override {
    return starts_ ? Stop(context) : Start(context);
  }

  WayBackNeeds way_back_needs() const override { return WayBackNeeds::kServices; }

 private:
  static Status Start(const StepContext& context) {
    UPGRAPH_ASSIGN(const std::string unit, TextArgument(context.step, "unit"));
    UPGRAPH_TRY(RunSystemctl(context, {"daemon-reload"}));
    const Status started = RunSystemctl(context, {"start", "--", unit});
    UPGRAPH_ASSIGN(const UnitState state, AskUnit(context, unit));
    if (started.ok() && IsRunning(state)) {
      return OkStatus();
    }
    return Error{started.ok() ? ErrorKind::kFailed : started.error().kind,
                 fmt::format("`{}` was started and does not run: {}{}", unit, state.text,
                             started.ok() ? "" : "; " + started.error().message)};
  }

  // It counts as stopped when it failed to stop in an orderly way, too.
  static Status Stop(const StepContext& context) {
    UPGRAPH_ASSIGN(const std::string unit, TextArgument(context.step, "unit"));
    UPGRAPH_ASSIGN(const UnitState before, AskUnit(context, unit));
    if (IsDown(before)) {
      return OkStatus();
    }
    UPGRAPH_TRY(RunSystemctl(context, {"stop", "--", unit}));
    UPGRAPH_ASSIGN(const UnitState state, AskUnit(context, unit));
    if (IsDown(state)) {
      return OkStatus();
    }
    return Error{ErrorKind::kFailed, fmt::format("`{}` was stopped and is {}", unit, state.text)};
  }

  const bool starts_;
};

class ExpectActive : public ObservingStep {
 public:
  Status Check(const StepContext& context) const override {
    UPGRAPH_ASSIGN(const std::string unit, TextArgument(context.step, "unit"));
    UPGRAPH_ASSIGN(const int64_t within_ms, NumberArgument(context.step, "within"));
    env::Clock& clock = context.env.clock;
    const int64_t end_ms = std::min(clock.BootMs() + within_ms, context.deadline_boot_ms);
    while (true) {
      UPGRAPH_ASSIGN(const UnitState state, AskUnit(context, unit));
      if (IsRunning(state)) {
        return OkStatus();
      }
      if (clock.BootMs() >= end_ms || context.cancel.load()) {
        return Error{ErrorKind::kFailed, fmt::format("`{}` does not run: {}", unit, state.text)};
      }
      clock.SleepMs(kPollMs);
    }
  }
};

}  // namespace

const NativeStep& SystemdStartStep() {
  static const auto* const kStep = new UnitStep(true);
  return *kStep;
}

const NativeStep& SystemdStopStep() {
  static const auto* const kStep = new UnitStep(false);
  return *kStep;
}

const NativeStep& SystemdExpectActiveStep() {
  static const auto* const kStep = new ExpectActive();
  return *kStep;
}

}  // namespace upgraph::steps
