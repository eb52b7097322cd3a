#pragma once

// Small files among those of the system, which come and go with a run: durably, and the folders
// keep their times.

#include <string>

#include "base/result.h"
#include "runtime/env/files.h"

namespace upgraph::executor {

// A folder whose names change and whose time does not.
class KeptTime {
 public:
  KeptTime(env::Files& files, std::string folder) : files_(files), folder_(std::move(folder)) {}

  Status Begin();
  Status End();  // durably

 private:
  env::Files& files_;
  std::string folder_;
  int64_t mtime_ns_ = 0;
};

Status RemoveIfThere(env::Files& files, const std::string& path);

// Writes a file in one step, durably, over one that may be there.
Status WriteWhole(env::Files& files, const std::string& path, const std::string& content,
                  uint32_t mode);

}  // namespace upgraph::executor
