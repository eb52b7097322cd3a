#pragma once

#include <string>

#include "base/json.h"
#include "runtime/executor/view.h"

namespace upgraph::cli {

// Whether and until when `upgraph rollback` turns a committed run back; one line.
std::string WayBackText(const executor::RunView& run);
// The same; null of a run that is not committed.
Json WayBackJson(const executor::RunView& run);

}  // namespace upgraph::cli
