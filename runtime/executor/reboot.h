#pragma once

// Reboots that the plan orders. A runner asks for one and ends; what its journal says of the boots
// before tells the next runner whether it has come, and whether it was the only one.

#include <map>
#include <string>
#include <vector>

#include "plan/plan.h"
#include "runtime/executor/run.h"
#include "runtime/journal/journal.h"

namespace upgraph::executor {

// Of a step that reboots, as the records have it.
struct RebootHistory {
  Digest captured_in;            // the boot (history::BootMark) in which it was captured, and …
  std::vector<Digest> later_in;  // … those of the fences since
  Digest reverting_in;           // in which its way back was begun last
};

// Of all steps that reboot and were begun. The last fence in `contents` is of this runner.
std::map<plan::StepId, RebootHistory> RebootsOf(const plan::Plan& plan,
                                                const journal::Contents& contents);

// Whether the last runner of `contents` has ended by a reboot of the plan, which has come: `now` is
// the boot of the next one.
bool HasEndedByReboot(const plan::Plan& plan, const journal::Contents& contents, const Digest& now);

// Takes the steps that reboot out of a way back, and returns them, the last one first.
std::vector<plan::StepId> TakeReboots(const plan::Plan& plan, std::vector<bool>* reverts);

// The steps that would reboot this system for the sake of a host that is only a folder on it, and
// nobody said that they may.
void AddForeignReboots(const RunOptions& options, const plan::Plan& plan,
                       std::vector<std::string>* findings);

}  // namespace upgraph::executor
