#include "cli/commands.h"
#include "cli/start_run.h"

namespace upgraph::cli {

// Asking for it is the answer to every question: nothing else is asked.
int RunResume(const Arguments& arguments, Console& console) {
  int exit_code = 0;
  const std::optional<std::string> root = FindRoot(arguments, console, &exit_code);
  if (!root.has_value()) {
    return exit_code;
  }
  return StartRun(arguments, {CommandKind::kResume, *root, arguments.jobs, true, std::nullopt},
                  console);
}

}  // namespace upgraph::cli
