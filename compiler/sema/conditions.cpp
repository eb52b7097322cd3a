#include "compiler/sema/conditions.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "plan/arms.h"

namespace upgraph::sema {
namespace {

constexpr const char* kConditionHint =
    "conditions are comparisons such as `from < v4.6` or `arch in [\"x86_64\", \"arm64\"]`, values "
    "that are true or false, and `not`, `and`, `or` of them";

bool IsComparable(TypeKind kind) {
  return kind != TypeKind::kError && kind != TypeKind::kPayload && kind != TypeKind::kKey &&
         kind != TypeKind::kKeyValue && kind != TypeKind::kConfig && kind != TypeKind::kHandle &&
         kind != TypeKind::kList && kind != TypeKind::kSecret;
}

bool HasSize(TypeKind kind) {
  return kind == TypeKind::kInt || kind == TypeKind::kFloat || kind == TypeKind::kDuration ||
         kind == TypeKind::kSize || kind == TypeKind::kPercent || kind == TypeKind::kVersion;
}

bool HasTemplateIn(const plan::Predicate& predicate) {
  return std::any_of(predicate.values.begin(), predicate.values.end(),
                     [](const plan::Value& value) { return HasTemplate(value); }) ||
         std::any_of(predicate.operands.begin(), predicate.operands.end(), HasTemplateIn);
}

}  // namespace

std::optional<plan::Comparison> ComparisonOf(ast::ExprKind kind) {
  switch (kind) {
    case ast::ExprKind::kEqual:
      return plan::Comparison::kEqual;
    case ast::ExprKind::kNotEqual:
      return plan::Comparison::kNotEqual;
    case ast::ExprKind::kLess:
      return plan::Comparison::kLess;
    case ast::ExprKind::kLessEqual:
      return plan::Comparison::kLessEqual;
    case ast::ExprKind::kGreater:
      return plan::Comparison::kGreater;
    case ast::ExprKind::kGreaterEqual:
      return plan::Comparison::kGreaterEqual;
    default:
      return std::nullopt;
  }
}

std::optional<bool> Decided(const Context& context, const plan::Predicate& predicate) {
  if (HasTemplateIn(predicate)) {
    return std::nullopt;
  }
  auto holds = plan::Holds(context.program.product, {}, predicate);
  return holds.ok() ? *holds : std::nullopt;
}

std::optional<plan::Predicate> ConditionReader::Read(const ast::Expr& expr) {
  if (auto comparison = ComparisonOf(expr.kind)) {
    return ReadComparison(expr, *comparison);
  }
  switch (expr.kind) {
    case ast::ExprKind::kAnd:
      return ReadAll(expr, plan::PredicateKind::kAll);
    case ast::ExprKind::kOr:
      return ReadAll(expr, plan::PredicateKind::kAny);
    case ast::ExprKind::kNot:
      return ReadAll(expr, plan::PredicateKind::kNot);
    case ast::ExprKind::kIn:
      return ReadIn(expr);
    case ast::ExprKind::kError:
      return std::nullopt;
    default:
      return ReadTruth(expr);
  }
}

std::optional<plan::Predicate> ConditionReader::ReadAll(const ast::Expr& expr,
                                                        plan::PredicateKind kind) {
  plan::Predicate predicate;
  predicate.kind = kind;
  bool is_good = true;
  for (const ast::Expr& operand : expr.operands) {
    auto read = Read(operand);
    is_good = is_good && read;
    if (read && read->kind == kind && kind != plan::PredicateKind::kNot) {
      // `a and b and c` is one list, however long.
      std::move(read->operands.begin(), read->operands.end(),
                std::back_inserter(predicate.operands));
    } else if (read) {
      predicate.operands.push_back(std::move(*read));
    }
  }
  return is_good ? std::optional(std::move(predicate)) : std::nullopt;
}

// What is true or false by itself: compared with `true`.
std::optional<plan::Predicate> ConditionReader::ReadTruth(const ast::Expr& expr) {
  auto side = ReadSide(expr, {});
  if (!side) {
    return std::nullopt;
  }
  if (side->type.kind != TypeKind::kBool) {
    context_
        .Error(Kind::kWrongType, expr.range,
               fmt::format("`{}` is {}, which is neither true nor false",
                           expressions_.OneLineOf(expr), WithArticle(TypeName(side->type))))
        .SetHint(kConditionHint);
    return std::nullopt;
  }
  plan::Predicate predicate;
  predicate.kind = plan::PredicateKind::kCompare;
  plan::Value truth;
  truth.kind = plan::ValueKind::kBool;
  truth.number = 1;
  predicate.values = {std::move(side->constant), std::move(truth)};
  return predicate;
}

std::optional<plan::Predicate> ConditionReader::ReadComparison(const ast::Expr& expr,
                                                               plan::Comparison comparison) {
  // A literal takes the type of what it is compared with.
  const bool is_turned =
      expr.operands[0].kind == ast::ExprKind::kText || expr.operands[0].kind == ast::ExprKind::kInt;
  auto first = ReadSide(expr.operands[is_turned ? 1 : 0], {});
  if (!first) {
    return std::nullopt;
  }
  auto second = ReadSide(expr.operands[is_turned ? 0 : 1], first->type);
  if (!second) {
    return std::nullopt;
  }
  const bool asks_size =
      comparison != plan::Comparison::kEqual && comparison != plan::Comparison::kNotEqual;
  if (asks_size && !HasSize(first->type.kind)) {
    context_.Error(Kind::kWrongType, expr.range,
                   fmt::format("{} has no size; it is compared with `==`, `!=` and `in`",
                               WithArticle(TypeName(first->type))));
    return std::nullopt;
  }
  plan::Predicate predicate;
  predicate.kind = plan::PredicateKind::kCompare;
  predicate.comparison = comparison;
  predicate.values = {std::move(first->constant), std::move(second->constant)};
  if (is_turned) {
    std::swap(predicate.values[0], predicate.values[1]);
  }
  return predicate;
}

std::optional<plan::Predicate> ConditionReader::ReadIn(const ast::Expr& expr) {
  const ast::Expr& list = expr.operands[1];
  if (list.kind == ast::ExprKind::kRange) {
    context_
        .Error(Kind::kWrongType, list.range, "behind `in` stands a list: `arch in [\"a\", \"b\"]`")
        .SetHint("a range is two comparisons: `from >= v1.0 and from < v2.0`");
    return std::nullopt;
  }
  auto item = ReadSide(expr.operands[0], {});
  if (!item) {
    return std::nullopt;
  }
  plan::Predicate predicate;
  predicate.kind = plan::PredicateKind::kIn;
  predicate.values.push_back(std::move(item->constant));
  if (list.kind != ast::ExprKind::kList) {
    auto known =
        expressions_.Constant(list, {Type::ListOf(item->type.kind), "what stands behind `in`", {}});
    if (!known) {
      return std::nullopt;
    }
    for (plan::Field& field : known->fields) {
      predicate.values.push_back(std::move(field.value));
    }
    return predicate;
  }
  for (const ast::Expr& operand : list.operands) {
    auto value = ReadSide(operand, item->type);
    if (!value) {
      return std::nullopt;
    }
    predicate.values.push_back(std::move(value->constant));
  }
  return predicate;
}

std::optional<Formula> ConditionReader::ReadSide(const ast::Expr& expr, const Type& type) {
  expressions_.AllowWaiting();
  Formula formula = expressions_.Analyze(expr, {type, "what it is compared with", {}});
  if (formula.type.is_error()) {
    return std::nullopt;
  }
  if (!IsComparable(formula.type.kind)) {
    context_
        .Error(Kind::kWrongType, expr.range,
               fmt::format("`{}` is {}, which cannot be compared", expressions_.OneLineOf(expr),
                           WithArticle(TypeName(formula.type))))
        .SetHint(kConditionHint);
    return std::nullopt;
  }
  has_parameter_ = has_parameter_ || !formula.is_constant();
  formula.constant.kind = ValueKindOf(formula.type.kind);
  if (formula.type.kind == TypeKind::kVersion && !formula.constant.is_template &&
      formula.is_constant() && !CheckVersion(&context_, expr.range, formula.constant.text)) {
    return std::nullopt;
  }
  return formula;
}

}  // namespace upgraph::sema
