#pragma once

#include <string>

#include "compiler/sema/program.h"

namespace upgraph::sema {

// The program for people and golden tests: declarations that are used, configurations, phases.
// The same program gives the same text.
std::string Dump(const Program& program);

}  // namespace upgraph::sema
