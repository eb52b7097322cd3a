#pragma once

#include <string>

#include "base/result.h"

namespace upgraph::driver {

// The whole text of a spec. The error says why it cannot be had: not found, a folder, too large.
Result<std::string> ReadSpec(const std::string& path);

}  // namespace upgraph::driver
