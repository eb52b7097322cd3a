#pragma once

// Which plan a command is about: of each edge, or of the whole way of one host.

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/arguments.h"
#include "plan/plan.h"

namespace upgraph::cli {

// v4.8.3 or 4.8.3: without v.
std::string WithoutV(const std::string& version);

// With `--from` the plan of a host that has this version, up to the first stop; else the plan of
// each edge. An error, for people, when there is no way or the version is not one.
Result<std::vector<plan::Plan>> PlansOf(const plan::Plan& plan, const Arguments& arguments);

}  // namespace upgraph::cli
