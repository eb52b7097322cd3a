#include "cli/start_run.h"

#include <errno.h>
#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "cli/progress_view.h"
#include "cli/run_folder.h"
#include "cli/watcher.h"
#include "cli/whole_file.h"

namespace upgraph::cli {
namespace {

void AnnounceStop(int level) {
  const std::string_view text =
      level == 1 ? "\nturning back in order; once more stops at once, for `upgraph resume`\n"
                 : "\nstopping at once\n";
  (void)!write(STDERR_FILENO, text.data(), text.size());
}

// In this process: for containers and CI, which keep it alive themselves.
int RunHere(RunnerRequest request, Console& console) {
  ProgressView view(console.use_color(), false);
  EventWriter events({request.root, -1, -1, [&](const executor::Progress& progress) {
                        console.Out(console.is_json() ? EventLine(progress)
                                                      : view.Add(progress, console.width()));
                      }});
  const CommandKind command = request.command;
  const executor::Outcome outcome = CarryRun(std::move(request), events, AnnounceStop);
  ShowOutcome(outcome, command, view, console);
  return static_cast<int>(outcome.exit_code);
}

}  // namespace

std::optional<std::string> FindRoot(const Arguments& arguments, Console& console, int* exit_code) {
  Result<RootStatus> root = LookAtRoot(arguments.root);
  if (!root.ok()) {
    *exit_code = Fail(console, arguments.command, Refusal(root.error()));
    return std::nullopt;
  }
  return root->path;
}

std::optional<executor::RunView> FindUnfinishedRun(const std::string& root) {
  Result<executor::HostView> host = executor::ViewHost(root);
  if (!host.ok()) {
    return std::nullopt;
  }
  for (auto run = host->runs.rbegin(); run != host->runs.rend(); ++run) {
    if (!run->is_finished) {
      return std::move(*run);
    }
  }
  return std::nullopt;
}

bool Ask(Console& console, const std::string& question) {
  console.Err(question + " [y/N] ");
  std::string answer;
  char c = 0;
  while (true) {
    const ssize_t got = read(STDIN_FILENO, &c, 1);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0 || c == '\n') {
      break;
    }
    answer += c;
  }
  return answer == "y" || answer == "Y" || answer == "yes";
}

std::string CallerText() {
  const Result<std::string> login = ReadHead("/proc/self/loginuid", 16);
  const bool has_login = login.ok() && !login->empty() && *login != "4294967295";
  return fmt::format("user {}{}", getuid(), has_login ? ", login " + *login : "");
}

int StartRun(const Arguments& arguments, RunnerRequest request, Console& console) {
  if (arguments.is_foreground) {
    return RunHere(std::move(request), console);
  }
  SignalQueue signals(kWatcherSignals);
  const CommandKind command = request.command;
  const std::string root = request.root;
  Result<StartedRunner> runner = StartRunner(std::move(request), arguments.runner);
  if (!runner.ok()) {
    return Fail(console, arguments.command, Refusal(runner.error()));
  }
  return WatchRun({std::move(*runner), root, arguments.is_detached, command}, console, signals);
}

}  // namespace upgraph::cli
