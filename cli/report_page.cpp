#include "cli/report_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/format.h"
#include "cli/graph_svg.h"
#include "cli/markup.h"
#include "cli/plan_report.h"
#include "cli/plan_words.h"
#include "cli/report_style.h"
#include "cli/run_report.h"
#include "cli/timeline_svg.h"
#include "cli/way_back_text.h"
#include "plan/graph.h"

namespace upgraph::cli {
namespace {

using executor::RunDetails;
using history::RecordKind;
using history::RunState;
using history::StepState;
using history::Try;

// How a verdict or a state is coloured: "good", "back", "bad" or "open".
const char* ToneOf(const RunDetails& details) {
  const executor::RunView& run = details.run;
  if (!run.damage.empty() || run.state == RunState::kIncomplete || !run.leftovers.empty()) {
    return "bad";
  }
  if (!run.is_finished) {
    return "open";
  }
  return run.state == RunState::kCommitted ? "good" : "back";
}

const char* ToneOf(const history::StepHistory& step) {
  switch (step.state) {
    case StepState::kApplied:
      return "good";
    case StepState::kReverted:
      return "back";
    case StepState::kStuck:
    case StepState::kBlocked:
      return "bad";
    case StepState::kCaptured:
    case StepState::kReverting:
      return "open";
    case StepState::kPending:
      return step.attempt_count > 0 ? "bad" : "none";
    case StepState::kFound:
      return "none";
  }
  UPGRAPH_UNREACHABLE("step state");
}

// One step in the list: its place in the plan, and its tries.
struct Row {
  size_t index = 0;
  std::vector<const Try*> tries;
  bool is_odd = false;
};

class Page {
 public:
  explicit Page(const ReportedRun& report)
      : report_(report), details_(report.details), run_(report.details.run) {}

  std::string Render() {
    const std::string title = fmt::format("{} {}: run {}", run_.product, Way(), run_.run_id);
    text_ = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n"
        "<style>{}</style>\n</head>\n<body>\n<main>\n",
        EscapeMarkup(title), kReportStyle);
    RenderHead();
    if (run_.damage.empty()) {
      RenderLeftovers();
      RenderTimeline();
      RenderNoted("drift", "What somebody else had changed",
                  "It was saved, and what the run had found was put back.", {RecordKind::kDrift});
      RenderNoted("settled", "What a person settled", "",
                  {RecordKind::kSettled, RecordKind::kAccepted});
      RenderConditions();
      RenderPeople();
      RenderGraph();
      RenderSteps();
      RenderNoted("events", "What happened to the run", "", RunEvents());
    }
    return std::move(text_) + "</main>\n</body>\n</html>\n";
  }

 private:
  std::string Way() const {
    return details_.plan.hops.empty() ? fmt::format("{} -> {}", run_.from, run_.to)
                                      : FormatHops(details_.plan);
  }

  void Begin(const char* id, const std::string& title) {
    text_ += fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n", id, EscapeMarkup(title));
  }
  void End() { text_ += "</section>\n"; }

  void Fact(const char* name, const std::string& value, const char* tone = "") {
    if (!value.empty()) {
      text_ +=
          fmt::format("<dt>{}</dt><dd{}>{}</dd>\n", name,
                      *tone == '\0' ? "" : fmt::format(" class=\"{}\"", tone), EscapeMarkup(value));
    }
  }

  // Cells are markup already.
  void TableRow(const std::vector<std::string>& cells, const char* tag = "td") {
    text_ += "<tr>";
    for (const std::string& cell : cells) {
      text_ += fmt::format("<{0}>{1}</{0}>", tag, cell);
    }
    text_ += "</tr>\n";
  }
  void BeginTable(const std::vector<std::string>& heads) {
    text_ += "<table>\n<thead>\n";
    TableRow(heads, "th");
    text_ += "</thead>\n<tbody>\n";
  }
  void EndTable() { text_ += "</tbody>\n</table>\n"; }

