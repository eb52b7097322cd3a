#include "runtime/executor/retain.h"

#include <fmt/format.h>

#include <algorithm>

#include "plan/value.h"
#include "runtime/history/window.h"

namespace upgraph::executor {
namespace {

using history::RunState;

// By the wall clock, but within the boot of the commit not before the boot clock says so as well:
// what is removed does not come back when somebody puts the wall clock right.
int64_t SinceCommitMs(const journal::Contents& contents, int64_t committed_wall_ms,
                      env::Clock& clock) {
  const int64_t by_wall_ms = clock.WallMs() - committed_wall_ms;
  Digest boot = history::BootMark(contents.info.boot_id);
  for (const history::Record& record : contents.records) {
    if (record.kind == history::RecordKind::kFence) {
      boot = record.digest;
    } else if (record.kind == history::RecordKind::kCommitted) {
      return boot == history::BootMark(clock.BootId())
                 ? std::min(by_wall_ms, clock.BootMs() - record.boot_ms)
                 : by_wall_ms;
    }
  }
  return by_wall_ms;
}

}  // namespace

int64_t RetainEndMs(const plan::Plan& plan, const history::RunHistory& history) {
  return history.state() != RunState::kCommitted || plan.upgrade.retain_ms < 0
             ? 0
             : history.committed_wall_ms() + plan.upgrade.retain_ms;
}

bool IsUndoDue(const plan::Plan& plan, const journal::Contents& contents,
               const history::RunHistory& history, env::Clock& clock) {
  const bool was_begun = history.undo_going_wall_ms() != 0;
  if (was_begun && !history.is_undo_gone()) {
    return true;
  }
  if (was_begun || history.state() == RunState::kRolledBack) {
    return history.has_undo();
  }
  return RetainEndMs(plan, history) != 0 &&
         SinceCommitMs(contents, history.committed_wall_ms(), clock) >= plan.upgrade.retain_ms;
}

std::string WhyNotRetained(const plan::Plan& plan, const history::RunHistory& history,
                           const std::string& run_id) {
  if (history.undo_going_wall_ms() == 0) {
    return "";
  }
  return fmt::format(
      "run {} can be turned back no more: it was retained for {}, until {}, and what its way back "
      "needs was removed at {}; from v{} only an upgrade or a downgrade leads on",
      run_id, plan::FormatDuration(plan.upgrade.retain_ms),
      env::FormatWallTime(RetainEndMs(plan, history)),
      env::FormatWallTime(history.undo_going_wall_ms()), plan.upgrade.to);
}

}  // namespace upgraph::executor
