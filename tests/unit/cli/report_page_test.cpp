#include "cli/report_page.h"

#include <fmt/format.h>

#include "cli/report_json.h"
#include "cli/timeline_svg.h"
#include "tests/support/catch.h"
#include "tests/support/plan_builder.h"

namespace upgraph::cli {
namespace {

using executor::RunDetails;
using history::RecordKind;
using history::RunState;
using history::StepState;

constexpr int64_t kOpenedMs = 1'577'836'800'000;
constexpr const char* kHostile = "</style><script>alert('1')</script>\"&\x1b\xff";

size_t HowOften(const std::string& text, const std::string& what) {
  size_t count = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
    ++count;
  }
  return count;
}

// So many steps, one after the other, all applied but the last, which failed.
RunDetails FailedRun(uint32_t step_count) {
  test::PlanBuilder builder;
  for (uint32_t i = 0; i < step_count; ++i) {
    builder.Write(plan::Phase::kSwitch, fmt::format("s{}", i), fmt::format("/s{}", i));
  }
  RunDetails details;
  details.plan = builder.plan();
  executor::RunView& run = details.run;
  run.run_id = "20200101t000000000-00000000";
  run.product = "box";
  run.from = "1.0.0";
  run.to = "2.0.0";
  run.opened_wall_ms = kOpenedMs;
  run.state = RunState::kTurningBack;
  int64_t ms = kOpenedMs;
  const auto add = [&](RecordKind kind, plan::StepId id, const std::string& text) {
    history::Record record;
    record.kind = kind;
    record.step_id = id;
    record.wall_ms = ms;
    record.text = text;
    run.records.push_back(record);
    details.times_ms.push_back(ms++);
  };
  add(RecordKind::kRunOpen, plan::StepId(), "");
  for (uint32_t i = 0; i < step_count; ++i) {
    const plan::Step& step = details.plan.steps[i];
    executor::StepView& view = run.steps.emplace_back();
    view.path = step.path;
    view.title = step.title;
    view.phase = plan::PhaseName(step.phase);
    const bool is_last = i + 1 == step_count;
    view.history.state = is_last ? StepState::kCaptured : StepState::kApplied;
    add(RecordKind::kCaptured, plan::StepId(i), "");
    add(is_last ? RecordKind::kFailed : RecordKind::kApplied, plan::StepId(i), is_last ? "no" : "");
  }
  add(RecordKind::kTurningBack, plan::StepId(), "it failed");
  run.now.ms = ms;
  return details;
}

TEST_CASE("nothing of a run is markup in its page") {
  RunDetails details = FailedRun(3);
  details.run.product = kHostile;
  details.run.to = kHostile;
  details.run.leftovers.push_back(
      {kHostile, kHostile, kHostile, "stuck", {kHostile}, kHostile, kHostile});
  details.plan.upgrade.ticket = kHostile;
  plan::Value value;
  value.kind = plan::ValueKind::kString;
  value.text = kHostile;
  details.plan.inputs.push_back({kHostile, value, false, {}});
  details.samples.push_back({kHostile, kHostile, 1, 0, 0, kHostile, kHostile, kOpenedMs});
  details.announcements.push_back({kHostile, "started", true, false});
  for (size_t i = 0; i < 3; ++i) {
    details.plan.steps[i].title = kHostile;
    details.run.steps[i].title = kHostile;
    details.run.steps[i].history.text = kHostile;
  }
  for (history::Record& record : details.run.records) {
    record.text = kHostile;
  }
  const std::string page = RenderReportPage(ReportOf(details));
  CHECK(page.find("<script") == std::string::npos);
  CHECK(page.find("alert('") == std::string::npos);
  CHECK(page.find('\x1b') == std::string::npos);
  CHECK(page.find('\xff') == std::string::npos);
  CHECK(HowOften(page, "</style>") == HowOften(page, "<style>"));
  CHECK(HowOften(page, "&lt;script&gt;") > 20);
  // The form for programs keeps what was said.
  CHECK(ReportJson(ReportOf(details))["ticket"] == kHostile);
}

TEST_CASE("a page shows as many steps as it can hold, and what went wrong first") {
  const RunDetails most = FailedRun(kTimelineStepsMax);
  CHECK(DrawTimeline(most, ReportOf(most).tries).drawn_count == kTimelineStepsMax);
  const RunDetails more = FailedRun(kTimelineStepsMax + 1);
  const TimelineDrawing drawing = DrawTimeline(more, ReportOf(more).tries);
  CHECK(drawing.drawn_count == kTimelineStepsMax);
  CHECK(drawing.step_count == kTimelineStepsMax + 1);
  CHECK(HowOften(drawing.svg, "class=\"row\"") == kTimelineStepsMax);
  CHECK_THAT(drawing.svg, Catch::Contains(fmt::format("id=\"time-{}\"", kTimelineStepsMax)));

  const std::string whole = RenderReportPage(ReportOf(FailedRun(kReportStageStepsMax)));
  CHECK(HowOften(whole, "<tr id=\"step-") == kReportStageStepsMax);
  CHECK_THAT(whole, !Catch::Contains("are listed"));
  const std::string cut = RenderReportPage(ReportOf(FailedRun(kReportStageStepsMax + 1)));
  CHECK(HowOften(cut, "<tr id=\"step-") == kReportStageStepsMax);
  CHECK_THAT(cut, Catch::Contains(fmt::format("<tr id=\"step-{}\"", kReportStageStepsMax)));
  CHECK_THAT(cut, Catch::Contains("2000 of 2001 steps are listed"));
}

TEST_CASE("a graph is drawn while it can be read, and a long stage is folded") {
  const std::string drawn = RenderReportPage(ReportOf(FailedRun(kReportGraphStepsMax)));
  CHECK(HowOften(drawn, "class=\"graph\"") == 1);
  CHECK(HowOften(drawn, "<rect class=\"box") == kReportGraphStepsMax);
  const std::string not_drawn = RenderReportPage(ReportOf(FailedRun(kReportGraphStepsMax + 1)));
  CHECK(HowOften(not_drawn, "class=\"graph\"") == 0);
  CHECK_THAT(not_drawn, Catch::Contains("upgraph graph"));
  CHECK_THAT(RenderReportPage(ReportOf(FailedRun(kReportOpenStepsMax))),
             Catch::Contains("<details open>"));
  CHECK_THAT(RenderReportPage(ReportOf(FailedRun(kReportOpenStepsMax + 1))),
             !Catch::Contains("<details open>"));
}

TEST_CASE("days in which only a watch was open are cut short") {
  RunDetails details = FailedRun(2);
  const plan::StepId watch(static_cast<uint32_t>(details.plan.steps.size()));
  details.plan.steps.push_back(details.plan.steps[1]);
  details.plan.steps.back().phase = plan::Phase::kCleanup;
  details.run.steps.push_back(details.run.steps[1]);
  CHECK(HowOften(DrawTimeline(details, ReportOf(details).tries).svg, "class=\"cut\"") == 0);
  history::Record record;
  record.kind = RecordKind::kApplied;
  record.step_id = watch;
  details.run.records.push_back(record);
  details.times_ms.push_back(details.times_ms.back() + 3LL * 24 * 3'600'000);
  const TimelineDrawing drawing = DrawTimeline(details, ReportOf(details).tries);
  CHECK(HowOften(drawing.svg, "class=\"cut\"") == 1);
  CHECK_THAT(drawing.svg, Catch::Contains("72h00m in which nothing was done"));
  CHECK(drawing.drawn_count == 3);
}

TEST_CASE("a verdict says how it stands, and with whom") {
  RunDetails details = FailedRun(1);
  CHECK(VerdictOf(details) == "unfinished: it is turning back, and nobody works on it");
  details.is_running = true;
  CHECK(VerdictOf(details) == "unfinished: it is turning back, and a runner is at work");
  details.is_running = false;
  details.run.is_finished = true;
  details.run.state = RunState::kRolledBack;
  CHECK(VerdictOf(details) == "rolled back: v1.0.0 is there as it was before");
  details.run.steps[0].history.is_accepted = true;
  CHECK(VerdictOf(details) == "rolled back to v1.0.0, but for 1 step that a person accepted");
  details.run.state = RunState::kIncomplete;
  details.run.leftovers.resize(2);
  CHECK(VerdictOf(details) == "the rollback is incomplete: 2 steps need a person");
  details.run.leftovers.clear();
  details.run.state = RunState::kCommitted;
  CHECK(VerdictOf(details) == "done: v2.0.0 is in place");
  details.run.damage = "a hash is wrong";
  CHECK_THAT(VerdictOf(details), Catch::StartsWith("damaged"));
}

TEST_CASE("of a damaged run the page says that, and nothing else") {
  RunDetails details;
  details.run.run_id = "r";
  details.run.damage = "a hash is wrong";
  const std::string page = RenderReportPage(ReportOf(details));
  CHECK_THAT(page, Catch::Contains("a hash is wrong"));
  CHECK_THAT(page, !Catch::Contains("<section"));
  CHECK(ReportJson(ReportOf(details))["steps"].empty());
}

}  // namespace
}  // namespace upgraph::cli
