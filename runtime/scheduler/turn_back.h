#pragma once

// The time to turn back: the last moment at which the way back of what was begun still fits the
// window. No I/O, no threads, no clock.

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "plan/plan.h"
#include "runtime/history/window.h"

namespace upgraph::scheduler {

// Times are those of the run (history/window.h). Without a window there is always time.
class TurnBack {
 public:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

  // `reverts`: what is begun already and would have to go back. `plan` outlives this.
  TurnBack(const plan::Plan& plan, const history::Window& window, std::vector<bool> reverts);

  // The step is begun: from now on it has to go back.
  void Add(plan::StepId step_id);
  // It was found: it has not.
  void Remove(plan::StepId step_id);

  // Makes `time_ms` exact; of a large plan it is somewhat early else.
  void FindPath();
  int64_t time_ms() const;
  // Of what is begun, by estimate.
  int64_t back_ms() const { return back_ms_; }
  // Whether it has come.
  bool HasCome(int64_t now_ms);

  // Whether a step that waits so long and then takes its estimate ends while its own way back and
  // that of all that is begun still fits: exactly is enough.
  bool Fits(plan::StepId step_id, int64_t now_ms, int64_t wait_ms) const;

 private:
  // Whether it goes back already, or never does.
  bool IsCounted(plan::StepId step_id) const;
  // What another one adds to the bound; none where it has no bound: what the step waits for, a lock
  // that stands in several scopes keeps the others waiting for as well.
  std::optional<int64_t> ShareOf(plan::StepId step_id) const;
  // Whether so many steps may be added up before the path is looked for again.
  bool MayAddUp(uint32_t count) const;
  int64_t TimeFor(int64_t back_ms) const;

  const plan::Plan& plan_;
  int64_t end_ms_;  // of the window
  std::vector<bool> reverts_;
  int64_t back_ms_ = 0;
  std::vector<bool> is_contended_;  // of each lock scope: another one takes a lock of it as well
  uint32_t added_count_ = 0;        // since `back_ms_` was the longest path; now it is a bound
};

}  // namespace upgraph::scheduler
