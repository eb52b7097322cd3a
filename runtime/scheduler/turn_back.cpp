#include "runtime/scheduler/turn_back.h"

#include <algorithm>
#include <utility>

#include "plan/graph.h"

namespace upgraph::scheduler {
namespace {

// Up to so many steps every answer is the longest path itself. A larger plan adds up what steps
// take that were begun since; it looks for the path again so many times in all, after each that
// waits for a contended lock, and before it says that there is no time: it would else do nothing
// but that.
constexpr size_t kExactStepsMax = 256;
constexpr size_t kPathsMax = 16;

// Without adding: estimates stop at the greatest number.
bool IsLeft(int64_t latest_ms, int64_t now_ms, int64_t wait_ms, int64_t takes_ms) {
  return now_ms <= latest_ms && wait_ms <= latest_ms - now_ms &&
         takes_ms <= latest_ms - now_ms - wait_ms;
}

std::vector<bool> ContendedScopes(const plan::Plan& plan) {
  const plan::LockNumbers locks = plan::NumberLocks(plan);
  std::vector<uint32_t> scope_counts(locks.count, 0);
  for (const std::vector<uint32_t>& numbers : locks.of_scope) {
    for (const uint32_t number : numbers) {
      ++scope_counts[number];
    }
  }
  std::vector<bool> is_contended;
  for (const std::vector<uint32_t>& numbers : locks.of_scope) {
    is_contended.push_back(std::any_of(numbers.begin(), numbers.end(),
                                       [&](uint32_t number) { return scope_counts[number] > 1; }));
  }
  return is_contended;
}

}  // namespace

TurnBack::TurnBack(const plan::Plan& plan, const history::Window& window, std::vector<bool> reverts)
    : plan_(plan),
      end_ms_(window.is_agreed() ? window.end_wall_ms : kNever),
      reverts_(std::move(reverts)) {
  if (end_ms_ != kNever) {
    is_contended_ = ContendedScopes(plan);
    FindPath();
  }
}

void TurnBack::FindPath() {
  added_count_ = 0;
  back_ms_ = plan::WayBack(plan_, reverts_);
}

int64_t TurnBack::TimeFor(int64_t back_ms) const {
  return end_ms_ == kNever ? kNever : end_ms_ - plan::KeptForWayBack(back_ms);
}

int64_t TurnBack::time_ms() const { return TimeFor(back_ms_); }

bool TurnBack::HasCome(int64_t now_ms) {
  if (now_ms >= time_ms() && added_count_ > 0) {
    FindPath();
  }
  return now_ms >= time_ms();
}

bool TurnBack::MayAddUp(uint32_t count) const {
  const size_t step_count = plan_.steps.size();
  return step_count > kExactStepsMax && count <= step_count / kPathsMax;
}

std::optional<int64_t> TurnBack::ShareOf(plan::StepId step_id) const {
  const plan::Step& step = plan_.step(step_id);
  int64_t share_ms = step.undo_takes_ms;
  for (const plan::LockScopeId id : plan::EnclosingScopes(plan_, step.lock_scope_id)) {
    if (is_contended_[id.index()]) {
      return std::nullopt;
    }
    share_ms += plan_.lock_scope(id).within_ms;
  }
  return share_ms;
}

bool TurnBack::IsCounted(plan::StepId step_id) const {
  return reverts_[step_id.index()] || plan_.step(step_id).undo == plan::UndoClass::kObserves;
}

void TurnBack::Add(plan::StepId step_id) {
  if (end_ms_ == kNever || IsCounted(step_id)) {
    return;
  }
  reverts_[step_id.index()] = true;
  const std::optional<int64_t> share_ms = ShareOf(step_id);
  if (share_ms && MayAddUp(++added_count_)) {
    back_ms_ += *share_ms;
  } else {
    FindPath();
  }
}

void TurnBack::Remove(plan::StepId step_id) {
  if (end_ms_ != kNever && reverts_[step_id.index()]) {
    reverts_[step_id.index()] = false;
    // What it takes is still counted.
    if (!MayAddUp(++added_count_)) {
      FindPath();
    }
  }
}

bool TurnBack::Fits(plan::StepId step_id, int64_t now_ms, int64_t wait_ms) const {
  if (end_ms_ == kNever) {
    return true;
  }
  const int64_t takes_ms = plan_.step(step_id).takes_ms;
  const bool is_counted = IsCounted(step_id);
  const std::optional<int64_t> share_ms = is_counted ? 0 : ShareOf(step_id);
  if (share_ms && (is_counted || MayAddUp(added_count_ + 1)) &&
      IsLeft(TimeFor(back_ms_ + *share_ms), now_ms, wait_ms, takes_ms)) {
    return true;
  }
  // A copy for the path alone: most steps of a large plan fit without one.
  TurnBack after = *this;
  after.Add(step_id);
  if (after.added_count_ > 0) {
    after.FindPath();
  }
  return IsLeft(after.time_ms(), now_ms, wait_ms, takes_ms);
}

}  // namespace upgraph::scheduler