  void RenderHead() {
    text_ +=
        fmt::format("<header id=\"verdict\">\n<h1>{} {}</h1>\n<p class=\"verdict {}\">{}</p>\n",
                    EscapeMarkup(run_.product), EscapeMarkup(Way()), ToneOf(details_),
                    EscapeMarkup(VerdictOf(details_)));
    if (!run_.damage.empty()) {
      text_ += fmt::format("<p>{}</p>\n", EscapeMarkup(run_.damage));
    }
    text_ += "<dl>\n";
    Fact("why", CauseOf(run_));
    Fact("run", run_.run_id);
    Fact("package", run_.package_digest);
    Fact("journal", details_.journal_head);
    Fact("ticket", details_.plan.upgrade.ticket);
    if (run_.damage.empty()) {
      RenderTimes();
    }
    text_ += "</dl>\n</header>\n";
  }

  void RenderTimes() {
    const PlanTimes estimate = TimesOf(details_.plan);
    const int64_t last_ms = details_.times_ms.back();
    Fact("opened", FormatWallTime(run_.opened_wall_ms));
    Fact("last record",
         fmt::format("{}, {} after it was opened", FormatWallTime(run_.records.back().wall_ms),
                     FormatElapsed(last_ms - details_.times_ms.front())));
    Fact("estimated", fmt::format("{} to the commit, {} back from its last moment",
                                  plan::FormatDuration(estimate.forward_ms),
                                  plan::FormatDuration(estimate.rollback_ms)));
    const bool is_long =
        run_.downtime_promised_ms > 0 && run_.downtime_ms > run_.downtime_promised_ms;
    Fact("downtime", DowntimeText(run_), is_long || run_.is_up_unseen ? "bad" : "");
    if (run_.window.is_agreed()) {
      Fact("window", WindowText(run_), run_.late_wall_ms != 0 ? "bad" : "");
      Fact("turn back",
           run_.turn_back_wall_ms != 0
               ? TurnBackText(run_)
               : fmt::format("{} of the window were kept for the way back",
                             plan::FormatDuration(plan::KeptForWayBack(estimate.rollback_ms))));
    }
    if (!run_.signer.empty()) {
      Fact("signed by", run_.signer);
    }
    if (!run_.not_durable.empty()) {
      Fact("durable", NotDurableText(run_), "bad");
    }
    Fact("verify", HeldText(run_));
    if (run_.state == history::RunState::kCommitted) {
      Fact("way back", WayBackText(run_));
    }
    for (const plan::SiteInput& input : details_.plan.inputs) {
      Fact("input", fmt::format("{} = {}{}", input.name, plan::FormatValue(input.value),
                                input.is_default ? " (the default)" : ""));
    }
  }

  void RenderLeftovers() {
    if (run_.leftovers.empty()) {
      return;
    }
    Begin("leftovers", "What needs a person");
    for (const executor::Leftover& leftover : run_.leftovers) {
      text_ += fmt::format("<article class=\"leftover\">\n<h3>{}: {}</h3>\n<p>{}</p>\n<dl>\n",
                           EscapeMarkup(leftover.step_path), EscapeMarkup(leftover.step_title),
                           EscapeMarkup(leftover.reason));
      Fact("state", leftover.state);
      std::string left;
      for (const std::string& resource : leftover.left) {
        left += (left.empty() ? "" : ", ") + resource;
      }
      Fact("left", left);
      Fact("kept", leftover.kept);
      text_ += "</dl>\n";
      if (!leftover.command.empty()) {
        text_ += fmt::format("<pre class=\"command\">{}</pre>\n", EscapeMarkup(leftover.command));
      }
      text_ += "</article>\n";
    }
    End();
  }

