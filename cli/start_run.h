#pragma once

// What apply, resume and rollback share: a root that may be acted on, questions, and starting the
// run in this process or apart from it.

#include <optional>
#include <string>

#include "cli/console.h"
#include "cli/runner.h"
#include "runtime/executor/view.h"

namespace upgraph::cli {

// The absolute root. On failure says why and gives the exit code.
std::optional<std::string> FindRoot(const Arguments& arguments, Console& console, int* exit_code);

// The unfinished run of the host, if there is one that can be seen.
std::optional<executor::RunView> FindUnfinishedRun(const std::string& root);

// A yes or no on the terminal; no when standard input ends.
bool Ask(Console& console, const std::string& question);

// Who calls, as far as the system knows: "user 0, login 1000". Kept with what people say.
std::string CallerText();

// Starts the run as the arguments say, and watches it. Returns its exit code.
int StartRun(const Arguments& arguments, RunnerRequest request, Console& console);

}  // namespace upgraph::cli
