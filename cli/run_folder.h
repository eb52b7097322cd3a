#pragma once

#include <string>

#include "base/result.h"

namespace upgraph::cli {

// The existing folder of a run, as a path of the system that runs us. kNotFound when there is none.
Result<std::string> RunFolder(const std::string& root, const std::string& run_id);

// Whether `root` is an existing folder, and whether it is the root of this very system, by whatever
// name.
struct RootStatus {
  bool is_system = false;
  std::string path;  // absolute, without links; "/" if it is
};
Result<RootStatus> LookAtRoot(const std::string& root);

}  // namespace upgraph::cli
