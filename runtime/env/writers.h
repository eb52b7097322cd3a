#pragma once

#include "runtime/env/files.h"

namespace upgraph::env {

// Refuses what others than root and `owner`, who has the host's root, may change: whoever can write
// there says what root does next. The error, kPermission, names owner and mode.
Status CheckWriters(const std::string& path, const FileStatus& status, uint32_t owner);

}  // namespace upgraph::env
