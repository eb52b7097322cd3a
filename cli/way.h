#pragma once

// Which plan a command is about: of each edge, or of the whole way of one host.

#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/console.h"
#include "plan/plan.h"

namespace upgraph::cli {

// v4.8.3 or 4.8.3: without v.
std::string WithoutV(const std::string& version);

// With `--from` the plan of a host that has this version, up to the first stop; else the plan of
// each edge. When there is no way, or the version is not one, says so on the console and gives the
// exit code.
std::optional<std::vector<plan::Plan>> ChoosePlans(const plan::Plan& plan,
                                                   const Arguments& arguments, Console& console,
                                                   int* exit_code);

}  // namespace upgraph::cli
