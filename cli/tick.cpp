#include "cli/commands.h"
#include "cli/start_run.h"

namespace upgraph::cli {

// A timer or a boot calls it: it runs in this process, and asks nobody.
int RunTick(const Arguments& arguments, Console& console) {
  int exit_code = 0;
  const std::optional<std::string> root = FindRoot(arguments, console, &exit_code);
  if (!root.has_value()) {
    return exit_code;
  }
  Arguments here = arguments;
  here.is_foreground = true;
  RunnerRequest request{arguments.command, *root, arguments.jobs, false, std::nullopt};
  request.is_early = arguments.is_early;
  return StartRun(here, request, console);
}

}  // namespace upgraph::cli
