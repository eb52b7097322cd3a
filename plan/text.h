#pragma once

// The plan as text: JSON for machines, canonical and complete, and one line a step for people and
// golden tests.

#include <string>

#include "base/json.h"
#include "plan/plan.h"

namespace upgraph::plan {

// Every field, in the order of plan.h; the same plan gives the same text. Of a plan that passes
// Verify(), as Dump is.
Json ToJson(const Plan& plan);

// One line a step: path, title, effects, way back, time, predecessors, lock.
std::string Dump(const Plan& plan);

}  // namespace upgraph::plan
