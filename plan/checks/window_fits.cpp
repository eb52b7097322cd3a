#include <fmt/format.h>

#include "plan/checks/check.h"
#include "plan/graph.h"

namespace upgraph::plan {

extern const char* const kWindowFitsExplanation;
const char* const kWindowFitsExplanation = R"(The upgrade fits its window, and so does the way back.

The window runs from the start to the commit, or to the end of a rollback. The worst moment to turn
back is the last one before the commit: then the whole way forward and the whole way back must fit.
Both are the longest paths, each step at its estimate and each lock at its full wait; for the way
back half as much again is kept, and while it goes a run turns back when no more than that is left.
A window in which only the way forward fits would end with a host that is neither old nor new.

Bad:
    window 12m
    switch { sql.migrate(db, "payload/migrations") }     // 5m there, 5m back

Good:
    window 13m
    switch { sql.migrate(db, "payload/migrations") }
)";

void RunWindowFits(const Plan& plan, std::vector<Finding>* findings) {
  if (plan.upgrade.window_ms == 0) {
    return;  // none was agreed
  }
  const auto [forward_ms, back_ms] = UntilCommit(plan);
  const int64_t kept_ms = KeptForWayBack(back_ms);
  // Compared without adding: estimates stop at the greatest number.
  if (forward_ms <= plan.upgrade.window_ms && kept_ms <= plan.upgrade.window_ms - forward_ms) {
    return;
  }
  Finding finding;
  finding.check = "window-fits";
  finding.message = fmt::format(
      "the upgrade takes {} by estimate and its way back {}, for which {} are kept; the window of "
      "{} must hold both",
      FormatDuration(forward_ms), FormatDuration(back_ms), FormatDuration(kept_ms),
      FormatDuration(plan.upgrade.window_ms));
  finding.position = plan.upgrade.window_position;
  finding.hint = "ask for a longer window, use `parallel`, or upgrade in two steps";
  findings->push_back(std::move(finding));
}

}  // namespace upgraph::plan
