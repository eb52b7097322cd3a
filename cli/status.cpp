#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/run_report.h"
#include "cli/start_run.h"
#include "cli/watcher.h"
#include "runtime/env/clock.h"

namespace upgraph::cli {
namespace {

// A runner takes the host before its run can be seen.
constexpr int64_t kOpenMsMax = 5'000;
constexpr int64_t kOpenPollMs = 50;

int Show(const Arguments& arguments, Console& console, const std::string& root,
         const executor::HostView& host) {
  const executor::RunView* run = CurrentRun(host);
  std::optional<RunnerStarted> runner;
  if (host.is_running && run != nullptr) {
    runner = FindRunner(root, run->run_id);
  }
  const RunnerStarted* holder = runner.has_value() ? &*runner : nullptr;
  const bool is_damaged = run != nullptr && !run->damage.empty();
  const executor::ExitCode code =
      is_damaged ? executor::ExitCode::kDamaged : executor::ExitCode::kDone;
  if (console.is_json()) {
    Json json = EndingJson(
        CommandName(arguments.command),
        {code, is_damaged ? run->damage : "looked", false, run != nullptr ? run->run_id : ""});
    json.update(StatusJson(host, holder));
    console.Out(PrettyJson(json));
  } else {
    console.Out(RenderStatus(host, holder, console.use_color()));
  }
  return static_cast<int>(code);
}

// Attaches to the run at work; shows the status when there is none.
int Follow(const Arguments& arguments, Console& console, const std::string& root) {
  SignalQueue signals(kWatcherSignals);
  env::Clock& clock = env::SystemClock();
  const int64_t give_up_boot_ms = clock.BootMs() + kOpenMsMax;
  while (true) {
    const Result<executor::HostView> host = executor::ViewHost(root);
    if (!host.ok()) {
      return Fail(console, arguments.command, Refusal(host.error()));
    }
    const executor::RunView* run = CurrentRun(*host);
    if (!host->is_running) {
      return Show(arguments, console, root, *host);
    }
    if (run != nullptr && !run->is_finished) {
      Result<StartedRunner> runner = AttachToRun(root, run->run_id);
      if (runner.ok()) {
        return WatchRun({std::move(*runner), root, false, arguments.command}, console, signals);
      }
    }
    if (clock.BootMs() > give_up_boot_ms) {
      return Fail(console, arguments.command,
                  {executor::ExitCode::kRefused,
                   "a runner is at work, but it says nothing about its run", true, ""});
    }
    clock.SleepMs(kOpenPollMs);
  }
}

}  // namespace

int RunStatus(const Arguments& arguments, Console& console) {
  int exit_code = 0;
  const std::optional<std::string> root = FindRoot(arguments, console, &exit_code);
  if (!root.has_value()) {
    return exit_code;
  }
  if (arguments.is_following) {
    return Follow(arguments, console, *root);
  }
  const Result<executor::HostView> host = executor::ViewHost(*root);
  if (!host.ok()) {
    return Fail(console, arguments.command, Refusal(host.error()));
  }
  return Show(arguments, console, *root, *host);
}

}  // namespace upgraph::cli
