#pragma once

#include <string>

#include "cli/console.h"

namespace upgraph::cli {

// To the file of `-o`, or to standard output. Returns the exit code.
int WriteOutput(const Arguments& arguments, const std::string& text, Console& console);

}  // namespace upgraph::cli
