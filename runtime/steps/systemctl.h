#pragma once

// Asking the systemd of this system. There is none below another root, and a host may have none.

#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/steps/native_step.h"

namespace upgraph::steps {

// Why nothing can be asked here; OK: it can. Changes nothing.
Status CheckSystemd(const StepContext& context);

// `systemctl WORDS…`, until the deadline of the step. An error: it ended otherwise than well, and
// what it said, with its last line.
Status RunSystemctl(const StepContext& context, const std::vector<std::string>& words);

// What systemd says of a unit: "active", "inactive", "failed", "activating", "deactivating",
// "reloading" or another.
struct UnitState {
  std::string active;
  std::string text;  // for people: "failed (exit-code)", "there is no such unit"
};
Result<UnitState> AskUnit(const StepContext& context, const std::string& unit);

}  // namespace upgraph::steps
