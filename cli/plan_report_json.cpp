// A report about a plan as JSON; plan_report.cpp has the same for people.

#include <fmt/format.h>

#include "cli/plan_report.h"
#include "cli/plan_words.h"
#include "plan/graph.h"
#include "plan/version.h"
#include "runtime/executor/natives.h"

namespace upgraph::cli {
namespace {

Json StepJson(const plan::Plan& plan, plan::StepId step_id) {
  const plan::Step& step = plan.step(step_id);
  Json json = Json::object();
  json["path"] = step.path;
  json["phase"] = plan::PhaseName(step.phase);
  json["hop"] = step.hop;
  json["label"] = step.label.str();
  json["name"] = step.name;
  json["title"] = step.title;
  json["takes_ms"] = step.takes_ms;
  json["delay_ms"] = step.delay_ms;
  json["watch"] = step.watch_id.has_value() ? Json(plan.step(step.watch_id).path) : Json(nullptr);
  json["timeout_ms"] = step.timeout_ms;
  json["undo"] = plan::UndoClassName(step.undo);
  json["undo_reason"] = step.undo_reason.str();
  json["undo_takes_ms"] = step.undo_takes_ms;
  json["issues"] = step.issues.str();
  json["kept"] = step.kept.str();
  json["ends"] = step.ends.has_value() ? Json(plan.step(step.ends).path) : Json();
  json["when"] = ArmText(plan, step.arm_id);
  json["after"] = Json::array();
  for (const plan::StepId id : RealPredecessors(plan, step_id)) {
    json["after"].push_back(plan.step(id).path);
  }
  json["effects"] = Json::array();
  for (const plan::Effect& effect : step.effects) {
    Json effect_json = Json::object();
    effect_json["kind"] = plan::EffectKindName(effect.kind);
    effect_json["resource"] = plan.resource(effect.resource_id).Name();
    json["effects"].push_back(std::move(effect_json));
  }
  json["locks"] = Json::array();
  for (const plan::LockScopeId scope_id : plan::EnclosingScopes(plan, step.lock_scope_id)) {
    for (const plan::Lock& lock : plan.lock_scope(scope_id).locks) {
      json["locks"].push_back(lock.name);
    }
  }
  json["holds"] = Json::array();
  if (step.gate_id.has_value()) {
    for (const plan::Condition& condition : plan.gate(step.gate_id).conditions) {
      json["holds"].push_back(condition.title);
    }
  }
  json["source"] =
      fmt::format("{}:{}:{}", step.position.path, step.position.line, step.position.column);
  return json;
}

const char* ApplicabilityName(plan::Applicability applicability) {
  switch (applicability) {
    case plan::Applicability::kApplies:
      return "applies";
    case plan::Applicability::kAtTarget:
      return "at-target";
    case plan::Applicability::kNotFrom:
      return "no-path";
  }
  UPGRAPH_UNREACHABLE("applicability");
}

}  // namespace

Json PlanJson(const PlanReport& report) {
  const plan::Plan& plan = report.plan;
  Json json = Json::object();
  json["product"] = plan.product.name;
  json["from"] = Json::array();
  for (const plan::VersionRange& range : plan.upgrade.from) {
    json["from"].push_back(plan::FormatRange(range));
  }
  json["to"] = plan.upgrade.to;
  json["hops"] = Json::array();
  for (const plan::Hop& hop : plan.hops) {
    json["hops"].push_back({{"from", hop.from}, {"to", hop.to}});
  }
  json["ticket"] = plan.upgrade.ticket;
  json["approvals"] = plan.upgrade.approvals;
  json["inputs"] = Json::array();
  for (const plan::SiteInput& input : plan.inputs) {
    json["inputs"].push_back({{"name", input.name},
                              {"value", plan::FormatValue(input.value)},
                              {"is_default", input.is_default}});
  }
  json["source"] = report.source;
  json["signature"] = report.signature;
  json["plan_digest"] = report.plan_digest;
  if (!report.root.empty()) {
    json["host"] = Json::object();
    json["host"]["root"] = report.root;
    json["host"]["installed"] = report.installed;
    json["host"]["applicability"] = ApplicabilityName(report.applicability);
    json["host"]["why_not"] = report.why_not;
  }
  const PlanTimes times = TimesOf(plan);
  json["forward_ms"] = times.forward_ms;
  json["rollback_ms"] = times.rollback_ms;
  json["downtime_ms"] = times.downtime_ms;
  json["phases"] = Json::array();
  for (int i = 0; i < plan::kPhaseCount; ++i) {
    const auto phase = static_cast<plan::Phase>(i);
    const plan::Duration time = plan::CriticalPath(plan, phase, phase);
    json["phases"].push_back({{"phase", plan::PhaseName(phase)},
                              {"forward_ms", time.forward_ms},
                              {"back_ms", time.back_ms}});
  }
  json["longest_path"] = Json::array();
  for (const plan::StepId id :
       plan::CriticalSteps(plan, plan::Phase::kPreflight, plan::Phase::kVerify)) {
    json["longest_path"].push_back(plan.step(id).path);
  }
  json["cleanup_ms"] = times.cleanup_ms;
  json["window_ms"] = plan.upgrade.window_ms;
  json["retain_ms"] = plan.upgrade.retain_ms < 0 ? Json(nullptr) : Json(plan.upgrade.retain_ms);
  json["downtime_promised_ms"] = plan.upgrade.downtime_ms;
  json["up_when"] = UpConditions(plan);
  json["without_code"] = Json::array();
  for (const executor::MissingCode& missing : executor::FindMissingCode(plan)) {
    json["without_code"].push_back(
        {{"step", plan.step(missing.step_id).path}, {"native", missing.native}});
  }
  json["steps"] = Json::array();
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    if (plan.steps[i].kind != plan::StepKind::kJoin) {
      json["steps"].push_back(StepJson(plan, plan::StepId(i)));
    }
  }
  json["left_out"] = Json::array();
  for (const plan::Step& step : plan.steps) {
    if (IsLeftOut(plan, step)) {
      json["left_out"].push_back(
          {{"path", step.path}, {"title", step.title}, {"when", ArmText(plan, step.arm_id)}});
    }
  }
  return json;
}

}  // namespace upgraph::cli