  void RenderTimeline() {
    Begin("timeline", "When each step was at work");
    const TimelineDrawing drawing = DrawTimeline(details_, report_.tries);
    text_ +=
        "<p class=\"legend\"><span class=\"key forward\"></span> forward <span class=\"key "
        "looks\"></span> looks, gates <span class=\"key back\"></span> back <span class=\"key "
        "bad\"></span> failed or stuck <span class=\"key found\"></span> found; pale: it began "
        "then or later; dashed: nobody saw its end</p>\n";
    if (drawing.drawn_count < drawing.step_count) {
      text_ += fmt::format(
          "<p class=\"note\">{} of {} steps: those that did not go straight, then those that took "
          "longest. <code>upgraph report --format json</code> has all.</p>\n",
          drawing.drawn_count, drawing.step_count);
    }
    text_ += "<div class=\"wide\">\n" + drawing.svg + "</div>\n";
    End();
  }

  void RenderNoted(const char* id, const char* title, const char* note,
                   const std::vector<RecordKind>& kinds) {
    const std::vector<Noted> noted = NotedRecords(details_, kinds);
    if (noted.empty()) {
      return;
    }
    Begin(id, title);
    if (*note != '\0') {
      text_ += fmt::format("<p>{}</p>\n", note);
    }
    BeginTable({"time", "since", "what", "step", ""});
    for (const Noted& one : noted) {
      TableRow({FormatWallTime(one.record->wall_ms), "+" + FormatElapsed(one.since_open_ms),
                history::RecordKindName(one.record->kind),
                one.step_id.has_value() ? EscapeMarkup(details_.plan.step(one.step_id).path) : "",
                EscapeMarkup(EventText(*one.record))});
    }
    EndTable();
    End();
  }

  void RenderConditions() {
    if (details_.samples.empty()) {
      return;
    }
    Begin("gates", "What gates and watches saw");
    BeginTable({"step", "condition", "samples", "held", "missing", "last", "did not hold"});
    for (const executor::SampledCondition& condition : details_.samples) {
      const std::string failed = condition.first_failed_wall_ms == 0
                                     ? ""
                                     : fmt::format("{}, first at {}", condition.last_failed,
                                                   FormatWallTime(condition.first_failed_wall_ms));
      TableRow({EscapeMarkup(condition.step_path), EscapeMarkup(condition.title),
                fmt::format("{}", condition.sample_count), fmt::format("{}", condition.held_count),
                fmt::format("{}", condition.missing_count), EscapeMarkup(condition.last_reading),
                EscapeMarkup(failed)});
    }
    EndTable();
    End();
  }

  void RenderPeople() {
    const std::vector<Noted> approvals = NotedRecords(details_, {RecordKind::kApproved});
    if (approvals.empty() && details_.announcements.empty()) {
      return;
    }
    Begin("people", "Who approved, and who was told");
    if (!approvals.empty()) {
      BeginTable({"approved at", "as", "by"});
      for (const Noted& one : approvals) {
        const ApprovalWords words = ReadApproval(one.record->text);
        TableRow({FormatWallTime(one.record->wall_ms), EscapeMarkup(words.role),
                  EscapeMarkup(words.by)});
      }
      EndTable();
    }
    if (!details_.announcements.empty()) {
      BeginTable({"to", "of", ""});
      for (const executor::AnnouncementView& one : details_.announcements) {
        TableRow({EscapeMarkup(one.to), one.event,
                  !one.has_happened ? "it did not happen"
                  : one.was_told    ? "told"
                                    : "not told yet; <code>upgraph tick</code> tries again"});
      }
      EndTable();
    }
    End();
  }

  void RenderGraph() {
    Begin("graph", "The steps, and what waits for what");
    const size_t step_count = details_.plan.steps.size();
    if (step_count > kReportGraphStepsMax) {
      text_ += fmt::format(
          "<p class=\"note\">{} steps are too many for a drawing; <code>upgraph graph PACKAGE --as "
          "svg</code> makes it as a file of its own.</p>\n",
          step_count);
    } else {
      std::vector<std::string> classes;
      for (const executor::StepView& step : run_.steps) {
        classes.push_back(std::string("is-") + ToneOf(step.history));
      }
      text_ +=
          "<p class=\"legend\">The frame of a step says what became of it, in the colours of the "
          "list below; red lines are the longest way, dashed ones the way back.</p>\n"
          "<div class=\"wide\">\n" +
          RenderSvgElement({details_.plan}, GraphDirection::kForward, classes) + "</div>\n";
    }
    End();
  }

