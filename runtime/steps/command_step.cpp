// A declared command: three argument vectors, run without a shell. They start in the root of the
// tree that the run acts on and find it in $ROOT, so that one spec serves a host and a scratch
// tree. `observe` says what the world is: exit 0 after, 1 before, 2 neither, anything else unknown.
// What it calls after is not done again. Without one a step in doubt counts as half done: it is
// done again where that is harmless, else undone; an `undo` must be safe from any state. What a
// command wrote is synced with the file systems of the files among its effects.

#include <fmt/format.h>

#include <algorithm>

#include "runtime/steps/last_line.h"
#include "runtime/steps/registry.h"
#include "runtime/steps/secret.h"
#include "runtime/steps/written.h"

namespace upgraph::steps {
namespace {

constexpr size_t kShownBytesMax = 200;

Result<env::CommandResult> Run(const StepContext& context,
                               const std::vector<plan::Value>& arguments) {
  env::Command command;
  std::vector<std::string> secrets;
  for (const plan::Value& word : arguments) {
    if (word.kind == plan::ValueKind::kSecret) {
      UPGRAPH_ASSIGN(std::string secret, ReadSecret(context.env.files, word));
      secrets.push_back(secret);
      command.secrets.push_back({command.arguments.size(), std::move(secret)});
    } else if (word.kind == plan::ValueKind::kTemporary) {
      return Error{ErrorKind::kUnsupported, "what is temporary has no text for a command"};
    }
    command.arguments.push_back(word.kind == plan::ValueKind::kSecret ? "" : word.text);
  }
  UPGRAPH_ASSIGN(command.directory, context.env.files.RealPath("/"));
  std::string root = command.directory == "/" ? "" : command.directory;
  // A program named by its host path is one of the tree.
  if (!command.arguments.empty() && command.arguments[0].rfind('/', 0) == 0 && !root.empty()) {
    UPGRAPH_ASSIGN(bool is_in_tree, context.env.files.Exists(command.arguments[0]));
    if (is_in_tree) {
      command.arguments[0] = root + command.arguments[0];
    }
  }
  command.environment = {
      {"ROOT", root}, {"UPGRAPH_RUN", context.run_id}, {"UPGRAPH_STEP", context.step.path}};
  command.timeout_ms = std::max<int64_t>(context.deadline_boot_ms - context.env.clock.BootMs(), 1);
  command.cancel = &context.cancel;
  command.inherited_fd = context.work_lock_fd;
  UPGRAPH_ASSIGN(env::CommandResult result, context.env.processes.Run(command));
  // A command should not print what it was told; if it does, it goes no further.
  result.output = WithoutSecrets(std::move(result.output), secrets);
  return result;
}

bool Succeeded(const env::CommandResult& result) {
  return result.exit_code == 0 && result.signal == 0 && !result.timed_out && !result.cancelled;
}

// Of a command that did not succeed.
Error HowItEnded(const StepContext& context, const env::CommandResult& result, const char* what) {
  std::string said = LastLine(result.output, kShownBytesMax);
  std::string tail = said.empty() ? "" : ": " + said;
  if (result.timed_out) {
    return {ErrorKind::kTimeout, fmt::format("`{}` took longer than {}", what,
                                             plan::FormatDuration(context.step.timeout_ms)) +
                                     tail};
  }
  if (result.cancelled) {
    return {ErrorKind::kInterrupted, fmt::format("`{}` was stopped", what)};
  }
  if (result.signal != 0) {
    return {ErrorKind::kFailed, fmt::format("`{}` ended by signal {}", what, result.signal) + tail};
  }
  return {ErrorKind::kFailed, fmt::format("`{}` ended with {}", what, result.exit_code) + tail};
}

Status RunToSuccess(const StepContext& context, const std::vector<plan::Value>& arguments,
                    const char* what) {
  UPGRAPH_ASSIGN(env::CommandResult result, Run(context, arguments));
  return Succeeded(result) ? OkStatus() : Status(HowItEnded(context, result, what));
}

Status SyncWritten(const StepContext& context) {
  return SyncFileSystems(context.env.files, WrittenFolders(context.plan, context.step));
}

class CommandStepImpl : public NativeStep {
 public:
  Result<Estimate> EstimateCost(const StepContext& context) const override {
    UPGRAPH_TRY(CheckSecrets(context));
    return Estimate{context.step.takes_ms, context.step.undo_takes_ms, 0, 0};
  }

  bool CanTell(const plan::Step& step) const override { return !step.observe_command.empty(); }

  Observation Observe(const StepContext& context, const Captured* captured,
                      const Applied* applied) const override {
    if (context.step.observe_command.empty()) {
      if (captured == nullptr) {
        return {World::kBefore, ""};
      }
      return applied != nullptr ? Observation{World::kAfter, ""}
                                : Observation{World::kNeither, "it has no `observe`"};
    }
    auto result = Run(context, context.step.observe_command);
    if (!result.ok()) {
      return {World::kUnknown, result.error().message};
    }
    if (result->signal == 0 && !result->timed_out && !result->cancelled) {
      switch (result->exit_code) {
        case 0:
          return {World::kAfter, ""};
        case 1:
          return {World::kBefore, ""};
        case 2:
          return {World::kNeither, LastLine(result->output, kShownBytesMax)};
        default:
          break;
      }
    }
    return {World::kUnknown, HowItEnded(context, *result, "observe").message};
  }

  // What it changes is its own; the folders around its files are known from its effects.
  Result<Captured> Capture(const StepContext& context) const override {
    Captured captured;
    for (const std::string& folder : WrittenFolders(context.plan, context.step)) {
      auto status = context.env.files.StatFollow(folder);
      if (status.ok()) {
        captured.directories.push_back({folder, status->mtime_ns});
      }
    }
    return captured;
  }

  Result<Applied> Apply(const StepContext& context, const Captured& captured) const override {
    UPGRAPH_TRY(RunToSuccess(context, context.step.apply_command, "do"));
    return Confirm(context, captured);
  }

  Result<Applied> Confirm(const StepContext& context, const Captured&) const override {
    UPGRAPH_TRY(SyncWritten(context));
    return Applied{};
  }

  Status Revert(const StepContext& context, const Captured&) const override {
    if (context.step.undo_command.empty()) {
      return Error{ErrorKind::kUnsupported, "it has no `undo`"};
    }
    UPGRAPH_TRY(RunToSuccess(context, context.step.undo_command, "undo"));
    return SyncWritten(context);
  }
};

// A command that only looks: preflight and verify.
class CommandCheck : public ObservingStep {
 public:
  Result<Estimate> EstimateCost(const StepContext& context) const override {
    UPGRAPH_TRY(CheckSecrets(context));
    return Estimate{};
  }
  Status Check(const StepContext& context) const override {
    return RunToSuccess(context, context.step.apply_command, "do");
  }
};

}  // namespace

const NativeStep& CommandStep(const plan::Step& step) {
  static const auto* const kStep = new CommandStepImpl();
  static const auto* const kCheck = new CommandCheck();
  if (step.undo == plan::UndoClass::kObserves) {
    return *kCheck;
  }
  return *kStep;
}

}  // namespace upgraph::steps
