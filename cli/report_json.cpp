#include "cli/report_json.h"

#include "cli/format.h"
#include "cli/leftover_text.h"
#include "cli/plan_report.h"
#include "cli/plan_words.h"
#include "cli/run_report.h"
#include "plan/graph.h"

namespace upgraph::cli {
namespace {

using history::RecordKind;

Json TryJson(const history::Try& one, int64_t opened_ms) {
  Json json = Json::object();
  json["direction"] = one.direction == history::Direction::kForward ? "forward" : "back";
  json["attempt"] = one.attempt;
  json["begin_ms"] = one.begin_ms - opened_ms;
  json["end_ms"] = one.end_ms - opened_ms;
  json["begin_guessed"] = one.is_begin_guessed;
  json["outcome"] = history::TryEndName(one.end);
  json["text"] = one.text;
  return json;
}

// The members of a step's view, what the plan says of it, and its tries.
Json StepsJson(const ReportedRun& report) {
  const executor::RunDetails& details = report.details;
  const int64_t opened_ms = details.times_ms.empty() ? 0 : details.times_ms.front();
  Json steps = RunStepsJson(details.run);
  for (size_t i = 0; i < details.plan.steps.size(); ++i) {
    const plan::Step& step = details.plan.steps[i];
    steps[i]["hop"] = step.hop;
    steps[i]["stage"] = StageName(details.plan, step);
    steps[i]["undo"] = plan::UndoClassName(step.undo);
    steps[i]["takes_ms"] = step.takes_ms;
    steps[i]["undo_takes_ms"] = step.undo_takes_ms;
    steps[i]["tries"] = Json::array();
  }
  for (const history::Try& one : report.tries) {
    steps[one.step_id.index()]["tries"].push_back(TryJson(one, opened_ms));
  }
  Json shown = Json::array();
  for (Json& step : steps) {
    if (!step["does_nothing"].get<bool>()) {
      step.erase("does_nothing");
      shown.push_back(std::move(step));
    }
  }
  return shown;
}

Json NotedJson(const executor::RunDetails& details, const std::vector<RecordKind>& kinds) {
  Json json = Json::array();
  for (const Noted& noted : NotedRecords(details, kinds)) {
    Json one = Json::object();
    one["record"] = history::RecordKindName(noted.record->kind);
    one["at"] = FormatWallTime(noted.record->wall_ms);
    one["at_ms"] = noted.since_open_ms;
    one["step"] = noted.step_id.has_value() ? Json(details.plan.step(noted.step_id).path) : Json();
    one["text"] = noted.record->text;
    json.push_back(std::move(one));
  }
  return json;
}

Json ApprovalsJson(const executor::RunDetails& details) {
  Json json = Json::array();
  for (const Noted& noted : NotedRecords(details, {RecordKind::kApproved})) {
    const ApprovalWords words = ReadApproval(noted.record->text);
    json.push_back(
        {{"role", words.role}, {"by", words.by}, {"at", FormatWallTime(noted.record->wall_ms)}});
  }
  return json;
}

Json ConditionsJson(const executor::RunDetails& details) {
  Json json = Json::array();
  for (const executor::SampledCondition& condition : details.samples) {
    json.push_back({{"step", condition.step_path},
                    {"condition", condition.title},
                    {"samples", condition.sample_count},
                    {"held", condition.held_count},
                    {"missing", condition.missing_count},
                    {"last", condition.last_reading},
                    {"last_failed", condition.last_failed}});
  }
  return json;
}

Json EstimatesJson(const plan::Plan& plan) {
  const PlanTimes times = TimesOf(plan);
  return {{"forward_ms", times.forward_ms},
          {"rollback_ms", times.rollback_ms},
          {"downtime_ms", times.downtime_ms},
          {"cleanup_ms", times.cleanup_ms},
          {"kept_for_way_back_ms", plan::KeptForWayBack(times.rollback_ms)},
          {"window_ms", plan.upgrade.window_ms}};
}

}  // namespace

Json ReportJson(const ReportedRun& report) {
  const executor::RunDetails& details = report.details;
  const std::string cause = CauseOf(details.run);
  Json json = RunHeadJson(details.run);
  json["verdict"] = VerdictOf(details);
  json["running"] = details.is_running;
  json["journal_head"] = details.journal_head;
  json["cause"] = cause.empty() ? Json(nullptr) : Json(cause);
  json["way"] = FormatHops(details.plan);
  json["hops"] = Json::array();
  for (const plan::Hop& hop : details.plan.hops) {
    json["hops"].push_back({{"from", hop.from}, {"to", hop.to}});
  }
  json["ticket"] = details.plan.upgrade.ticket;
  json["estimates"] = EstimatesJson(details.plan);
  json["inputs"] = Json::array();
  for (const plan::SiteInput& input : details.plan.inputs) {
    json["inputs"].push_back({{"name", input.name},
                              {"value", plan::FormatValue(input.value)},
                              {"is_default", input.is_default}});
  }
  json["approvals"] = ApprovalsJson(details);
  json["announcements"] = Json::array();
  for (const executor::AnnouncementView& announcement : details.announcements) {
    json["announcements"].push_back({{"to", announcement.to},
                                     {"event", announcement.event},
                                     {"happened", announcement.has_happened},
                                     {"told", announcement.was_told}});
  }
  json["conditions"] = ConditionsJson(details);
  json["drift"] = NotedJson(details, {RecordKind::kDrift});
  json["settled"] = NotedJson(details, {RecordKind::kSettled, RecordKind::kAccepted});
  json["leftovers"] = LeftoversJson(details.run.leftovers);
  json["events"] = NotedJson(details, RunEvents());
  json["steps"] = StepsJson(report);
  return json;
}

}  // namespace upgraph::cli
