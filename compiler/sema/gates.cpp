#include "compiler/sema/gates.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "compiler/sema/conditions.h"
#include "compiler/sema/properties.h"

namespace upgraph::sema {
namespace {

constexpr int64_t kToleratedMax = 1'000'000;
constexpr const char* kConditionForm =
    "a condition compares one signal, on its left, as in `prom.p99(\"edge\") <= 1.1 * baseline`";

bool IsBaseline(const ast::Expr& expr) {
  return expr.kind == ast::ExprKind::kName && expr.name.parts.size() == 1 &&
         expr.name.parts[0].text == "baseline";
}

bool HasBaseline(const ast::Expr& expr) {
  return IsBaseline(expr) ||
         std::any_of(expr.operands.begin(), expr.operands.end(),
                     [](const ast::Expr& operand) { return HasBaseline(operand); });
}

std::optional<plan::Missing> FindMissing(std::string_view word) {
  for (plan::Missing missing :
       {plan::Missing::kFails, plan::Missing::kWaits, plan::Missing::kPasses}) {
    if (word == plan::MissingName(missing)) {
      return missing;
    }
  }
  return std::nullopt;
}

}  // namespace

plan::Gate GateReader::Read(const ast::Statement& tree) {
  plan::Gate gate;
  gate.name = tree.name->text;
  gate.position = context_.Position(tree.range);
  Properties properties(&context_, tree.clauses,
                        {"settle", "for", "every", "baseline", "missing", "tolerates"}, "a gate");
  gate.settle_ms = ReadDuration(&properties, "settle");
  gate.for_ms = ReadDuration(&properties, "for");
  gate.every_ms = ReadDuration(&properties, "every");
  gate.baseline_ms = ReadDuration(&properties, "baseline");
  ReadMissing(&properties, &gate);
  ReadTolerates(&properties, &gate);
  for (const char* needed : {"for", "every"}) {
    if (properties.Find(needed) == nullptr && !properties.has_unknown()) {
      context_
          .Error(
              Kind::kMissingProperty, tree.range,
              fmt::format("gate `{}` does not say `{}`; it has to hold for a time, and is looked "
                          "at in an interval",
                          gate.name, needed))
          .SetHint(
              fmt::format("write `gate {} for 10m, every 15s, missing fails {{ … }}`", gate.name));
    }
  }
  if (gate.every_ms > gate.for_ms && gate.for_ms > 0) {
    context_.Error(
        Kind::kBadProperty, properties.Find("every")->range,
        fmt::format("a gate for {} that is looked at every {} would never be looked at "
                    "in time; `every` is at most `for`",
                    plan::FormatDuration(gate.for_ms), plan::FormatDuration(gate.every_ms)));
  }
  gate.conditions = ReadConditions(tree.children, "a gate");
  return gate;
}

int64_t GateReader::ReadDuration(Properties* properties, std::string_view name) {
  const ast::Property* property = properties->Find(name);
  const ast::Expr* expr =
      property == nullptr ? nullptr : properties->Single(*property, std::string(name) + " 15s");
  return expr == nullptr ? 0 : ReadDuration(*expr, std::string(name));
}

int64_t GateReader::ReadDuration(const ast::Expr& expr, const std::string& name) {
  auto value = expressions_.Constant(expr, {Type::Of(TypeKind::kDuration), "`" + name + "`", {}});
  if (value && value->number <= 0) {
    context_.Error(Kind::kBadProperty, expr.range,
                   fmt::format("`{}` of nothing, it is longer than `0s`", name));
    return 0;
  }
  return value ? value->number : 0;
}

plan::Gate GateReader::ReadWatch(const ast::ItemBlock& tree) {
  plan::Gate gate;
  gate.name = "watch";
  gate.position = context_.Position(tree.range);
  gate.missing = plan::Missing::kWaits;  // nobody waits for a watch, so it can
  if (!ReadWatchTimes(tree, &gate)) {
    context_
        .Error(Kind::kBadProperty, tree.range,
               "a watch says for how long after the commit it looks, and in which interval")
        .SetHint("write `watch 3d every 5m { … }`, with `, baseline 1h` or `, missing fails`");
  } else if (gate.every_ms > gate.for_ms && gate.for_ms > 0) {
    context_.Error(
        Kind::kBadProperty, tree.range,
        fmt::format("a watch for {} that looks every {} would never look in time",
                    plan::FormatDuration(gate.for_ms), plan::FormatDuration(gate.every_ms)));
  }
  if (tree.statements.empty()) {
    context_.Error(Kind::kEmptyBlock, tree.range, "this watch looks at nothing")
        .SetHint("write what has to hold: `prom.p99(\"edge\") <= 1.1 * baseline`");
  }
  gate.conditions = ReadConditions(tree.statements, "a watch");
  return gate;
}

// False when the head has another form.
bool GateReader::ReadWatchTimes(const ast::ItemBlock& tree, plan::Gate* gate) {
  if (tree.groups.empty() || tree.groups[0].size() != 3 || WordOf(tree.groups[0][1]) != "every") {
    return false;
  }
  gate->for_ms = ReadDuration(tree.groups[0][0], "watch");
  gate->every_ms = ReadDuration(tree.groups[0][2], "every");
  for (size_t i = 1; i < tree.groups.size(); ++i) {
    const ast::List<ast::Expr>& words = tree.groups[i];
    const std::string_view word = words.size() == 2 ? WordOf(words[0]) : "";
    const auto missing = word == "missing" ? FindMissing(WordOf(words[1])) : std::nullopt;
    if (word == "baseline" && gate->baseline_ms == 0) {
      gate->baseline_ms = ReadDuration(words[1], "baseline");
    } else if (missing) {
      gate->missing = *missing;
    } else {
      return false;
    }
  }
  return true;
}

void GateReader::ReadMissing(Properties* properties, plan::Gate* gate) {
  const ast::Property* property = properties->Find("missing");
  if (property == nullptr) {
    return;
  }
  const ast::Expr* expr = properties->Single(*property, "missing fails");
  if (expr == nullptr) {
    return;
  }
  if (const auto missing = FindMissing(WordOf(*expr))) {
    gate->missing = *missing;
    return;
  }
  properties->Malformed(*property, "missing fails | waits | passes");
}

void GateReader::ReadTolerates(Properties* properties, plan::Gate* gate) {
  const ast::Property* property = properties->Find("tolerates");
  if (property == nullptr) {
    return;
  }
  const ast::Expr* expr = properties->Single(*property, "tolerates 2");
  if (expr == nullptr) {
    return;
  }
  auto value = expressions_.Constant(*expr, {Type::Of(TypeKind::kInt), "`tolerates`", {}});
  if (value && (value->number < 0 || value->number > kToleratedMax)) {
    context_.Error(Kind::kBadProperty, expr->range,
                   fmt::format("a gate tolerates a number of samples from 0 to {}", kToleratedMax));
  } else if (value) {
    gate->tolerated = static_cast<uint32_t>(value->number);
  }
}

std::vector<plan::Condition> GateReader::ReadConditions(const ast::List<ast::Statement>& lines,
                                                        const std::string& owner) {
  std::vector<plan::Condition> conditions;
  for (const ast::Statement& line : lines) {
    if (line.kind != ast::StatementKind::kCall || line.text || line.label || !line.after.empty()) {
      context_.Error(
          Kind::kWrongKind, line.range,
          fmt::format("{} holds conditions and nothing else; {}", owner, kConditionForm));
      continue;
    }
    if (auto condition = ReadCondition(line.call, owner)) {
      conditions.push_back(std::move(*condition));
    }
  }
  return conditions;
}

std::optional<plan::Condition> GateReader::ReadCondition(const ast::Expr& expr,
                                                         const std::string& owner) {
  if (expr.kind == ast::ExprKind::kError) {
    return std::nullopt;
  }
  std::optional<plan::Comparison> comparison = ComparisonOf(expr.kind);
  if (!comparison) {
    context_.Error(Kind::kWrongKind, expr.range,
                   fmt::format("this is no comparison; {}", kConditionForm));
    return std::nullopt;
  }
  plan::Condition condition;
  condition.comparison = *comparison;
  condition.position = context_.Position(expr.range);
  std::optional<plan::Signal> signal = ReadSignal(expr.operands[0], owner);
  if (!signal) {
    return std::nullopt;
  }
  condition.signal = std::move(*signal);
  const Type type = Type::Of(TypeKindOf(condition.signal.type));
  const bool has_size = type.kind != TypeKind::kString && type.kind != TypeKind::kBool;
  const bool asks_size =
      *comparison != plan::Comparison::kEqual && *comparison != plan::Comparison::kNotEqual;
  if (!has_size && (asks_size || HasBaseline(expr.operands[1]))) {
    context_.Error(Kind::kWrongType, expr.range,
                   fmt::format("`{}` is {}, which has no size; it is compared with `==` and "
                               "`!=`, and has no baseline",
                               condition.signal.title, WithArticle(TypeName(type))));
    return std::nullopt;
  }
  auto bound = ReadBound(expr.operands[1],
                         {type, fmt::format("the signal `{}`", condition.signal.title), {}});
  if (!bound) {
    return std::nullopt;
  }
  condition.baseline_factor = bound->factor;
  condition.bound = std::move(bound->offset);
  condition.bound.kind = condition.signal.type;  // what was not given is nothing of that type
  condition.title = expressions_.OneLineOf(expr);
  return condition;
}

std::optional<plan::Signal> GateReader::ReadSignal(const ast::Expr& expr,
                                                   const std::string& owner) {
  auto call = expressions_.AnalyzeCall(expr, DeclarationKind::kSignal,
                                       owner + " reads signals: " + kConditionForm);
  if (!call) {
    return std::nullopt;
  }
  const Declaration& declaration = context_.declaration(call->declaration_id);
  if (declaration.result.is_error()) {
    return std::nullopt;
  }
  plan::Signal signal;
  signal.title = std::move(call->title);
  signal.native = declaration.native;
  signal.command = EvaluateCommand(declaration.signal_command, call->arguments, context_.program);
  signal.arguments = std::move(call->arguments);
  signal.type = ValueKindOf(declaration.result.kind);
  signal.has_history = declaration.has_history;
  return signal;
}

std::optional<GateReader::Linear> GateReader::ReadBound(const ast::Expr& expr,
                                                        const Expectation& expected) {
  if (IsBaseline(expr)) {
    return Linear{1, {}};
  }
  if (!HasBaseline(expr)) {
    auto value = expressions_.Constant(expr, expected);
    return value ? std::optional(Linear{0, std::move(*value)}) : std::nullopt;
  }
  if (expr.kind == ast::ExprKind::kProduct) {
    return ReadProduct(expr, expected);
  }
  if (expr.kind != ast::ExprKind::kSum && expr.kind != ast::ExprKind::kDifference) {
    context_
        .Error(Kind::kWrongType, expr.range,
               "`baseline` is multiplied with a number, and a value of the signal's type is added "
               "to it or taken from it")
        .SetHint("write `1.1 * baseline`, or `baseline + 1%` for a signal that is a `Percent`");
    return std::nullopt;
  }
  auto left = ReadBound(expr.operands[0], expected);
  auto right = left ? ReadBound(expr.operands[1], expected) : std::nullopt;
  if (!right) {
    return std::nullopt;
  }
  if (expr.kind == ast::ExprKind::kDifference) {
    right->factor = -right->factor;
    right->offset.number = -right->offset.number;
    right->offset.real = -right->offset.real;
  }
  left->factor += right->factor;
  if (__builtin_add_overflow(left->offset.number, right->offset.number, &left->offset.number)) {
    context_.Error(Kind::kWrongType, expr.range, "this sum is too large");
    return std::nullopt;
  }
  left->offset.real += right->offset.real;
  left->offset.kind = std::max(left->offset.kind, right->offset.kind);
  return left;
}

// A number and the baseline, in either order.
std::optional<GateReader::Linear> GateReader::ReadProduct(const ast::Expr& expr,
                                                          const Expectation& expected) {
  const bool is_left = HasBaseline(expr.operands[0]);
  const ast::Expr& number = expr.operands[is_left ? 1 : 0];
  if (HasBaseline(number)) {
    context_.Error(Kind::kWrongType, expr.range,
                   "`baseline` is multiplied with a number, not with itself");
    return std::nullopt;
  }
  auto factor = expressions_.Constant(
      number, {Type::Of(TypeKind::kFloat), "what `baseline` is multiplied with", {}});
  auto bound = factor ? ReadBound(expr.operands[is_left ? 0 : 1], expected) : std::nullopt;
  if (!bound) {
    return std::nullopt;
  }
  bound->factor *= factor->real;
  bound->offset.real *= factor->real;
  bound->offset.number =
      static_cast<int64_t>(static_cast<double>(bound->offset.number) * factor->real);
  return bound;
}

}  // namespace upgraph::sema
