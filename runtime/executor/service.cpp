// The runner's part in `downtime … up when`: which hop's service is looked at, and what of that is
// written down.

#include <fmt/format.h>

#include "runtime/executor/runner.h"

namespace upgraph::executor {
namespace {

using history::Direction;
using history::RecordKind;
using history::StepState;

// Records `up` and `down` of one runner, at most: a service that comes and goes fills no journal.
constexpr uint32_t kSeenMax = 64;

}  // namespace

// A runner before this one may have left the service down.
void Runner::GoOnWithService() {
  for (uint32_t i = 0; i < context_.plan.steps.size(); ++i) {
    const plan::Step& step = context_.plan.steps[i];
    const StepState state = history_.steps()[i].state;
    if (MayTakeServiceAway(step) && state != StepState::kPending && state != StepState::kFound &&
        (!history_.was_committed() || !IsSwitchOver(step.hop))) {
      up_watch_.Begin(step.hop);
    }
  }
}

// Whether no change of the hop's `switch` is still to come in the direction of the run.
bool Runner::IsSwitchOver(uint32_t hop) const {
  for (uint32_t i = 0; i < context_.plan.steps.size(); ++i) {
    const plan::Step& step = context_.plan.steps[i];
    if (step.hop != hop || !MayTakeServiceAway(step)) {
      continue;
    }
    const StepState state = history_.steps()[i].state;
    const bool is_open = history_.direction() == Direction::kForward
                             ? state != StepState::kApplied && state != StepState::kFound
                             : state == StepState::kCaptured || state == StepState::kApplied ||
                                   state == StepState::kReverting;
    if (is_open) {
      return false;
    }
  }
  return true;
}

void Runner::LookAtService() {
  if (!up_watch_.is_on() || is_crashed_ || is_early_) {
    return;
  }
  const auto seen = up_watch_.Poll([this] { return IsSwitchOver(up_watch_.hop()); });
  if (seen.has_value()) {
    TakeSeen(*seen);
  }
}

// Before a commit and before a rollback is over: afterwards nobody looks.
void Runner::LookAtServiceOnceMore() {
  if (up_watch_.is_on() && !is_crashed_) {
    TakeSeen(up_watch_.LookNow(IsSwitchOver(up_watch_.hop())));
    up_watch_.End();
  }
}

void Runner::TakeSeen(const UpWatch::Seen& seen) {
  const uint32_t hop = up_watch_.hop();
  if (seen.is_up != history_.is_up(hop) && seen_count_ < kSeenMax) {
    ++seen_count_;
    Record(seen.is_up ? RecordKind::kUp : RecordKind::kDown, plan::StepId(),
           fmt::format("{} {}", hop, seen.text));
  }
  if (seen.is_up && seen.was_over) {
    up_watch_.End();
  }
}

}  // namespace upgraph::executor