  // Stages follow one another in the plan, and so do their steps.
  void RenderSteps() {
    Begin("steps", "The steps one by one");
    std::vector<Row> rows(details_.plan.steps.size());
    for (const Try& one : report_.tries) {
      rows[one.step_id.index()].tries.push_back(&one);
      rows[one.step_id.index()].is_odd |= IsOdd(one.end);
    }
    std::vector<Row> stage;
    for (size_t i = 0; i < rows.size(); ++i) {
      rows[i].index = i;
      if (run_.steps[i].does_nothing) {
        continue;
      }
      if (!stage.empty() && plan::StageOf(details_.plan.steps[stage.back().index]) !=
                                plan::StageOf(details_.plan.steps[i])) {
        RenderStage(std::exchange(stage, {}));
      }
      stage.push_back(std::move(rows[i]));
    }
    RenderStage(std::move(stage));
    End();
  }

  void RenderStage(std::vector<Row> rows) {
    if (rows.empty()) {
      return;
    }
    const size_t count = rows.size();
    const plan::Step& first = details_.plan.steps[rows[0].index];
    const auto odd =
        std::count_if(rows.begin(), rows.end(), [](const Row& row) { return row.is_odd; });
    text_ += fmt::format(
        "<details{}>\n<summary>{}: {}{}</summary>\n", count <= kReportOpenStepsMax ? " open" : "",
        EscapeMarkup(StageName(details_.plan, first)), Count(count, "step", "steps"),
        odd == 0 ? "" : fmt::format(", {} not straight", odd));
    if (count > kReportStageStepsMax) {
      std::stable_sort(rows.begin(), rows.end(),
                       [](const Row& a, const Row& b) { return a.is_odd && !b.is_odd; });
      rows.resize(kReportStageStepsMax);
      std::sort(rows.begin(), rows.end(),
                [](const Row& a, const Row& b) { return a.index < b.index; });
      text_ += fmt::format(
          "<p class=\"note\">{} of {} steps are listed, those that did not go straight among them; "
          "<code>upgraph report --format json</code> has all.</p>\n",
          rows.size(), count);
    }
    BeginTable({"state", "step", "what", "forward and back", ""});
    for (const Row& row : rows) {
      RenderRow(row);
    }
    EndTable();
    text_ += "</details>\n";
  }

  void RenderRow(const Row& row) {
    const executor::StepView& step = run_.steps[row.index];
    std::string tries;
    for (const Try* one : row.tries) {
      tries += (tries.empty() ? "" : "<br>") + EscapeMarkup(TryText(*one));
    }
    std::string reason = (step.history.is_accepted ? "accepted by " : "") + step.history.text;
    if (step.history.state == StepState::kPending && step.due_wall_ms > 0) {
      reason = fmt::format("{} {}", step.is_watch ? "looks until" : "due",
                           FormatWallTime(step.due_wall_ms));
    }
    text_ += fmt::format(
        "<tr id=\"step-{}\"><td class=\"{}\">{}</td><td>{}</td><td>{}</td>"
        "<td>{}</td><td>{}</td></tr>\n",
        row.index, ToneOf(step.history), history::StepStateName(step.history.state),
        EscapeMarkup(step.path), EscapeMarkup(step.title), tries, EscapeMarkup(reason));
  }

  const ReportedRun& report_;
  const RunDetails& details_;
  const executor::RunView& run_;
  std::string text_;
};

}  // namespace

std::string RenderReportPage(const ReportedRun& report) { return Page(report).Render(); }

}  // namespace upgraph::cli
