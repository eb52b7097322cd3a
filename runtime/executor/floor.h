#pragma once

// The floor: no package is older than what the last run that still stands left on the host.

#include <string>

#include "plan/plan.h"
#include "runtime/executor/taken_host.h"

namespace upgraph::executor {

// Why the plan of a package is too old for the host; empty: it is not. A package knows all versions
// that it releases or leads to, and must know one that is not below the floor.
std::string WhyBelowFloor(const Host& host, const plan::Plan& plan);

}  // namespace upgraph::executor
