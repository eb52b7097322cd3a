// The rules about the arms of `when`.

#include <fmt/format.h>

#include <algorithm>

#include "base/limits.h"
#include "plan/verify.h"
#include "plan/verify_rules.h"

namespace upgraph::plan::rules {
namespace {

bool IsComparable(ValueKind kind) {
  return kind != ValueKind::kNone && kind != ValueKind::kKey && kind != ValueKind::kConfig &&
         kind != ValueKind::kHandle && kind != ValueKind::kList && kind != ValueKind::kMap &&
         kind != ValueKind::kSecret && kind != ValueKind::kPayload;
}

bool HasSize(ValueKind kind) {
  return kind == ValueKind::kInt || kind == ValueKind::kFloat || kind == ValueKind::kDuration ||
         kind == ValueKind::kSize || kind == ValueKind::kPercent || kind == ValueKind::kVersion;
}

Status VerifyValues(const Context& context, const Predicate& predicate) {
  if (predicate.values.size() > kConditionsMax || predicate.values.empty()) {
    return Violation("a condition that compares nothing, or too much");
  }
  for (const Value& value : predicate.values) {
    UPGRAPH_TRY(VerifyValue(context, value));
    if (!IsComparable(value.kind) || value.kind != predicate.values[0].kind) {
      return Violation("a condition compares what cannot be compared");
    }
  }
  if (predicate.kind == PredicateKind::kIn) {
    return OkStatus();
  }
  const bool asks_size =
      predicate.comparison != Comparison::kEqual && predicate.comparison != Comparison::kNotEqual;
  if (predicate.values.size() != 2 || predicate.comparison > Comparison::kGreaterEqual ||
      (asks_size && !HasSize(predicate.values[0].kind))) {
    return Violation("a condition compares what has no size, or not two values");
  }
  return OkStatus();
}

Status VerifyPredicate(const Context& context, const Predicate& predicate, int depth) {
  if (depth > kPredicateDepthMax) {
    return Violation(fmt::format("a condition nests deeper than {}", kPredicateDepthMax));
  }
  switch (predicate.kind) {
    case PredicateKind::kCompare:
    case PredicateKind::kIn:
      return predicate.operands.empty() ? VerifyValues(context, predicate)
                                        : Status(Violation("a comparison of conditions"));
    case PredicateKind::kNot:
      if (predicate.operands.size() != 1) {
        return Violation("a `not` of none or of several conditions");
      }
      break;
    case PredicateKind::kAll:
    case PredicateKind::kAny:
      break;
    default:
      return Violation("an unknown kind of condition");
  }
  if (!predicate.values.empty() || predicate.operands.size() > kConditionsMax) {
    return Violation("a condition of too many parts, or with values of its own");
  }
  for (const Predicate& operand : predicate.operands) {
    UPGRAPH_TRY(VerifyPredicate(context, operand, depth + 1));
  }
  return OkStatus();
}

Status VerifyTurn(const Arm& arm) {
  UPGRAPH_TRY(VerifyText(arm.path, "the path of a turn"));
  if (arm.element.kind == ValueKind::kNone) {
    return arm.path.empty() ? OkStatus() : Status(Violation("an arm of `when` with a path"));
  }
  // An element that is not there stands for itself, which is no path and no version.
  UPGRAPH_TRY(VerifyText(arm.element.text, "an element"));
  if (!arm.element.fields.empty() || !IsComparable(arm.element.kind) || arm.before_id.has_value()) {
    return Violation("a turn whose element has parts, or that follows another arm");
  }
  return arm.path.find('/') != std::string::npos
             ? OkStatus()
             : Status(Violation("a turn without the path of its steps"));
}

Status VerifySteps(const StepGraph& graph) {
  for (const Step& step : graph.steps) {
    if (!step.arm_id.has_value()) {
      continue;
    }
    if (step.arm_id.index() >= graph.arms.size()) {
      return Violation("a step of an arm that is not there");
    }
    if (graph.arm(step.arm_id).state == ArmState::kLeftOut && step.kind != StepKind::kJoin) {
      return Violation("a step of an arm that is left out");
    }
    // Paths are cut there.
    for (ArmId id = step.arm_id; id.has_value(); id = graph.arm(id).parent_id) {
      if (!step.path.starts_with(graph.arm(id).path)) {
        return Violation("a step of a turn with another path");
      }
    }
  }
  return OkStatus();
}

}  // namespace

Status VerifyArms(const Context& context) {
  const StepGraph& graph = context.graph;
  if (graph.arms.size() > kPlanStepsMax) {
    return Violation("too many arms");
  }
  std::vector<uint32_t> depth(graph.arms.size(), 1);
  std::vector<bool> is_followed(graph.arms.size(), false);
  for (uint32_t i = 0; i < graph.arms.size(); ++i) {
    const Arm& arm = graph.arms[i];
    UPGRAPH_TRY(VerifyName(arm.title, "the title of an arm"));
    UPGRAPH_TRY(VerifyText(arm.position.path, "the path of the source"));
    UPGRAPH_TRY(VerifyPredicate(context, arm.condition, 0));
    if (arm.state > ArmState::kLeftOut) {
      return Violation("an unknown state of an arm");
    }
    UPGRAPH_TRY(VerifyTurn(arm));
    if (arm.before_id.has_value()) {
      const uint32_t before = arm.before_id.index();
      if (before >= i || is_followed[before] || graph.arms[before].parent_id != arm.parent_id) {
        return Violation("an arm that follows none, or one that has a follower");
      }
      is_followed[before] = true;
    }
    if (arm.parent_id.has_value()) {
      if (arm.parent_id.index() >= i) {
        return Violation("an arm comes before the one around it");
      }
      depth[i] = depth[arm.parent_id.index()] + 1;
      if (depth[i] > kLockDepthMax) {
        return Violation(fmt::format("arms nest deeper than {}", kLockDepthMax));
      }
    }
  }
  for (const Arm& arm : graph.arms) {
    for (ArmId id = arm.parent_id; id.has_value() && !arm.path.empty();
         id = graph.arm(id).parent_id) {
      if (!arm.path.starts_with(graph.arm(id).path)) {
        return Violation("a turn inside another with another path");
      }
    }
  }
  return VerifySteps(graph);
}

}  // namespace upgraph::plan::rules
