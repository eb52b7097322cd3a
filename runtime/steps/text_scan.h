#pragma once

// Looking through the texts below a folder: what preflight does to find what is written out there.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/steps/native_step.h"

namespace upgraph::steps {

struct ScannedLine {
  const std::string& path;
  size_t number;  // from 1
  std::string_view text;
};

// Calls `look` with every line of every regular file at or below `path`, in byte order of the
// paths; links are not followed. Binary files (a zero byte in the first 8 KiB) and those above 16
// MiB are passed over. kTimeout when the step's time is over, kNotFound when nothing is at `path`.
Status ScanLines(const StepContext& context, const std::string& path,
                 const std::function<void(const ScannedLine&)>& look);

// The first few of `findings` on one line, and how many more there are.
std::string ListFindings(const std::vector<std::string>& findings);

}  // namespace upgraph::steps
