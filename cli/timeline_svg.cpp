#include "cli/timeline_svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "cli/format.h"
#include "cli/markup.h"
#include "cli/plan_words.h"
#include "cli/report_words.h"
#include "cli/time_axis.h"

namespace upgraph::cli {
namespace {

using history::Direction;
using history::RecordKind;
using history::Try;
using history::TryEnd;
using plan::StepId;

constexpr double kNameWidth = 250;
constexpr double kAxisWidth = 720;
constexpr double kRightWidth = 30;
constexpr double kTopHeight = 62;
constexpr double kRowHeight = 17;
constexpr double kStageHeight = 24;
constexpr double kBarWidthMin = 3;  // what took no time is still to be seen
constexpr double kMarkNameWidth = 80;
constexpr size_t kNameMax = 34;

constexpr const char* kTimelineStyle = R"(
.timeline text{font:11px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:var(--text)}
.timeline .stage{font-weight:bold;fill:var(--dim)}
.timeline .tick{fill:var(--dim)}
.timeline .grid{stroke:var(--line);pointer-events:none}
.timeline .cut{fill:var(--line);fill-opacity:.6}
.timeline .row:nth-child(odd) .under{fill:var(--band)}
.timeline .under{fill:none}
.timeline .forward{fill:#2f6fb3}
.timeline .looks{fill:#3d9a8b}
.timeline .back{fill:#c7771a}
.timeline .found{fill:#8a8a8a}
.timeline .bad{fill:#c2261c}
.timeline .guessed{fill-opacity:.45}
.timeline .unended{stroke:#c2261c;stroke-width:1.5;stroke-dasharray:3 2}
.timeline .mark{stroke:var(--mark);stroke-width:1.3;pointer-events:none}
.timeline .marked{fill:var(--mark)}
)";

// What happened to the whole run, as the drawing names it; empty: it does not.
const char* MarkName(RecordKind kind) {
  switch (kind) {
    case RecordKind::kRunOpen:
      return "opened";
    case RecordKind::kTurningBack:
      return "turns back";
    case RecordKind::kCommitted:
      return "committed";
    case RecordKind::kRolledBack:
      return "rolled back";
    case RecordKind::kIncomplete:
      return "incomplete";
    case RecordKind::kLate:
      return "late";
    case RecordKind::kUp:
      return "up";
    case RecordKind::kDown:
      return "down";
    default:
      return "";
  }
}

// Of the tries of one step: whether it went straight, and how long it was at work in all.
struct StepTries {
  std::vector<const Try*> tries;
  bool is_odd = false;
  int64_t ms = 0;

  void Add(const Try& one) {
    tries.push_back(&one);
    is_odd = is_odd || IsOdd(one.end) || one.attempt > 1;
    ms += one.end_ms - one.begin_ms;
  }
};

class TimelineRows {
 public:
  TimelineRows(const executor::RunDetails& details, const std::vector<Try>& tries)
      : details_(details), axis_(Busy(details, tries), kAxisWidth) {
    for (const Try& one : tries) {
      tries_of_[one.step_id].Add(one);
    }
    ChooseSteps();
  }

  TimelineDrawing Draw() {
    std::string rows = DrawRows();
    const double width = kNameWidth + kAxisWidth + kRightWidth;
    std::string svg = fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"timeline\" role=\"img\" "
        "aria-label=\"when each step was at work\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
        "viewBox=\"0 0 {0:.0f} {1:.0f}\">\n<style>{2}</style>\n",
        width, y_ + 8, kTimelineStyle);
    svg += std::move(rows) + DrawAxis() + "</svg>\n";
    return {std::move(svg), drawn_.size(), tries_of_.size()};
  }

 private:
  static std::vector<std::pair<int64_t, int64_t>> Busy(const executor::RunDetails& details,
                                                       const std::vector<Try>& tries) {
    std::vector<std::pair<int64_t, int64_t>> busy;
    for (const Try& one : tries) {
      // A watch, or a cleanup that `tick` came to late, was not at work for all of the days since.
      const bool has_waited =
          one.is_begin_guessed && details.plan.step(one.step_id).phase == plan::Phase::kCleanup;
      busy.emplace_back(has_waited ? one.end_ms : one.begin_ms, one.end_ms);
    }
    for (size_t i = 0; i < details.run.records.size(); ++i) {
      if (*MarkName(details.run.records[i].kind) != '\0') {
        busy.emplace_back(details.times_ms[i], details.times_ms[i]);
      }
    }
    return busy;
  }

  void ChooseSteps() {
    std::vector<StepId> steps;
    for (const auto& [step_id, tries] : tries_of_) {
      steps.push_back(step_id);
    }
    if (steps.size() > kTimelineStepsMax) {
      std::stable_sort(steps.begin(), steps.end(), [this](StepId a, StepId b) {
        const StepTries& left = tries_of_.at(a);
        const StepTries& right = tries_of_.at(b);
        return left.is_odd != right.is_odd ? left.is_odd : left.ms > right.ms;
      });
      steps.resize(kTimelineStepsMax);
      std::sort(steps.begin(), steps.end());
    }
    drawn_ = std::move(steps);
  }

  double X(int64_t ms) const { return kNameWidth + axis_.X(ms); }

  std::string DrawRows() {
    std::string rows;
    y_ = kTopHeight;
    std::optional<plan::Stage> stage;
    for (const StepId step_id : drawn_) {
      const plan::Step& step = details_.plan.step(step_id);
      if (!stage.has_value() || *stage != plan::StageOf(step)) {
        stage = plan::StageOf(step);
        rows += fmt::format("<text class=\"stage\" x=\"4\" y=\"{:.1f}\">{}</text>\n", y_ + 17,
                            EscapeMarkup(StageName(details_.plan, step)));
        y_ += kStageHeight;
      }
      rows += DrawRow(step_id);
      y_ += kRowHeight;
    }
    return rows;
  }

  std::string DrawRow(StepId step_id) {
    const plan::Step& step = details_.plan.step(step_id);
    std::string row = fmt::format(
        "<g class=\"row\" id=\"time-{}\"><rect class=\"under\" x=\"0\" y=\"{:.1f}\" "
        "width=\"{:.0f}\" height=\"{:.0f}\"/><text x=\"12\" y=\"{:.1f}\"><title>{}</title>{}"
        "</text>",
        step_id.index(), y_, kNameWidth + kAxisWidth + kRightWidth, kRowHeight, y_ + 12.5,
        EscapeMarkup(step.path + ": " + step.title), EscapeMarkup(CutToWidth(step.path, kNameMax)));
    for (const Try* one : tries_of_.at(step_id).tries) {
      row += DrawTry(step, *one);
    }
    return row + "</g>\n";
  }

  std::string DrawTry(const plan::Step& step, const Try& one) const {
    const double x = X(one.begin_ms);
    const double width = std::max(kBarWidthMin, X(one.end_ms) - x);
    const bool is_back = one.direction == Direction::kBack;
    const bool is_bad = one.end == TryEnd::kFailed || one.end == TryEnd::kStuck;
    const bool is_unended = one.end == TryEnd::kInterrupted || one.end == TryEnd::kOpen;
    const char* color = is_bad                                    ? "bad"
                        : one.end == TryEnd::kFound               ? "found"
                        : is_back                                 ? "back"
                        : step.undo == plan::UndoClass::kObserves ? "looks"
                                                                  : "forward";
    // Forward fills the upper part of a row, back the lower one.
    return fmt::format(
        "<rect class=\"try {}{}{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"6\" "
        "rx=\"1\"><title>{}</title></rect>",
        color, one.is_begin_guessed ? " guessed" : "", is_unended ? " unended" : "", x,
        y_ + (is_back ? 9 : 2), width, EscapeMarkup(step.path + " " + TryText(one)));
  }

  std::string DrawAxis() const {
    std::string text;
    const int64_t zero_ms = details_.times_ms.empty() ? 0 : details_.times_ms.front();
    for (const int64_t at : axis_.Ticks(zero_ms)) {
      text += fmt::format(
          "<line class=\"grid\" x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1:.0f}\" y2=\"{2:.0f}\"/>"
          "<text class=\"tick\" x=\"{3:.1f}\" y=\"{4:.0f}\">+{5}</text>\n",
          X(at), kTopHeight - 12, y_, X(at) + 3, kTopHeight - 4, FormatElapsed(at - zero_ms));
    }
    for (const TimeAxis::Cut& cut : axis_.cuts()) {
      text += fmt::format(
          "<g><title>{} in which nothing was done, cut short</title><rect class=\"cut\" "
          "x=\"{:.1f}\" y=\"{:.0f}\" width=\"{:.1f}\" height=\"{:.0f}\"/></g>\n",
          FormatElapsed(cut.ms), kNameWidth + cut.begin_x, kTopHeight, cut.end_x - cut.begin_x,
          std::max(0.0, y_ - kTopHeight));
    }
    return text + DrawMarks();
  }

  // Names that would lie over one another go into three lines by turns.
  std::string DrawMarks() const {
    std::string text;
    size_t count = 0;
    for (size_t i = 0; i < details_.run.records.size(); ++i) {
      const history::Record& record = details_.run.records[i];
      const char* name = MarkName(record.kind);
      if (*name == '\0') {
        continue;
      }
      const double x = X(details_.times_ms[i]);
      const bool is_at_end = x > kNameWidth + kAxisWidth - kMarkNameWidth;
      text += fmt::format(
          "<g class=\"event\"><title>{0}</title><line class=\"mark\" x1=\"{1:.1f}\" "
          "x2=\"{1:.1f}\" y1=\"{2:.0f}\" y2=\"{3:.0f}\"/><text class=\"marked\" x=\"{4:.1f}\" "
          "y=\"{2:.0f}\"{5}>{6}</text></g>\n",
          EscapeMarkup(fmt::format("{} {}{}", FormatWallTime(record.wall_ms), name,
                                   record.text.empty() ? "" : ": " + record.text)),
          x, 11 + 13.0 * static_cast<double>(count % 3), y_, is_at_end ? x - 3 : x + 3,
          is_at_end ? " text-anchor=\"end\"" : "", name);
      ++count;
    }
    return text;
  }

  const executor::RunDetails& details_;
  const TimeAxis axis_;
  std::map<StepId, StepTries> tries_of_;
  std::vector<StepId> drawn_;
  double y_ = kTopHeight;
};

}  // namespace

TimelineDrawing DrawTimeline(const executor::RunDetails& details, const std::vector<Try>& tries) {
  return TimelineRows(details, tries).Draw();
}

}  // namespace upgraph::cli
