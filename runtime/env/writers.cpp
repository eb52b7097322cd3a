#include "runtime/env/writers.h"

#include <fmt/format.h>

namespace upgraph::env {

Status CheckWriters(const std::string& path, const FileStatus& status, uint32_t owner) {
  constexpr uint32_t kWritableByOthers = 0022;
  const bool is_owned = status.uid == owner || status.uid == 0;
  if (is_owned && (status.mode & kWritableByOthers) == 0) {
    return OkStatus();
  }
  return Error{
      ErrorKind::kPermission,
      fmt::format("{} may be changed by others than the owner of the host's root: owner {}, "
                  "mode {:04o}",
                  path, status.uid, status.mode)};
}

}  // namespace upgraph::env
