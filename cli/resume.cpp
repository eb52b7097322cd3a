#include "cli/commands.h"
#include "cli/format.h"
#include "cli/start_run.h"
#include "cli/window_start.h"

namespace upgraph::cli {

// Asking for it is the answer to every question: nothing else is asked.
int RunResume(const Arguments& arguments, Console& console) {
  int exit_code = 0;
  const std::optional<std::string> root = FindRoot(arguments, console, &exit_code);
  if (!root.has_value()) {
    return exit_code;
  }
  RunnerRequest request{CommandKind::kResume, *root, arguments.jobs, true, std::nullopt};
  if (!arguments.window.empty()) {
    const Result<int64_t> begin = ParseWindowStart(arguments.window);
    if (!begin.ok()) {
      return Fail(console, arguments.command,
                  {executor::ExitCode::kUsage, begin.error().message, false, ""});
    }
    request.window_begin_wall_ms = *begin;
  }
  return StartRun(arguments, request, console);
}

}  // namespace upgraph::cli
