// The part of the runner that keeps the window: before each step, while steps work, and on the way
// back, which has no deadline.

#include "runtime/executor/keep_window.h"

#include <fmt/format.h>

#include "plan/graph.h"
#include "plan/value.h"
#include "runtime/executor/runner.h"
#include "runtime/rollback/undo_plan.h"

namespace upgraph::executor {

using history::Direction;
using history::RecordKind;
using history::StepState;
using plan::StepId;

namespace {

// To the second, up: nobody is told that nothing is left while something is.
std::string InSeconds(int64_t ms) { return plan::FormatDuration((ms + 999) / 1'000 * 1'000); }

std::string EndOf(const history::Window& window, int64_t now_ms) {
  const int64_t left_ms = window.end_wall_ms - now_ms;
  return left_ms >= 0 ? fmt::format("the window ends in {}", InSeconds(left_ms))
                      : fmt::format("the window ended {} ago", InSeconds(-left_ms));
}

}  // namespace

history::Moment ReadClocks(env::Clock& clock) {
  return {clock.WallMs(), clock.BootMs(), history::BootMark(clock.BootId()),
          clock.IsSynchronised()};
}

history::RunTime RunTimeOf(const journal::Contents& contents, env::Clock& clock) {
  const history::RunClock run_clock(history::BootMark(contents.info.boot_id), contents.records);
  return run_clock.At(ReadClocks(clock));
}

Result<history::Window> WindowFor(const RunOptions& options, const plan::Plan& plan,
                                  int64_t wall_ms) {
  const int64_t length_ms = plan.upgrade.window_ms;
  const int64_t given_ms = options.window_begin_wall_ms;
  if (!options.keeps_window || options.until_prepare || (length_ms == 0 && given_ms == 0)) {
    return history::Window{};
  }
  if (length_ms == 0) {
    return Error{ErrorKind::kInvalid,
                 "`--window`, or an approval, says when the window begins, and the upgrade does "
                 "not say how long it "
                 "is: `window 1h` in the spec does"};
  }
  const history::Window window = {given_ms == 0 ? wall_ms : given_ms,
                                  (given_ms == 0 ? wall_ms : given_ms) + length_ms};
  if (wall_ms < window.begin_wall_ms) {
    return Error{ErrorKind::kBusy, fmt::format("the window begins at {}, in {}; apply again then",
                                               env::FormatWallTime(window.begin_wall_ms),
                                               InSeconds(window.begin_wall_ms - wall_ms))};
  }
  if (wall_ms >= window.end_wall_ms) {
    return Error{ErrorKind::kInvalid,
                 fmt::format("the window was from {} to {}", env::FormatWallTime(given_ms),
                             env::FormatWallTime(window.end_wall_ms))};
  }
  return window;
}

std::string WhyNoTime(const plan::Plan& plan, const history::RunHistory& history,
                      const history::Window& window, const history::RunTime& now) {
  if (!window.is_agreed()) {
    return "";
  }
  if (!now.doubt.empty()) {
    return "the window counts as over: " + now.doubt;
  }
  std::vector<bool> is_open(plan.steps.size(), false);
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    const StepState state = history.steps()[i].state;
    is_open[i] = plan.steps[i].phase != plan::Phase::kPreflight && state != StepState::kApplied &&
                 state != StepState::kFound;
  }
  const plan::Duration left =
      plan::UntilCommit(plan, is_open, rollback::StepsToRevert(plan, history));
  const int64_t kept_ms = plan::KeptForWayBack(left.back_ms);
  const int64_t window_left_ms = window.end_wall_ms - now.ms;
  if (left.forward_ms <= window_left_ms && kept_ms <= window_left_ms - left.forward_ms) {
    return "";
  }
  return fmt::format(
      "what is to be done takes {} by estimate, {} are kept for its way back, and {}",
      plan::FormatDuration(left.forward_ms), plan::FormatDuration(kept_ms), EndOf(window, now.ms));
}

int64_t Runner::NowMs() const { return began_.ms + (context_.env.clock.BootMs() - began_boot_ms_); }

std::string Runner::WhyNoTime() const {
  return history_.was_committed()
             ? ""
             : executor::WhyNoTime(context_.plan, history_, window_, {NowMs(), began_.doubt});
}

bool Runner::MayStart(StepId step_id, int64_t wait_ms) {
  if (is_failed_) {
    return false;
  }
  if (!IsWindowKept()) {
    return true;
  }
  const int64_t now_ms = NowMs();
  const bool fits = turn_back_.Fits(step_id, now_ms, wait_ms);
  turn_back_.Add(step_id);
  if (!fits) {
    turn_back_.FindPath();
    const plan::Step& step = context_.plan.step(step_id);
    Fail(fmt::format(
        "no time for `{}`: it takes {} by estimate, {} are kept for the way back, and {}",
        step.path, plan::FormatDuration(step.takes_ms),
        plan::FormatDuration(plan::KeptForWayBack(turn_back_.back_ms())), EndOf(window_, now_ms)));
  }
  return fits;
}

bool Runner::MayTryAgain(StepId step_id) const {
  return !IsWindowKept() || turn_back_.Fits(step_id, NowMs(), RetryWaitMs(step_id));
}

int64_t Runner::GateEndBootMs(StepId step_id) {
  if (!context_.plan.step(step_id).gate_id.has_value() || !IsWindowKept()) {
    return 0;
  }
  turn_back_.FindPath();
  return began_boot_ms_ + (turn_back_.time_ms() - began_.ms);
}

void Runner::KeepWindow(Direction direction) {
  if (!window_.is_agreed() || is_crashed_) {
    return;
  }
  if (direction == Direction::kForward && !history_.was_committed()) {
    if (pool_.open_count() > 0 && !cancel_->load() && turn_back_.HasCome(NowMs())) {
      Fail(fmt::format("it was time to turn back: {} are kept for the way back, and {}",
                       plan::FormatDuration(plan::KeptForWayBack(turn_back_.back_ms())),
                       EndOf(window_, NowMs())));
      cancel_->store(true);
    }
    return;
  }
  if (may_be_late_ && history_.late_wall_ms() == 0 && NowMs() > window_.end_wall_ms) {
    RecordAndReport(
        RecordKind::kLate, StepId(),
        fmt::format("the window ended at {}; {}", env::FormatWallTime(window_.end_wall_ms),
                    direction == Direction::kBack ? "the way back goes on"
                                                  : "below its point of no return the run goes on"),
        ProgressKind::kLate);
  }
}

void Runner::ReportWindow(Progress* progress) const {
  if (!IsWindowKept()) {
    return;
  }
  progress->window_end_wall_ms = window_.end_wall_ms;
  progress->window_left_ms = window_.end_wall_ms - NowMs();
  if (history_.direction() == Direction::kForward) {
    progress->turn_back_wall_ms = turn_back_.time_ms();
  }
}

std::string Runner::LateNote() const {
  return history_.late_wall_ms() == 0 || !may_be_late_
             ? ""
             : fmt::format("; the window ended at {}, {} before",
                           env::FormatWallTime(window_.end_wall_ms),
                           InSeconds(NowMs() - window_.end_wall_ms));
}

}  // namespace upgraph::executor
