// The rules about gates and announcements.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "plan/verify.h"
#include "plan/verify_rules.h"

namespace upgraph::plan::rules {
namespace {

// What a signal may be: what can be compared.
bool IsSignalType(ValueKind kind) {
  return kind == ValueKind::kBool || kind == ValueKind::kInt || kind == ValueKind::kFloat ||
         kind == ValueKind::kString || kind == ValueKind::kDuration || kind == ValueKind::kPercent;
}

bool HasOrder(ValueKind kind) { return kind != ValueKind::kBool && kind != ValueKind::kString; }

Status VerifySignal(const Context& context, const Signal& signal) {
  UPGRAPH_TRY(VerifyName(signal.title, "a signal's title"));
  UPGRAPH_TRY(VerifyText(signal.native, "a signal's native name"));
  UPGRAPH_TRY(VerifyFields(context, signal.arguments));
  if (signal.native.empty() == signal.command.empty()) {
    return Violation("a signal is read by native code or by a command, by one of them");
  }
  if (signal.command.size() > kStepPartsMax) {
    return Violation("a command of too many words");
  }
  for (const Value& word : signal.command) {
    UPGRAPH_TRY(VerifyValue(context, word));
    if (!word.fields.empty()) {
      return Violation("a word of a command that is not one text");
    }
  }
  return IsSignalType(signal.type) ? OkStatus() : Status(Violation("a signal of such a type"));
}

Status VerifyCondition(const Context& context, const Condition& condition) {
  UPGRAPH_TRY(VerifySignal(context, condition.signal));
  UPGRAPH_TRY(VerifyText(condition.title, "a condition's title"));
  UPGRAPH_TRY(VerifyValue(context, condition.bound));
  if (condition.comparison > Comparison::kGreaterEqual) {
    return Violation("an unknown comparison");
  }
  if (condition.bound.kind != condition.signal.type || !std::isfinite(condition.bound.real)) {
    return Violation("a signal is compared with what it cannot be");
  }
  const bool has_order =
      condition.comparison != Comparison::kEqual && condition.comparison != Comparison::kNotEqual;
  if ((has_order || condition.baseline_factor != 0) && !HasOrder(condition.signal.type)) {
    return Violation("a comparison by size of what has none");
  }
  return std::isfinite(condition.baseline_factor) ? OkStatus()
                                                  : Status(Violation("a factor that is no number"));
}

Status VerifyGate(const Context& context, const Gate& gate) {
  UPGRAPH_TRY(VerifyName(gate.name, "the name"));
  UPGRAPH_TRY(VerifyTime(gate.settle_ms, "the time to settle"));
  UPGRAPH_TRY(VerifyTime(gate.for_ms, "the time"));
  UPGRAPH_TRY(VerifyTime(gate.every_ms, "the interval"));
  UPGRAPH_TRY(VerifyTime(gate.baseline_ms, "the baseline's time"));
  UPGRAPH_TRY(VerifyText(gate.position.path, "the path of the source"));
  if (gate.every_ms == 0 || gate.for_ms < gate.every_ms) {
    return Violation("its interval is nothing, or longer than its time");
  }
  if (gate.missing > Missing::kPasses) {
    return Violation("an unknown rule for missing samples");
  }
  return VerifyConditions(context, gate.conditions);
}

}  // namespace

Status VerifyConditions(const Context& context, const std::vector<Condition>& conditions) {
  if (conditions.size() > kConditionsMax) {
    return Violation("too many conditions");
  }
  for (const Condition& condition : conditions) {
    UPGRAPH_TRY(VerifyCondition(context, condition));
  }
  return OkStatus();
}

Status VerifyUpWhen(const Context& context, const std::vector<Condition>& up_when) {
  if (up_when.size() > 1 || (!up_when.empty() && up_when[0].baseline_factor != 0)) {
    return Violation("a downtime that ends with several conditions, or with a baseline");
  }
  return VerifyConditions(context, up_when);
}

Status VerifyGates(const Context& context) {
  const StepGraph& graph = context.graph;
  for (const Gate& gate : graph.gates) {
    Status status = VerifyGate(context, gate);
    if (!status.ok()) {
      return status.error().Within(fmt::format("gate `{}`", gate.name.substr(0, 200)));
    }
  }
  std::vector<bool> is_used(graph.gates.size(), false);
  for (const Step& step : graph.steps) {
    if (!step.gate_id.has_value()) {
      continue;
    }
    if (step.gate_id.index() >= graph.gates.size() || is_used[step.gate_id.index()]) {
      return Violation(fmt::format("step `{}`: its gate is not there, or is that of another step",
                                   step.path.substr(0, 200)));
    }
    is_used[step.gate_id.index()] = true;
  }
  for (size_t i = 0; i < is_used.size(); ++i) {
    if (!is_used[i]) {
      return Violation(fmt::format("gate `{}` belongs to no step", graph.gates[i].name));
    }
  }
  return OkStatus();
}

Status VerifyAnnouncements(const Context& context) {
  for (const Announcement& announcement : context.graph.announcements) {
    UPGRAPH_TRY(VerifyName(announcement.to, "a channel's name"));
    UPGRAPH_TRY(VerifyValue(context, announcement.channel));
    if (announcement.event > AnnouncedEvent::kInterrupted ||
        announcement.channel.kind != ValueKind::kHandle) {
      return Violation("an announcement of an unknown event, or to no channel");
    }
    if (!std::binary_search(context.graph.payload.begin(), context.graph.payload.end(),
                            announcement.text)) {
      return Violation("an announcement whose text is not in the package");
    }
  }
  return OkStatus();
}

}  // namespace upgraph::plan::rules
