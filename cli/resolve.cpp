#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/start_run.h"

namespace upgraph::cli {

// A person's word, so a person is asked; it runs in this process, and touches no step.
int RunResolve(const Arguments& arguments, Console& console) {
  int exit_code = 0;
  const std::optional<std::string> root = FindRoot(arguments, console, &exit_code);
  if (!root.has_value()) {
    return exit_code;
  }
  const bool is_back = arguments.settled_as == executor::SettledAs::kReverted;
  std::string paths;
  for (const std::string& path : arguments.inputs) {
    paths += fmt::format("{}`{}`", paths.empty() ? "" : ", ", path);
  }
  if (!arguments.is_yes &&
      (!console.can_ask() ||
       !Ask(console, fmt::format("{} {}?", paths,
                                 is_back ? "was put back by hand: take it for reverted"
                                         : "stays as it is, and nothing below it goes back")))) {
    return Fail(console, arguments.command,
                {executor::ExitCode::kRefused,
                 console.can_ask() ? "not settled: the answer was no"
                                   : "nobody can be asked here; `--yes` says that it is so",
                 true, ""});
  }
  Arguments here = arguments;
  here.is_foreground = true;
  RunnerRequest request{CommandKind::kResolve, *root, arguments.jobs, true, std::nullopt, ""};
  request.settlement = {arguments.inputs, arguments.settled_as,
                        CallerText() + ": " + arguments.because};
  return StartRun(here, std::move(request), console);
}

}  // namespace upgraph::cli
