#include "plan/text.h"

#include <fmt/format.h>

namespace upgraph::plan {
namespace {

template <typename T, typename Write>
Json List(const std::vector<T>& items, Write write) {
  Json list = Json::array();
  for (const T& item : items) {
    list.push_back(write(item));
  }
  return list;
}

Json PositionJson(const SourcePosition& position) {
  return {{"path", position.path},
          {"line", position.line},
          {"column", position.column},
          {"length", position.length}};
}

Json ValueJson(const Value& value) {
  Json json = {{"type", ValueKindName(value.kind)}, {"text", FormatValue(value)}};
  if (value.is_template) {
    json["template"] = true;
  }
  return json;
}

Json FieldsJson(const std::vector<Field>& fields) {
  Json json = Json::object();
  for (const Field& field : fields) {
    json[field.name] = ValueJson(field.value);
  }
  return json;
}

Json FactJson(const Fact& fact) {
  return {{"name", fact.name},
          {"native", fact.native},
          {"arguments", FieldsJson(fact.arguments)},
          {"position", PositionJson(fact.position)},
          {"elements_max", fact.elements_max}};
}

Json KeyJson(const ConfigKey& key) {
  return {{"name", key.name},       {"type", ValueKindName(key.type)},
          {"unit", key.unit},       {"default", ValueJson(key.default_value)},
          {"since", key.since},     {"deprecated", key.deprecated},
          {"removed", key.removed}, {"becomes", key.becomes},
          {"reason", key.reason},   {"position", PositionJson(key.position)}};
}

Json ScopeJson(const LockScope& scope) {
  return {{"locks", List(scope.locks,
                         [](const Lock& lock) {
                           return Json{{"name", lock.name},
                                       {"native", lock.native},
                                       {"arguments", FieldsJson(lock.arguments)}};
                         })},
          {"within_ms", scope.within_ms},
          {"hold_ms", scope.hold_ms},
          {"parent", scope.parent_id.has_value() ? Json(scope.parent_id.index()) : Json()},
          {"position", PositionJson(scope.position)}};
}

Json ConditionJson(const Condition& condition) {
  const Signal& signal = condition.signal;
  return {{"title", condition.title},
          {"signal",
           {{"title", signal.title},
            {"native", signal.native},
            {"arguments", FieldsJson(signal.arguments)},
            {"command", List(signal.command, ValueJson)},
            {"type", ValueKindName(signal.type)},
            {"has_history", signal.has_history}}},
          {"comparison", ComparisonName(condition.comparison)},
          {"baseline_factor", condition.baseline_factor},
          {"bound", ValueJson(condition.bound)},
          {"position", PositionJson(condition.position)}};
}

Json GateJson(const Gate& gate) {
  return {{"name", gate.name},
          {"settle_ms", gate.settle_ms},
          {"for_ms", gate.for_ms},
          {"every_ms", gate.every_ms},
          {"baseline_ms", gate.baseline_ms},
          {"missing", MissingName(gate.missing)},
          {"tolerated", gate.tolerated},
          {"conditions", List(gate.conditions, ConditionJson)},
          {"position", PositionJson(gate.position)}};
}

Json AnnouncementJson(const Announcement& announcement) {
  return {{"to", announcement.to},
          {"channel", ValueJson(announcement.channel)},
          {"event", AnnouncedEventName(announcement.event)},
          {"text", announcement.text},
          {"position", PositionJson(announcement.position)}};
}

std::string PredicateText(const Predicate& predicate) {
  const auto join = [](const auto& parts, const char* between, auto text_of) {
    std::string text;
    for (const auto& part : parts) {
      text += (text.empty() ? "" : between) + text_of(part);
    }
    return text;
  };
  switch (predicate.kind) {
    case PredicateKind::kCompare:
      return join(predicate.values,
                  fmt::format(" {} ", ComparisonName(predicate.comparison)).c_str(), FormatValue);
    case PredicateKind::kIn:
      return FormatValue(predicate.values[0]) + " in [" +
             join(std::vector<Value>(predicate.values.begin() + 1, predicate.values.end()), ", ",
                  FormatValue) +
             "]";
    case PredicateKind::kAll:
    case PredicateKind::kAny:
      return "(" +
             join(predicate.operands, predicate.kind == PredicateKind::kAll ? " and " : " or ",
                  PredicateText) +
             ")";
    case PredicateKind::kNot:
      return "not " + PredicateText(predicate.operands[0]);
  }
  UPGRAPH_UNREACHABLE("predicate kind");
}

const char* ArmStateName(ArmState state) {
  switch (state) {
    case ArmState::kOpen:
      return "open";
    case ArmState::kTaken:
      return "taken";
    case ArmState::kLeftOut:
      return "left out";
  }
  UPGRAPH_UNREACHABLE("arm state");
}

Json ArmJson(const Arm& arm) {
  const auto id = [](ArmId arm_id) { return arm_id.has_value() ? Json(arm_id.index()) : Json(); };
  return {{"title", arm.title},
          {"condition", PredicateText(arm.condition)},
          {"before", id(arm.before_id)},
          {"parent", id(arm.parent_id)},
          {"state", ArmStateName(arm.state)},
          {"position", PositionJson(arm.position)},
          {"element", ValueJson(arm.element)},
          {"path", arm.path}};
}

const char* StepKindName(StepKind kind) {
  switch (kind) {
    case StepKind::kNative:
      return "native";
    case StepKind::kCommand:
      return "command";
    case StepKind::kJoin:
      return "join";
    case StepKind::kGate:
      return "gate";
    case StepKind::kCommit:
      return "commit";
    case StepKind::kWatch:
      return "watch";
  }
  UPGRAPH_UNREACHABLE("step kind");
}

const char* RepeatName(Repeat repeat) {
  switch (repeat) {
    case Repeat::kSafe:
      return "safe";
    case Repeat::kKeyed:
      return "keyed";
    case Repeat::kOnce:
      return "once";
  }
  UPGRAPH_UNREACHABLE("repeat");
}

Json PhasesJson(uint8_t phases) {
  Json json = Json::array();
  for (int i = 0; i < kPhaseCount; ++i) {
    if ((phases >> i & 1) != 0) {
      json.push_back(PhaseName(static_cast<Phase>(i)));
    }
  }
  return json;
}

Json ResourceJson(const Resource& resource) {
  return {{"name", resource.Name()},
          {"kind", resource.kind},
          {"arguments", resource.arguments},
          {"template", resource.is_template},
          {"unknown", resource.is_unknown},
          {"overlap", resource.overlap == Overlap::kPath ? "path" : "name"},
          {"within", resource.within},
          {"within_count", resource.within_count}};
}

Json StepJson(const StepGraph& plan, const Step& step) {
  auto command = [](const std::vector<Value>& values) { return List(values, ValueJson); };
  Json json = {{"path", step.path},
               {"label", step.label.str()},
               {"name", step.name},
               {"title", step.title},
               {"kind", StepKindName(step.kind)},
               {"native", step.native},
               {"apply", command(step.apply_command)},
               {"undo_command", command(step.undo_command)},
               {"observe", command(step.observe_command)},
               {"phase", PhaseName(step.phase)},
               {"hop", step.hop},
               {"allowed_phases", PhasesJson(step.allowed_phases)},
               {"arguments", FieldsJson(step.arguments)}};
  json["effects"] = List(step.effects, [&](const Effect& effect) {
    return Json{{"kind", EffectKindName(effect.kind)},
                {"resource", plan.resource(effect.resource_id).Name()}};
  });
  json["undo"] = UndoClassName(step.undo);
  json["undo_reason"] = step.undo_reason.str();
  json["repeat"] = RepeatName(step.repeat);
  json["shared"] = step.is_shared;
  json["waits"] = step.waits;
  json["takes_ms"] = step.takes_ms;
  json["undo_takes_ms"] = step.undo_takes_ms;
  json["timeout_ms"] = step.timeout_ms;
  json["attempts_max"] = step.attempts_max;
  json["retry_wait_ms"] = step.retry_wait_ms;
  json["issues"] = step.issues.str();
  json["kept"] = step.kept.str();
  json["delay_ms"] = step.delay_ms;
  json["waits_for_retain"] = step.waits_for_retain;
  json["ends"] = step.ends.has_value() ? Json(plan.step(step.ends).path) : Json();
  json["lock_scope"] = step.lock_scope_id.has_value() ? Json(step.lock_scope_id.index()) : Json();
  json["gate"] = step.gate_id.has_value() ? Json(step.gate_id.index()) : Json();
  json["arm"] = step.arm_id.has_value() ? Json(step.arm_id.index()) : Json();
  json["watch"] = step.watch_id.has_value() ? Json(plan.step(step.watch_id).path) : Json();
  json["after"] = List(step.after, [&](StepId id) { return Json(plan.step(id).path); });
  json["position"] = PositionJson(step.position);
  return json;
}

Json UpgradeJson(const Upgrade& upgrade) {
  return {{"from", List(upgrade.from,
                        [](const VersionRange& range) {
                          return Json{{"lower", range.lower}, {"upper", range.upper}};
                        })},
          {"to", upgrade.to},
          {"is_downgrade", upgrade.is_downgrade},
          {"ticket", upgrade.ticket},
          {"window_ms", upgrade.window_ms},
          {"downtime_ms", upgrade.downtime_ms},
          {"up_when", List(upgrade.up_when, ConditionJson)},
          {"retain_ms", upgrade.retain_ms},
          {"approvals", upgrade.approvals},
          {"accepts_loss", upgrade.accepts_loss},
          {"allows", List(upgrade.allows,
                          [](const Allowance& allowance) {
                            return Json{{"check", allowance.check},
                                        {"reason", allowance.reason},
                                        {"position", PositionJson(allowance.position)}};
                          })},
          {"purpose", upgrade.purpose},
          {"position", PositionJson(upgrade.position)},
          {"window_position", PositionJson(upgrade.window_position)},
          {"downtime_position", PositionJson(upgrade.downtime_position)}};
}

Json PlacedJson(const std::string& version, const std::string& reason,
                const SourcePosition& position) {
  return {{"version", version}, {"reason", reason}, {"position", PositionJson(position)}};
}

Json ProductJson(const Product& product) {
  return {{"name", product.name},
          {"scheme", product.scheme},
          {"ignored_suffixes", product.ignored_suffixes},
          {"releases", product.releases},
          {"withdrawn", List(product.withdrawn,
                             [](const Withdrawn& item) {
                               return PlacedJson(item.version, item.reason, item.position);
                             })},
          {"stops", List(product.stops,
                         [](const Stop& item) {
                           return PlacedJson(item.version, item.reason, item.position);
                         })},
          {"position", PositionJson(product.position)}};
}

Json EdgeJson(const StepGraph& edge) {
  return {{"upgrade", UpgradeJson(edge.upgrade)},
          {"resources", List(edge.resources, ResourceJson)},
          {"lock_scopes", List(edge.lock_scopes, ScopeJson)},
          {"gates", List(edge.gates, GateJson)},
          {"announcements", List(edge.announcements, AnnouncementJson)},
          {"arms", List(edge.arms, ArmJson)},
          {"steps", List(edge.steps, [&](const Step& step) { return StepJson(edge, step); })},
          {"payload", edge.payload}};
}

}  // namespace

Json ToJson(const Plan& plan) {
  Json json;
  json["format_version"] = plan.format_version;
  json["tool_version"] = plan.tool_version;
  json["stdlib_digest"] = plan.stdlib_digest;
  json["product"] = ProductJson(plan.product);
  json["upgrade"] = UpgradeJson(plan.upgrade);
  json["facts"] = List(plan.facts, FactJson);
  json["configs"] = List(plan.configs, [](const Config& config) {
    return Json{{"name", config.name},
                {"handle", ValueJson(config.handle)},
                {"keys", List(config.keys, KeyJson)},
                {"position", PositionJson(config.position)}};
  });
  json["resources"] = List(plan.resources, ResourceJson);
  json["lock_scopes"] = List(plan.lock_scopes, ScopeJson);
  json["gates"] = List(plan.gates, GateJson);
  json["announcements"] = List(plan.announcements, AnnouncementJson);
  json["arms"] = List(plan.arms, ArmJson);
  json["steps"] = List(plan.steps, [&](const Step& step) { return StepJson(plan, step); });
  json["payload"] = plan.payload;
  json["people"] = plan.people;
  json["inputs"] = List(plan.inputs, [](const SiteInput& input) {
    return Json{{"name", input.name},
                {"value", ValueJson(input.value)},
                {"is_default", input.is_default},
                {"meaning", input.meaning},
                {"position", PositionJson(input.position)}};
  });
  json["purpose"] = plan.purpose;
  json["meanings"] = List(plan.meanings, [](const Meaning& meaning) {
    return Json{{"step_name", meaning.step_name}, {"text", meaning.text}};
  });
  json["other_edges"] = List(plan.other_edges, EdgeJson);
  json["hops"] = List(plan.hops, [](const Hop& hop) {
    return Json{{"from", hop.from},
                {"to", hop.to},
                {"window_ms", hop.window_ms},
                {"downtime_ms", hop.downtime_ms},
                {"up_when", List(hop.up_when, ConditionJson)}};
  });
  return json;
}

namespace {

std::string DumpGate(const Gate& gate) {
  std::string text = fmt::format(
      "    settle {}, for {}, every {}, baseline {}, missing {}, tolerates {}\n",
      FormatDuration(gate.settle_ms), FormatDuration(gate.for_ms), FormatDuration(gate.every_ms),
      FormatDuration(gate.baseline_ms), MissingName(gate.missing), gate.tolerated);
  for (const Condition& condition : gate.conditions) {
    text += fmt::format("    holds {} {} ", condition.signal.title,
                        ComparisonName(condition.comparison));
    text += condition.baseline_factor == 0
                ? FormatValue(condition.bound)
                : fmt::format("{} * baseline + {}", condition.baseline_factor,
                              FormatValue(condition.bound));
    text += "\n";
  }
  return text;
}

std::string DumpGraph(const std::string& product, const StepGraph& plan) {
  std::string text = fmt::format("plan {} to v{}\n", product, plan.upgrade.to);
  for (size_t i = 0; i < plan.lock_scopes.size(); ++i) {
    const LockScope& scope = plan.lock_scopes[i];
    std::string names;
    for (const Lock& lock : scope.locks) {
      names += (names.empty() ? "" : ", ") + lock.name;
    }
    text += fmt::format("lock {}: {} within {} hold {}\n", i, names,
                        FormatDuration(scope.within_ms), FormatDuration(scope.hold_ms));
  }
  for (size_t i = 0; i < plan.arms.size(); ++i) {
    const Arm& arm = plan.arms[i];
    text +=
        fmt::format("arm {}: {}{}{}\n", i, PredicateText(arm.condition),
                    arm.before_id.has_value() ? fmt::format(" else {}", arm.before_id.index()) : "",
                    arm.parent_id.has_value() ? fmt::format(" in {}", arm.parent_id.index()) : "");
  }
  for (const Step& step : plan.steps) {
    text += step.path + ": " + (step.kind == StepKind::kJoin ? "join" : step.title) + "\n";
    for (const Effect& effect : step.effects) {
      text += fmt::format("    {} {}\n", EffectKindName(effect.kind),
                          plan.resource(effect.resource_id).Name());
    }
    if (step.undo != UndoClass::kObserves) {
      text += fmt::format("    reverses {}{}\n", UndoClassName(step.undo),
                          step.undo_reason.empty() ? "" : ": " + step.undo_reason.str());
    }
    if (step.kind != StepKind::kJoin) {
      text += fmt::format("    takes {}, timeout {}\n", FormatDuration(step.takes_ms),
                          FormatDuration(step.timeout_ms));
    }
    if (step.watch_id.has_value()) {
      text += fmt::format("    when {} does not hold\n", plan.step(step.watch_id).path);
    } else if (step.delay_ms > 0 && step.kind != StepKind::kWatch) {
      text += fmt::format("    {} after the commit{}\n", FormatDuration(step.delay_ms),
                          step.waits_for_retain ? ", when retain ends" : "");
    }
    if (step.gate_id.has_value()) {
      text += DumpGate(plan.gate(step.gate_id));
    }
    if (step.lock_scope_id.has_value()) {
      text += fmt::format("    under lock {}\n", step.lock_scope_id.index());
    }
    if (step.arm_id.has_value()) {
      text += fmt::format("    in arm {}\n", step.arm_id.index());
    }
    std::string after;
    for (StepId id : step.after) {
      after += (after.empty() ? "" : ", ") + plan.step(id).path;
    }
    if (!after.empty()) {
      text += "    after " + after + "\n";
    }
  }
  return text;
}

}  // namespace

std::string Dump(const Plan& plan) {
  std::string text = DumpGraph(plan.product.name, plan);
  for (const StepGraph& edge : plan.other_edges) {
    text += DumpGraph(plan.product.name, edge);
  }
  return text;
}

}  // namespace upgraph::plan
