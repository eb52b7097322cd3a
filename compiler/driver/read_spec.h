#pragma once

#include <string>

#include "base/result.h"

namespace upgraph::driver {

// The whole text of a spec; of one that is too large only as much that the parser will refuse it,
// at the byte which is too many. The error says why there is none: not found, a folder.
Result<std::string> ReadSpec(const std::string& path);

}  // namespace upgraph::driver
