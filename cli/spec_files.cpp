#include "cli/spec_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>

namespace upgraph::cli {
namespace {

namespace fs = std::filesystem;

bool IsSpec(const fs::directory_entry& entry) {
  std::error_code error;
  return entry.path().extension() == ".upg" && entry.is_regular_file(error);
}

Result<std::vector<std::string>> FindBelow(const std::string& folder) {
  std::vector<std::string> found;
  std::error_code error;
  fs::recursive_directory_iterator at(folder, error);
  for (const fs::recursive_directory_iterator end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    std::error_code ignored;
    if (name.starts_with(".")) {
      at.disable_recursion_pending();
    } else if (IsSpec(*at) && !at->is_directory(ignored)) {
      found.push_back(at->path().string());
    }
  }
  if (error) {
    return Error{ErrorKind::kIo, fmt::format("`{}` cannot be read: {}", folder, error.message())};
  }
  if (found.empty()) {
    return Error{ErrorKind::kNotFound, fmt::format("there is no `.upg` file below `{}`", folder)};
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

Result<std::vector<std::string>> FindSpecs(const std::vector<std::string>& names) {
  std::vector<std::string> specs;
  std::set<std::string> seen;
  for (const std::string& name : names) {
    std::error_code error;
    std::vector<std::string> found = {name};
    if (fs::is_directory(name, error)) {
      UPGRAPH_ASSIGN(found, FindBelow(name));
    }
    for (std::string& path : found) {
      const fs::path canonical = fs::weakly_canonical(path, error);
      if (seen.insert(error ? path : canonical.string()).second) {
        specs.push_back(std::move(path));
      }
    }
  }
  return specs;
}

}  // namespace upgraph::cli
