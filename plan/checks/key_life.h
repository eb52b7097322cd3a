#pragma once

// What the checks of the configuration matrix share.

#include <string>

#include "plan/plan.h"

namespace upgraph::plan {

// Whether what began with `version` holds in `target`: v5.0 in 5.0.0, not in 5.0.0-rc1. False when
// `version` is empty or one of both cannot be read.
bool IsFrom(const Product& product, const std::string& version, const std::string& target);

}  // namespace upgraph::plan
