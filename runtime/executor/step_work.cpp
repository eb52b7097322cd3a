#include "runtime/executor/step_work.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/json.h"
#include "runtime/executor/gate_work.h"
#include "runtime/executor/run.h"
#include "runtime/rollback/recovery_table.h"
#include "runtime/steps/written.h"

namespace upgraph::executor {
namespace {

using history::Direction;
using history::StepState;
using rollback::Decision;
using steps::World;

// A step's context lives as long as one call of the contract.
class Call {
 public:
  Call(const RunContext& run, plan::StepId step_id, uint32_t attempt = 1)
      : Call(run, run.plan.step(step_id), step_id, attempt) {}
  // `step` outlives the call: the step of that id, or one that differs from it in what it allows.
  Call(const RunContext& run, const plan::Step& step, plan::StepId step_id, uint32_t attempt)
      : step_(step),
        staging_(run.staging == nullptr ? std::make_unique<NoStaging>()
                                        : run.staging->ForStep(step_id)),
        context_{run.env,     run.plan,        step_,
                 run.payload, *staging_,       run.run_id,
                 run.epoch,   attempt,         run.env.clock.BootMs() + step_.timeout_ms,
                 run.cancel,  run.work_lock_fd},
        native_(run.host.FindStep(step_)) {}

  const steps::StepContext& context() const { return context_; }
  const steps::NativeStep* native() const { return native_; }
  Error Missing() const {
    return {ErrorKind::kUnsupported,
            fmt::format("this program has no native step `{}`", step_.native)};
  }

 private:
  // Preflight changes nothing, not even in private folders.
  class NoStaging : public steps::Staging {
   public:
    Result<std::string> FolderFor(const std::string&) override {
      return Error{ErrorKind::kUnsupported, "nothing is staged before the run is open"};
    }
  };

