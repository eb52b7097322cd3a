#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/start_run.h"

namespace upgraph::cli {

int RunRollback(const Arguments& arguments, Console& console) {
  int exit_code = 0;
  const std::optional<std::string> root = FindRoot(arguments, console, &exit_code);
  if (!root.has_value()) {
    return exit_code;
  }
  if (!arguments.is_yes && console.can_ask()) {
    const std::optional<executor::RunView> unfinished = FindUnfinishedRun(*root);
    const std::string question =
        unfinished.has_value() ? fmt::format("turn run {} back on {}?", unfinished->run_id, *root)
                               : fmt::format("turn the last run back on {}?", *root);
    if (!Ask(console, question)) {
      return Fail(console, arguments.command,
                  {executor::ExitCode::kRefused, "not turned back: the answer was no", true, ""});
    }
  }
  return StartRun(arguments, {CommandKind::kRollback, *root, arguments.jobs, true, std::nullopt},
                  console);
}

}  // namespace upgraph::cli
