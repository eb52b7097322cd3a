#pragma once

// What a rollback left over, for people and for programs. Pure.

#include <string>
#include <vector>

#include "base/json.h"
#include "runtime/executor/run.h"

namespace upgraph::cli {

// A line for each that says which step and why, and below it what is left, where what stood there
// lies, and the command that finishes it.
std::string LeftoversText(const std::vector<executor::Leftover>& leftovers, bool use_color);

// [{step, title, state, reason, left, kept, command}, …]
Json LeftoversJson(const std::vector<executor::Leftover>& leftovers);

}  // namespace upgraph::cli
