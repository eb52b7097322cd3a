#include "plan/arms.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "plan/version.h"

namespace upgraph::plan {
namespace {

// The first arm of the `when`: what all of its arms have in common.
ArmId FirstOf(const StepGraph& graph, ArmId id) {
  while (graph.arm(id).before_id.has_value()) {
    id = graph.arm(id).before_id;
  }
  return id;
}

Error WrongAnswer(const Value& value, const std::string& answer) {
  return {ErrorKind::kInvalid,
          fmt::format("{} is \"{}\" on this host, which is no `{}`", value.text,
                      answer.substr(0, 200), ValueKindName(value.kind))};
}

// Decides what holds. Nothing in place of a truth: it is not known.
class Judge {
 public:
  Judge(const Product& product, const TemplateNames& names) : product_(product), names_(names) {}

  Result<std::optional<bool>> Holds(const Predicate& predicate) const {
    switch (predicate.kind) {
      case PredicateKind::kCompare:
        return Compare(predicate.comparison, predicate.values[0], predicate.values[1]);
      case PredicateKind::kIn: {
        std::optional<bool> is_in = false;
        for (size_t i = 1; i < predicate.values.size(); ++i) {
          UPGRAPH_ASSIGN(std::optional<bool> is_equal,
                         Compare(Comparison::kEqual, predicate.values[0], predicate.values[i]));
          is_in = Either(is_in, is_equal);
        }
        return is_in;
      }
      case PredicateKind::kAll:
      case PredicateKind::kAny: {
        const bool is_any = predicate.kind == PredicateKind::kAny;
        std::optional<bool> found = false;
        for (const Predicate& operand : predicate.operands) {
          UPGRAPH_ASSIGN(std::optional<bool> holds, Holds(operand));
          found = Either(found, is_any ? holds : Not(holds));
        }
        return is_any ? found : Not(found);
      }
      case PredicateKind::kNot: {
        UPGRAPH_ASSIGN(std::optional<bool> holds, Holds(predicate.operands[0]));
        return Not(holds);
      }
    }
    UPGRAPH_UNREACHABLE("predicate kind");
  }

 private:
  static std::optional<bool> Not(std::optional<bool> truth) {
    return truth ? std::optional(!*truth) : truth;
  }

  static std::optional<bool> Either(std::optional<bool> a, std::optional<bool> b) {
    if ((a && *a) || (b && *b)) {
      return true;
    }
    return a && b ? std::optional(false) : std::nullopt;
  }

  Result<std::optional<bool>> Compare(Comparison comparison, const Value& left,
                                      const Value& right) const {
    UPGRAPH_ASSIGN(std::optional<Value> a, OnHost(left));
    UPGRAPH_ASSIGN(std::optional<Value> b, OnHost(right));
    if (!a || !b) {
      return std::optional<bool>();
    }
    UPGRAPH_ASSIGN(int order, Order(*a, *b));
    switch (comparison) {
      case Comparison::kEqual:
        return std::optional(order == 0);
      case Comparison::kNotEqual:
        return std::optional(order != 0);
      case Comparison::kLess:
        return std::optional(order < 0);
      case Comparison::kLessEqual:
        return std::optional(order <= 0);
      case Comparison::kGreater:
        return std::optional(order > 0);
      case Comparison::kGreaterEqual:
        return std::optional(order >= 0);
    }
    UPGRAPH_UNREACHABLE("comparison");
  }

  // Below, at or above nothing: how a compares with b.
  Result<int> Order(const Value& a, const Value& b) const {
    if (a.kind == ValueKind::kVersion) {
      UPGRAPH_ASSIGN(Version left, ReadVersion(product_, a.text));
      UPGRAPH_ASSIGN(Version right, ReadVersion(product_, b.text));
      return left < right ? -1 : right < left ? 1 : 0;
    }
    if (a.kind == ValueKind::kFloat || a.kind == ValueKind::kPercent) {
      return a.real < b.real ? -1 : b.real < a.real ? 1 : 0;
    }
    if (a.number != b.number) {
      return a.number < b.number ? -1 : 1;
    }
    return a.text.compare(b.text);
  }

  // The value without its template; nothing when what it waits for is not known.
  Result<std::optional<Value>> OnHost(const Value& value) const {
    if (!value.is_template) {
      return std::optional(value);
    }
    UPGRAPH_ASSIGN(std::string answer, FillTemplate(value.text, names_));
    if (answer == value.text) {
      return std::optional<Value>();
    }
    Value filled;
    filled.kind = value.kind;
    const char* end = answer.data() + answer.size();
    bool is_read = true;
    switch (value.kind) {
      case ValueKind::kBool:
        filled.number = answer == "true" ? 1 : 0;
        is_read = answer == "true" || answer == "false";
        break;
      case ValueKind::kInt: {
        const auto [read_to, error] = std::from_chars(answer.data(), end, filled.number);
        is_read = error == std::errc() && read_to == end;
        break;
      }
      case ValueKind::kFloat: {
        const auto [read_to, error] = std::from_chars(answer.data(), end, filled.real);
        is_read = error == std::errc() && read_to == end;
        break;
      }
      case ValueKind::kVersion:
        filled.text = answer.substr(answer.starts_with("v") ? 1 : 0);
        is_read = ReadVersion(product_, filled.text).ok();
        break;
      default:
        filled.text = answer;
    }
    return is_read ? Result<std::optional<Value>>(std::optional(std::move(filled)))
                   : WrongAnswer(value, answer);
  }

