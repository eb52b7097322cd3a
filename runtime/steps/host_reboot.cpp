// host.reboot: a reboot has come when the boot is another one. It is asked for and not waited for:
// nothing of the run lives through it, and the runner of the next boot sees what became of it.

#include "runtime/steps/registry.h"

namespace upgraph::steps {
namespace {

constexpr const char* kNoBootId = "unknown";  // as the clock has it

class HostReboot : public NativeStep {
 public:
  Result<Estimate> EstimateCost(const StepContext& context) const override {
    if (context.env.clock.BootId() == kNoBootId) {
      return Error{
          ErrorKind::kUnsupported,
          "the system does not say which boot this is, so nobody could tell whether it was "
          "rebooted"};
    }
    return Estimate{context.step.takes_ms, context.step.undo_takes_ms, 0, 0};
  }

  // Later reboots, the administrator's or those of a crash, take nothing of it back.
  Observation Observe(const StepContext& context, const Captured* captured,
                      const Applied*) const override {
    const std::string boot_id = context.env.clock.BootId();
    if (boot_id == kNoBootId) {
      return {World::kUnknown, "the system does not say which boot this is"};
    }
    return {captured == nullptr || captured->undo == boot_id ? World::kBefore : World::kAfter, ""};
  }

  // No boot comes again: whoever says that they rebooted it by hand is believed.
  bool CanTell(const plan::Step&) const override { return false; }

  Result<Captured> Capture(const StepContext& context) const override {
    return Captured{context.env.clock.BootId(), {}};
  }

  Result<Applied> Apply(const StepContext& context, const Captured&) const override {
    UPGRAPH_TRY(Ask(context));
    return Applied{};
  }

  Result<Applied> Confirm(const StepContext& context, const Captured&) const override {
    return Applied{Sha256(context.env.clock.BootId())};
  }

  // Not back into the boot that was, but into one more, of what stands on the disk then.
  Status Revert(const StepContext& context, const Captured&) const override { return Ask(context); }

 private:
  // An orderly reboot syncs as well, where it gets that far.
  static Status Ask(const StepContext& context) {
    UPGRAPH_TRY(context.env.files.SyncFileSystem("/"));
    return context.env.processes.Reboot();
  }
};

}  // namespace

const NativeStep& HostRebootStep() {
  static const auto* const kStep = new HostReboot();
  return *kStep;
}

}  // namespace upgraph::steps
