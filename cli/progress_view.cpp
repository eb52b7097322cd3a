#include "cli/progress_view.h"

#include <fmt/format.h>

#include "cli/format.h"
#include "cli/leftover_text.h"
#include "runtime/package/extract_policy.h"

namespace upgraph::cli {
namespace {

using executor::ExitCode;
using executor::Progress;
using executor::ProgressKind;
using package::Printable;

enum class LineKind {
  kNone,   // only shown while it lasts
  kBegin,  // a step begins to work
  kStep,   // something about a step that stays in the output
  kEnd,    // the same, and the step works no more
  kRun,    // about the whole run
};

struct Look {
  LineKind line = LineKind::kNone;
  Color color = Color::kNone;
  const char* word = "";
};

Look LookOf(ProgressKind kind) {
  switch (kind) {
    case ProgressKind::kRunOpened:
      return {LineKind::kRun, Color::kBold, "opened"};
    case ProgressKind::kResumed:
      return {LineKind::kRun, Color::kBold, "resumed"};
    case ProgressKind::kChecking:
      return {LineKind::kBegin, Color::kNone, "checking"};
    case ProgressKind::kCapturing:
      return {LineKind::kBegin, Color::kNone, "capturing"};
    case ProgressKind::kApplying:
      return {LineKind::kBegin, Color::kNone, "applying"};
    case ProgressKind::kApplied:
      return {LineKind::kEnd, Color::kGreen, "applied"};
    case ProgressKind::kFound:
      return {LineKind::kEnd, Color::kBlue, "found"};
    case ProgressKind::kRetrying:
      return {LineKind::kStep, Color::kYellow, "retrying"};
    case ProgressKind::kFailed:
      return {LineKind::kEnd, Color::kRed, "failed"};
    case ProgressKind::kReverting:
      return {LineKind::kBegin, Color::kNone, "reverting"};
    case ProgressKind::kReverted:
      return {LineKind::kEnd, Color::kGreen, "reverted"};
    case ProgressKind::kDrift:
      return {LineKind::kStep, Color::kYellow, "drift"};
    case ProgressKind::kStuck:
      return {LineKind::kEnd, Color::kRed, "stuck"};
    case ProgressKind::kBlocked:
      return {LineKind::kEnd, Color::kRed, "blocked"};
    case ProgressKind::kSettled:
      return {LineKind::kEnd, Color::kGreen, "settled"};
    case ProgressKind::kAccepted:
      return {LineKind::kEnd, Color::kYellow, "accepted"};
    case ProgressKind::kHeldAgain:
      return {LineKind::kEnd, Color::kGreen, "holds again"};
    case ProgressKind::kBroken:
      return {LineKind::kEnd, Color::kRed, "broken"};
    case ProgressKind::kNotInhibited:
      return {LineKind::kRun, Color::kYellow, "no inhibitor"};
    case ProgressKind::kLockWaiting:
      return {LineKind::kBegin, Color::kNone, "waiting"};
    case ProgressKind::kLockTaken:
      return {LineKind::kEnd, Color::kDim, "lock taken"};
    case ProgressKind::kLockFreed:
      return {LineKind::kEnd, Color::kDim, "lock freed"};
    case ProgressKind::kTurningBack:
      return {LineKind::kRun, Color::kYellow, "turning back"};
    case ProgressKind::kLate:
      return {LineKind::kRun, Color::kRed, "late"};
    case ProgressKind::kParked:
      return {LineKind::kRun, Color::kGreen, "parked"};
    case ProgressKind::kCommitted:
      return {LineKind::kRun, Color::kGreen, "committed"};
    case ProgressKind::kRolledBack:
      return {LineKind::kRun, Color::kYellow, "rolled back"};
    case ProgressKind::kIncomplete:
      return {LineKind::kRun, Color::kRed, "incomplete"};
    case ProgressKind::kFinished:
      return {LineKind::kRun, Color::kGreen, "finished"};
  }
  UPGRAPH_UNREACHABLE("progress kind");
}

const char* DirectionName(history::Direction direction) {
  return direction == history::Direction::kForward ? "forward" : "back";
}

// Locks come without a step; their text names them.
std::string KeyOf(const Progress& progress) {
  return progress.step_path.empty() ? progress.text : progress.step_path;
}

std::string Place(const Progress& progress) {
  return progress.step_path.empty()
             ? progress.text
             : fmt::format("{}  {}", progress.step_path, progress.step_title);
}

// Steps of these phases change nothing, and a path begins with its phase.
bool OnlyLooks(const Progress& progress) {
  return progress.step_path.starts_with("preflight/") || progress.step_path.starts_with("verify/");
}

Color ColorOf(ExitCode code) {
  switch (code) {
    case ExitCode::kDone:
      return Color::kGreen;
    case ExitCode::kRolledBack:
    case ExitCode::kInterrupted:
    case ExitCode::kNeedsPerson:
      return Color::kYellow;
    case ExitCode::kSpecWrong:
    case ExitCode::kUsage:
    case ExitCode::kIncomplete:
    case ExitCode::kRefused:
    case ExitCode::kDamaged:
      return Color::kRed;
  }
  UPGRAPH_UNREACHABLE("exit code");
}

const char* WordOf(ExitCode code) {
  switch (code) {
    case ExitCode::kDone:
      return "done";
    case ExitCode::kSpecWrong:
      return "wrong";
    case ExitCode::kUsage:
      return "usage";
    case ExitCode::kRolledBack:
      return "rolled back";
    case ExitCode::kIncomplete:
      return "needs a person";
    case ExitCode::kRefused:
      return "refused";
    case ExitCode::kInterrupted:
      return "interrupted";
    case ExitCode::kNeedsPerson:
      return "committed, needs a person";
    case ExitCode::kDamaged:
      return "damaged";
  }
  UPGRAPH_UNREACHABLE("exit code");
}

}  // namespace

std::string ProgressView::LineOf(const Progress& progress) {
  Look look = LookOf(progress.kind);
  const auto running = running_.find(KeyOf(progress));
  if (progress.kind == ProgressKind::kApplied && OnlyLooks(progress)) {
    look.word = "holds";
  }
  std::string line;
  switch (look.line) {
    case LineKind::kNone:
    case LineKind::kBegin:
      return "";
    case LineKind::kRun:
      line = fmt::format("run      {} {}",
                         Paint(look.color, fmt::format("{:<12}", look.word), use_color_),
                         Printable(progress.run_id));
      if (!progress.text.empty()) {
        line += "  " + Printable(progress.text);
      }
      return line + "\n";
    case LineKind::kStep:
    case LineKind::kEnd:
      line = fmt::format("{:<8} {} {}", DirectionName(progress.direction),
                         Paint(look.color, fmt::format("{:<12}", look.word), use_color_),
                         Printable(Place(progress)));
      if (!progress.text.empty() && !progress.step_path.empty()) {
        line += ": " + Printable(progress.text);
      }
      if (look.line == LineKind::kEnd && running != running_.end()) {
        line += Paint(
            Color::kDim,
            fmt::format("  ({})", FormatElapsed(progress.wall_ms - running->second.begin_wall_ms)),
            use_color_);
      }
      return line + "\n";
  }
  UPGRAPH_UNREACHABLE("line kind");
}

void ProgressView::Track(const Progress& progress) {
  const Look look = LookOf(progress.kind);
  if (progress.step_count > 0) {
    count_ = fmt::format("{}/{}", progress.done_count, progress.step_count);
  }
  // The time of the run need not be that of the wall.
  const bool has_window = progress.window_end_wall_ms != 0;
  window_end_wall_ms_ = has_window ? progress.wall_ms + progress.window_left_ms : 0;
  turn_back_wall_ms_ =
      progress.turn_back_wall_ms == 0
          ? 0
          : window_end_wall_ms_ - (progress.window_end_wall_ms - progress.turn_back_wall_ms);
  if (look.line == LineKind::kBegin) {
    // The time counts from the first thing that was done for the step.
    const auto [it, is_new] = running_.try_emplace(KeyOf(progress));
    if (is_new) {
      it->second.begin_wall_ms = progress.wall_ms;
    }
    it->second.text = fmt::format("{:<8} {:<12} {}", DirectionName(progress.direction), look.word,
                                  Printable(Place(progress)));
  } else if (look.line == LineKind::kEnd) {
    running_.erase(KeyOf(progress));
  } else if (look.line == LineKind::kRun) {
    running_.clear();
  }
}

std::string ProgressView::WindowText(int64_t wall_ms) const {
  if (turn_back_wall_ms_ != 0) {
    return fmt::format(", time to turn back in {}", FormatElapsed(turn_back_wall_ms_ - wall_ms));
  }
  if (window_end_wall_ms_ == 0) {
    return "";
  }
  return wall_ms <= window_end_wall_ms_
             ? fmt::format(", the window ends in {}", FormatElapsed(window_end_wall_ms_ - wall_ms))
             : fmt::format(", the window ended {} ago",
                           FormatElapsed(wall_ms - window_end_wall_ms_));
}

std::string ProgressView::Draw(int64_t wall_ms, size_t width) {
  if (!can_redraw_) {
    return "";
  }
  std::string text;
  for (const auto& [key, running] : running_) {
    const std::string time = " " + FormatElapsed(wall_ms - running.begin_wall_ms);
    const size_t room = width > time.size() ? width - time.size() : 0;
    text += CutToWidth(running.text, room) + CutToWidth(time, width) + "\n";
  }
  drawn_lines_ = running_.size();
  if (!count_.empty() && !running_.empty()) {
    text +=
        Paint(Color::kDim, CutToWidth(count_ + " steps" + WindowText(wall_ms), width), use_color_) +
        "\n";
    ++drawn_lines_;
  }
  return text;
}

std::string ProgressView::Clear() {
  if (drawn_lines_ == 0) {
    return "";
  }
  // Up to the first drawn line, then erase to the end of the screen.
  std::string text = fmt::format("\x1b[{}A\r\x1b[J", drawn_lines_);
  drawn_lines_ = 0;
  return text;
}

std::string ProgressView::Add(const Progress& progress, size_t width) {
  std::string text = Clear() + LineOf(progress);
  Track(progress);
  return text + Draw(progress.wall_ms, width);
}

std::string ProgressView::Tick(int64_t wall_ms, size_t width) {
  if (!can_redraw_ || running_.empty()) {
    return "";
  }
  std::string text = Clear();
  return text + Draw(wall_ms, width);
}

std::string ProgressView::Finish(const executor::Outcome& outcome) {
  std::string text = Clear();
  for (const std::string& finding : outcome.findings) {
    text += fmt::format("{} {}\n", Paint(Color::kRed, "finding:", use_color_), Printable(finding));
  }
  text += LeftoversText(outcome.leftovers, use_color_);
  text += fmt::format(
      "{} {}",
      Paint(ColorOf(outcome.exit_code), std::string(WordOf(outcome.exit_code)) + ":", use_color_),
      Printable(outcome.reason));
  if (!outcome.run_id.empty()) {
    text += Paint(Color::kDim, fmt::format("  (run {})", Printable(outcome.run_id)), use_color_);
  }
  return text + "\n";
}

}  // namespace upgraph::cli