  const plan::Step& step_;
  std::unique_ptr<steps::Staging> staging_;
  steps::StepContext context_;
  const steps::NativeStep* native_;
};

WorkResult Begin(WorkKind kind, plan::StepId step_id) {
  WorkResult result;
  result.kind = kind;
  result.step_id = step_id;
  return result;
}

rollback::World Translate(World world) {
  switch (world) {
    case World::kBefore:
      return rollback::World::kBefore;
    case World::kAfter:
      return rollback::World::kAfter;
    case World::kNeither:
      return rollback::World::kNeither;
    case World::kUnknown:
      return rollback::World::kUnknown;
  }
  UPGRAPH_UNREACHABLE("world");
}

// Asks until the world can be seen, or the tries are used up.
template <typename Ask>
steps::Observation AskWorld(env::Clock& clock, Ask ask) {
  int64_t wait_ms = kTryWaitMs;
  for (int i = 1;; ++i, wait_ms *= 2) {
    steps::Observation observation = ask();
    if (observation.world != World::kUnknown || i == kObserveTries) {
      return observation;
    }
    clock.SleepMs(wait_ms);
  }
}

Status RestoreDirectoryTimes(env::Files& files, const steps::Captured& captured,
                             const std::map<std::string, int64_t>& times_ns) {
  for (const steps::DirectoryTime& directory : captured.directories) {
    auto time = times_ns.find(directory.path);
    int64_t mtime_ns = time == times_ns.end() ? directory.mtime_ns : time->second;
    Status set = files.SetMtime(directory.path, mtime_ns);
    // A folder that is gone has no time to restore.
    if (!set.ok() && set.error().kind != ErrorKind::kNotFound) {
      return set.error();
    }
    if (set.ok()) {
      UPGRAPH_TRY(files.SyncDirectory(directory.path));
    }
  }
  return OkStatus();
}

// How one try to bring a step back went, beside its status.
struct RevertTry {
  std::string drift;       // where a foreign state was saved
  bool has_begun = false;  // whatever it left half-way is our own
  bool is_final = false;   // a person decides: another try would take our own for theirs
};

// One try to bring a step back: look, decide by the table, act.
Status TryRevert(Call& call, const steps::Captured& captured, const history::StepHistory& history,
                 RevertTry* attempt) {
  const steps::StepContext& context = call.context();
  const steps::NativeStep& native = *call.native();
  steps::Applied applied{history.applied_digest};
  bool was_finished = history.state == StepState::kApplied;
  steps::Observation seen = AskWorld(context.env.clock, [&] {
    return native.Observe(context, &captured, was_finished ? &applied : nullptr);
  });
  rollback::Situation situation;
  situation.direction = Direction::kBack;
  situation.state = was_finished                            ? StepState::kApplied
                    : history.state == StepState::kCaptured ? StepState::kCaptured
                                                            : StepState::kReverting;
  situation.world = Translate(seen.world);
  situation.saves_drift = native.drift() == steps::Drift::kSaveAndRestore;
  switch (rollback::Decide(situation).decision) {
    case Decision::kRecordReverted:
      return OkStatus();
    case Decision::kRevert:
      attempt->has_begun = true;
      return native.Revert(context, captured);
    case Decision::kSaveThenRevert: {
      UPGRAPH_ASSIGN(attempt->drift, native.SaveDrift(context, captured));
      attempt->has_begun = true;
      return native.Revert(context, captured);
    }
    case Decision::kStick:
      attempt->is_final = true;
      return Error{ErrorKind::kFailed, "somebody else changed it since: " + seen.detail};
    case Decision::kAskAgain:
      return Error{ErrorKind::kFailed, "it cannot be seen: " + seen.detail};
    case Decision::kApply:
    case Decision::kRecordApplied:
      break;
  }
  UPGRAPH_UNREACHABLE("a forward decision on the way back");
}

}  // namespace

Result<steps::Estimate> EstimateStep(const RunContext& run, plan::StepId step_id) {
  const plan::Step& step = run.plan.step(step_id);
  if (step.gate_id.has_value() || step.kind == plan::StepKind::kCommit) {
    return steps::Estimate{step.takes_ms, 0, 0, 0};
  }
  Call call(run, step_id);
  if (call.native() == nullptr) {
    return call.Missing();
  }
  return call.native()->EstimateCost(call.context());
}

WorkResult CheckStep(const RunContext& run, plan::StepId step_id, int64_t gate_end_boot_ms) {
  const plan::Step& step = run.plan.step(step_id);
  if (step.kind == plan::StepKind::kGate && run.host.FindStep(step) == nullptr) {
    return CheckGate(run, step_id, gate_end_boot_ms);
  }
  WorkResult result = Begin(WorkKind::kCheck, step_id);
  Call call(run, step_id);
  if (call.native() == nullptr) {
    result.status = call.Missing();
    return result;
  }
  auto applied = call.native()->Apply(call.context(), steps::Captured());
  if (!applied.ok()) {
    result.status = applied.error();
  }
  return result;
}

Status CheckStepOnce(const RunContext& run, plan::StepId step_id, int64_t most_ms) {
  plan::Step step = run.plan.step(step_id);
  for (plan::Field& argument : step.arguments) {
    if (argument.name == kPatienceArgument && argument.value.kind == plan::ValueKind::kDuration) {
      argument.value.number = 0;
    }
  }
  step.timeout_ms = std::min(step.timeout_ms, most_ms);
  const Call call(run, step, step_id, 1);
  if (call.native() == nullptr) {
    return call.Missing();
  }
  auto applied = call.native()->Apply(call.context(), steps::Captured());
  return applied.ok() ? OkStatus() : Status(applied.error());
}

WorkResult CaptureStep(const RunContext& run, plan::StepId step_id) {
  WorkResult result = Begin(WorkKind::kCapture, step_id);
  Call call(run, step_id);
  if (call.native() == nullptr) {
    result.status = call.Missing();
    return result;
  }
  steps::Observation seen = AskWorld(
      run.env.clock, [&] { return call.native()->Observe(call.context(), nullptr, nullptr); });
  switch (seen.world) {
    case World::kAfter:
      result.is_found = true;
      return result;
    case World::kBefore:
      break;
    case World::kNeither:
    case World::kUnknown:
      result.status =
          Error{ErrorKind::kFailed, "the host is not as this step needs it: " + seen.detail};
      return result;
  }
  auto captured = call.native()->Capture(call.context());
  if (captured.ok()) {
    result.captured = std::move(*captured);
  } else {
    result.status = captured.error();
  }
  return result;
}

WorkResult ApplyStep(const RunContext& run, plan::StepId step_id, steps::Captured captured,
                     bool is_in_doubt, uint32_t attempt, int64_t wait_ms) {
  WorkResult result = Begin(WorkKind::kApply, step_id);
  for (int64_t waited_ms = 0; waited_ms < wait_ms && !run.cancel.load(); waited_ms += kTryWaitMs) {
    run.env.clock.SleepMs(kTryWaitMs);
  }
  Call call(run, step_id, attempt);
  if (call.native() == nullptr) {
    result.status = call.Missing();
    return result;
  }
  if (is_in_doubt) {
    steps::Observation seen = AskWorld(
        run.env.clock, [&] { return call.native()->Observe(call.context(), &captured, nullptr); });
    rollback::Situation situation;
    situation.state = StepState::kCaptured;
    situation.world = Translate(seen.world);
    situation.repeats_safely = run.plan.step(step_id).repeat == plan::Repeat::kSafe;
    Decision decision = rollback::Decide(situation).decision;
    if (decision == Decision::kRecordApplied) {
      auto confirmed = call.native()->Confirm(call.context(), captured);
      if (confirmed.ok()) {
        result.applied = *confirmed;
      } else {
        result.status = confirmed.error();
      }
      return result;
    }
    if (decision != Decision::kApply) {
      result.status = Error{ErrorKind::kFailed,
                            "after a crash it cannot be told whether it was done: " + seen.detail};
      return result;
    }
  }
  auto applied = call.native()->Apply(call.context(), captured);
  if (applied.ok()) {
    result.applied = *applied;
    result.is_reboot_asked = plan::IsReboot(run.plan.step(step_id));
  } else {
    result.status = applied.error();
  }
  return result;
}

WorkResult RevertStep(const RunContext& run, plan::StepId step_id, steps::Captured captured,
                      history::StepHistory history,
                      std::map<std::string, int64_t> directory_times_ns) {
  WorkResult result = Begin(WorkKind::kRevert, step_id);
  int64_t wait_ms = kTryWaitMs;
  for (int i = 1;; ++i, wait_ms *= 2) {
    Call call(run, step_id);
    RevertTry attempt;
    result.status = call.native() == nullptr ? Status(call.Missing())
                                             : TryRevert(call, captured, history, &attempt);
    result.drift = attempt.drift.empty() ? result.drift : attempt.drift;
    result.has_put_back = result.has_put_back || attempt.has_begun;
    if (result.status.ok()) {
      result.status = RestoreDirectoryTimes(run.env.files, captured, directory_times_ns);
    }
    if (result.status.ok() || attempt.is_final || i == kRevertTries || run.cancel.load()) {
      return result;
    }
    if (attempt.has_begun) {
      history.state = StepState::kReverting;
    }
    run.env.clock.SleepMs(wait_ms);
  }
}

WorkResult TakeScope(const RunContext& run, plan::LockScopeId scope_id) {
  WorkResult result = Begin(WorkKind::kTakeLocks, plan::StepId());
  result.scope_id = scope_id;
  auto taken = run.host.TakeLocks(run.env, run.plan.lock_scope(scope_id), run.cancel);
  if (taken.ok()) {
    result.locks = std::move(*taken);
  } else {
    result.status = taken.error();
  }
  return result;
}

steps::Observation ObserveApplied(const RunContext& run, plan::StepId step_id,
                                  const steps::Captured& captured,
                                  const history::StepHistory& history) {
  Call call(run, step_id);
  if (call.native() == nullptr) {
    return {World::kUnknown, call.Missing().message};
  }
  steps::Applied applied{history.applied_digest};
  return call.native()->Observe(call.context(), &captured, &applied);
}

steps::Observation ObserveFound(const RunContext& run, plan::StepId step_id) {
  Call call(run, step_id);
  if (call.native() == nullptr) {
    return {World::kUnknown, call.Missing().message};
  }
  return AskWorld(run.env.clock,
                  [&] { return call.native()->Observe(call.context(), nullptr, nullptr); });
}

steps::Observation ObservePutBack(const RunContext& run, plan::StepId step_id,
                                  const steps::Captured& captured) {
  Call call(run, step_id);
  if (call.native() == nullptr || !call.native()->CanTell(run.plan.step(step_id))) {
    return {World::kBefore, ""};
  }
  steps::Observation seen = AskWorld(
      run.env.clock, [&] { return call.native()->Observe(call.context(), &captured, nullptr); });
  if (seen.world == World::kUnknown) {
    seen.detail = "it cannot be seen: " + seen.detail;
  } else if (seen.world == World::kAfter) {
    seen.detail = "it is as the step left it";
  }
  return seen;
}

Status KeepPutBack(const RunContext& run, plan::StepId step_id, const steps::Captured& captured,
                   const std::map<std::string, int64_t>& directory_times_ns) {
  // By which files a person put it back, nobody can tell.
  std::set<std::string> folders = steps::WrittenFolders(run.plan, run.plan.step(step_id));
  folders.insert({"/", kStateFolder});
  for (const steps::DirectoryTime& directory : captured.directories) {
    folders.insert(directory.path);
  }
  UPGRAPH_TRY(steps::SyncFileSystems(run.env.files, folders));
  return RestoreDirectoryTimes(run.env.files, captured, directory_times_ns);
}

std::string CapturedBytes(const steps::Captured& captured) {
  Json json = {{"undo", ToHex(captured.undo)}, {"directories", Json::array()}};
  for (const steps::DirectoryTime& directory : captured.directories) {
    json["directories"].push_back(directory.path);
  }
  return CompactJson(json);
}

steps::Captured ReadCaptured(const std::string& bytes) {
  steps::Captured captured;
  Result<Json> json = ParseJson(bytes);
  UPGRAPH_CHECK(json.ok() && FromHex((*json)["undo"].get<std::string>(), &captured.undo));
  for (const Json& path : (*json)["directories"]) {
    captured.directories.push_back({path.get<std::string>(), 0});
  }
  return captured;
}

}  // namespace upgraph::executor
