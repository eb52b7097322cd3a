#pragma once

// The specs that a person named at the command line, one by one or by their folders.

#include <string>
#include <vector>

#include "base/result.h"

namespace upgraph::cli {

// Files as they are named; of a folder all `*.upg` anywhere in it, in byte order, without what is
// hidden or behind a link to a folder. Nothing stands there twice. An error for a folder that
// cannot be read or holds no spec.
Result<std::vector<std::string>> FindSpecs(const std::vector<std::string>& names);

}  // namespace upgraph::cli
