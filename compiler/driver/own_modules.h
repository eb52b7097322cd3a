#pragma once

// The modules that a spec brings itself: `import helpers.nginx` is helpers/nginx.upg in the spec's
// folder. Nothing outside of that folder is ever read, so links are not followed.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace upgraph::driver {

// "helpers/nginx.upg"
std::string ModulePath(std::string_view name);

// The text of a module below the folder `root` (empty: the current one). kNotFound without its
// file; kInvalid for a link and for what is no file. What comes behind `bytes_max` is left out.
Result<std::string> ReadModule(const std::string& root, std::string_view name, uint64_t bytes_max);

// The names of what could be imported from `root`, sorted, for suggestions; not all of a large
// folder.
std::vector<std::string> FindModules(const std::string& root);

}  // namespace upgraph::driver