  const Product& product_;
  const TemplateNames& names_;
};

Status DecideStates(const Product& product, const TemplateNames& names, StepGraph* graph) {
  const Judge judge(product, names);
  // Of the arms of the same `when` up to this one: whether one is taken, whether one may be.
  std::vector<ArmState> so_far(graph->arms.size(), ArmState::kLeftOut);
  for (size_t i = 0; i < graph->arms.size(); ++i) {
    Arm& arm = graph->arms[i];
    auto holds = judge.Holds(arm.condition);
    if (!holds.ok()) {
      return holds.error().Within("`" + arm.title + "`");
    }
    const ArmState parent =
        arm.parent_id.has_value() ? graph->arm(arm.parent_id).state : ArmState::kTaken;
    const ArmState earlier =
        arm.before_id.has_value() ? so_far[arm.before_id.index()] : ArmState::kLeftOut;
    if (parent == ArmState::kLeftOut || earlier == ArmState::kTaken || (*holds && !**holds)) {
      arm.state = ArmState::kLeftOut;
    } else if (parent == ArmState::kTaken && earlier == ArmState::kLeftOut && *holds) {
      arm.state = ArmState::kTaken;
    } else {
      arm.state = ArmState::kOpen;
    }
    so_far[i] = arm.state == ArmState::kLeftOut ? earlier : arm.state;
  }
  return OkStatus();
}

void LeaveOut(Step* step) {
  Step join;
  join.path = std::move(step->path);
  join.label = std::move(step->label);
  join.name = std::move(step->name);
  join.title = std::move(step->title);
  join.kind = StepKind::kJoin;
  join.phase = step->phase;
  join.hop = step->hop;
  join.delay_ms = step->delay_ms;
  join.waits_for_retain = step->waits_for_retain;
  join.lock_scope_id = step->lock_scope_id;
  join.arm_id = step->arm_id;
  join.after = std::move(step->after);
  join.position = std::move(step->position);
  *step = std::move(join);
}

// A lock around nothing is not taken, and so in no order with others.
void FreeJoins(StepGraph* graph) {
  std::vector<bool> is_needed(graph->lock_scopes.size(), false);
  for (const Step& step : graph->steps) {
    if (step.kind != StepKind::kJoin && step.lock_scope_id.has_value()) {
      is_needed[step.lock_scope_id.index()] = true;
    }
  }
  for (size_t i = graph->lock_scopes.size(); i-- > 0;) {
    const LockScopeId parent = graph->lock_scopes[i].parent_id;
    if (is_needed[i] && parent.has_value()) {
      is_needed[parent.index()] = true;
    }
  }
  for (Step& step : graph->steps) {
    while (step.lock_scope_id.has_value() && !is_needed[step.lock_scope_id.index()]) {
      step.lock_scope_id = graph->lock_scope(step.lock_scope_id).parent_id;
    }
  }
  for (size_t i = 0; i < graph->lock_scopes.size(); ++i) {
    if (!is_needed[i]) {
      graph->lock_scopes[i].parent_id = LockScopeId();
    }
  }
}

void KeepUsedGates(StepGraph* graph) {
  std::vector<Gate> gates;
  for (Step& step : graph->steps) {
    if (step.gate_id.has_value()) {
      gates.push_back(std::move(graph->gates[step.gate_id.index()]));
      step.gate_id = GateId(static_cast<uint32_t>(gates.size() - 1));
    }
  }
  graph->gates = std::move(gates);
}

}  // namespace

bool operator==(const Predicate& a, const Predicate& b) {
  return a.kind == b.kind && a.comparison == b.comparison && a.values == b.values &&
         a.operands == b.operands;
}

Result<std::optional<bool>> Holds(const Product& product, const TemplateNames& names,
                                  const Predicate& predicate) {
  return Judge(product, names).Holds(predicate);
}

bool Exclude(const StepGraph& graph, ArmId a, ArmId b) {
  for (ArmId left = a; left.has_value(); left = graph.arm(left).parent_id) {
    const ArmId first = FirstOf(graph, left);
    for (ArmId right = b; right.has_value(); right = graph.arm(right).parent_id) {
      if (left != right && FirstOf(graph, right) == first) {
        return true;
      }
    }
  }
  return false;
}

bool IsSure(const StepGraph& graph, ArmId provider, ArmId user) {
  while (user.has_value() && user != provider) {
    user = graph.arm(user).parent_id;
  }
  return user == provider;
}

Status DecideArms(const Product& product, const TemplateNames& names, StepGraph* graph) {
  if (graph->arms.empty()) {
    return OkStatus();
  }
  UPGRAPH_TRY(DecideStates(product, names, graph));
  std::vector<bool> is_left_out(graph->steps.size(), false);
  for (size_t i = 0; i < graph->steps.size(); ++i) {
    Step& step = graph->steps[i];
    is_left_out[i] =
        (step.arm_id.has_value() && graph->arm(step.arm_id).state == ArmState::kLeftOut) ||
        (step.ends.has_value() && is_left_out[step.ends.index()]);
    if (is_left_out[i]) {
      LeaveOut(&step);
    }
  }
  FreeJoins(graph);
  KeepUsedGates(graph);
  return OkStatus();
}

void LeaveOutWatches(StepGraph* graph) {
  for (Step& step : graph->steps) {
    if (step.kind == StepKind::kWatch || step.watch_id.has_value()) {
      LeaveOut(&step);
    }
  }
  FreeJoins(graph);
  KeepUsedGates(graph);
}

}  // namespace upgraph::plan
