#include "runtime/scheduler/turn_back.h"

#include "plan/graph.h"

namespace upgraph::scheduler {
namespace {

// Up to so many steps every answer is the longest path itself. A larger plan adds up what steps
// take that were begun since, and looks for the path again after one more step for each so many,
// and before it says that there is no time: it would else do nothing but that.
constexpr size_t kExactStepsMax = 256;

// Without adding: estimates stop at the greatest number.
bool IsLeft(int64_t latest_ms, int64_t now_ms, int64_t wait_ms, int64_t takes_ms) {
  return now_ms <= latest_ms && wait_ms <= latest_ms - now_ms &&
         takes_ms <= latest_ms - now_ms - wait_ms;
}

}  // namespace

TurnBack::TurnBack(const plan::Plan& plan, const history::Window& window, std::vector<bool> reverts)
    : plan_(plan),
      end_ms_(window.is_agreed() ? window.end_wall_ms : kNever),
      reverts_(std::move(reverts)) {
  if (end_ms_ != kNever) {
    FindPath();
  }
}

void TurnBack::FindPath() {
  added_count_ = 0;
  back_ms_ = plan::WayBack(plan_, reverts_);
}

int64_t TurnBack::time_ms() const {
  return end_ms_ == kNever ? kNever : end_ms_ - plan::KeptForWayBack(back_ms_);
}

bool TurnBack::HasCome(int64_t now_ms) {
  if (now_ms >= time_ms() && added_count_ > 0) {
    FindPath();
  }
  return now_ms >= time_ms();
}

void TurnBack::Add(plan::StepId step_id) {
  const plan::Step& step = plan_.step(step_id);
  if (end_ms_ == kNever || reverts_[step_id.index()] || step.undo == plan::UndoClass::kObserves) {
    return;
  }
  reverts_[step_id.index()] = true;
  if (++added_count_ > plan_.steps.size() / kExactStepsMax) {
    FindPath();
    return;
  }
  back_ms_ += step.undo_takes_ms;
  for (const plan::LockScopeId id : plan::EnclosingScopes(plan_, step.lock_scope_id)) {
    back_ms_ += plan_.lock_scope(id).within_ms;
  }
}

void TurnBack::Remove(plan::StepId step_id) {
  if (end_ms_ != kNever && reverts_[step_id.index()]) {
    reverts_[step_id.index()] = false;
    ++added_count_;  // what it takes is still counted
    if (added_count_ > plan_.steps.size() / kExactStepsMax) {
      FindPath();
    }
  }
}

bool TurnBack::Fits(plan::StepId step_id, int64_t now_ms, int64_t wait_ms) const {
  if (end_ms_ == kNever) {
    return true;
  }
  const int64_t takes_ms = plan_.step(step_id).takes_ms;
  TurnBack after = *this;
  after.Add(step_id);
  if (!IsLeft(after.time_ms(), now_ms, wait_ms, takes_ms) && after.added_count_ > 0) {
    after.FindPath();
  }
  return IsLeft(after.time_ms(), now_ms, wait_ms, takes_ms);
}

}  // namespace upgraph::scheduler
