#include "compiler/sema/operations.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "compiler/sema/formula.h"
#include "plan/version.h"

namespace upgraph::sema {
namespace {

using diagnostics::Kind;

bool IsAmount(TypeKind kind) {
  return kind == TypeKind::kInt || kind == TypeKind::kFloat || kind == TypeKind::kDuration ||
         kind == TypeKind::kSize || kind == TypeKind::kPercent;
}

bool IsNumber(TypeKind kind) { return kind == TypeKind::kInt || kind == TypeKind::kFloat; }

bool IsComparable(const Type& type) {
  return type.kind != TypeKind::kHandle && type.kind != TypeKind::kConfig &&
         type.kind != TypeKind::kKeyValue && type.kind != TypeKind::kVersionRange;
}

bool IsReal(plan::ValueKind kind) {
  return kind == plan::ValueKind::kFloat || kind == plan::ValueKind::kPercent;
}

double RealOf(const plan::Value& value) {
  return IsReal(value.kind) ? value.real : static_cast<double>(value.number);
}

plan::Value Truth(bool is_true) {
  plan::Value value;
  value.kind = plan::ValueKind::kBool;
  value.number = is_true ? 1 : 0;
  return value;
}

void SetOverflow(Operation operation, const plan::Value& left, const plan::Value& right,
                 Fault* fault) {
  *fault = {Kind::kOverflow,
            fmt::format("{} {} {} is more than {} holds", FormatValue(left),
                        OperationName(operation), FormatValue(right),
                        WithArticle(plan::ValueKindName(std::max(left.kind, right.kind))))};
}

// A number times an amount: of the amount's type, rounded to whole milliseconds or bytes.
plan::Value Multiply(const plan::Value& left, const plan::Value& right, Fault* fault) {
  const bool is_left = left.kind > right.kind;  // plain numbers have the lowest kinds
  plan::Value result = is_left ? left : right;
  const plan::Value& factor = is_left ? right : left;
  if (IsReal(result.kind)) {
    result.real *= RealOf(factor);
    return result;
  }
  if (!IsReal(factor.kind)) {
    if (__builtin_mul_overflow(result.number, factor.number, &result.number)) {
      result.number = INT64_MAX;
      SetOverflow(Operation::kProduct, left, right, fault);
    }
    return result;
  }
  const double product = std::round(static_cast<double>(result.number) * factor.real);
  // The next double above INT64_MAX is 2^63; what is below it can be converted.
  constexpr double kLimit = 9223372036854775808.0;
  if (!(std::abs(product) < kLimit)) {
    SetOverflow(Operation::kProduct, left, right, fault);
    return result;
  }
  result.number = static_cast<int64_t>(product);
  return result;
}

plan::Value Calculate(Operation operation, const plan::Value& left, const plan::Value& right,
                      Fault* fault) {
  plan::Value result = left;
  bool is_over = false;
  if (operation == Operation::kProduct) {
    result = Multiply(left, right, fault);
  } else if (operation == Operation::kSum) {
    is_over = __builtin_add_overflow(left.number, right.number, &result.number);
    result.real = left.real + right.real;
  } else {
    is_over = __builtin_sub_overflow(left.number, right.number, &result.number);
    result.real = left.real - right.real;
  }
  if (is_over) {
    result.number = INT64_MAX;
    SetOverflow(operation, left, right, fault);
  } else if (!std::isfinite(result.real)) {
    result.real = 0;
    SetOverflow(operation, left, right, fault);
  } else if (result.number < 0 &&
             (result.kind == plan::ValueKind::kDuration || result.kind == plan::ValueKind::kSize)) {
    *fault = {Kind::kOverflow,
              fmt::format("{} {} {} is less than nothing, {} is not", FormatValue(left),
                          OperationName(operation), FormatValue(right),
                          WithArticle(plan::ValueKindName(result.kind)))};
    result.number = 0;
  }
  return result;
}

// Negative, zero or positive. Versions that cannot be read have been reported.
int Order(const plan::Value& left, const plan::Value& right, const plan::Product& product) {
  if (left.kind == plan::ValueKind::kVersion) {
    auto a = plan::ReadVersion(product, left.text);
    auto b = plan::ReadVersion(product, right.text);
    return !a.ok() || !b.ok() ? 0 : *a < *b ? -1 : *b < *a ? 1 : 0;
  }
  if (IsReal(left.kind)) {
    return left.real < right.real ? -1 : left.real > right.real ? 1 : 0;
  }
  return left.number < right.number ? -1 : left.number > right.number ? 1 : 0;
}

bool IsEqual(const plan::Value& left, const plan::Value& right, const plan::Product& product) {
  if (left.kind == plan::ValueKind::kVersion) {
    return Order(left, right, product) == 0;
  }
  if (left.kind != plan::ValueKind::kList && left.kind != plan::ValueKind::kMap) {
    return left == right;
  }
  return std::equal(left.fields.begin(), left.fields.end(), right.fields.begin(),
                    right.fields.end(), [&](const plan::Field& a, const plan::Field& b) {
                      return a.name == b.name && IsEqual(a.value, b.value, product);
                    });
}

bool IsInside(const plan::Value& value, const plan::Value& whole, const plan::Product& product) {
  if (whole.kind == plan::ValueKind::kList) {
    return std::any_of(whole.fields.begin(), whole.fields.end(), [&](const plan::Field& field) {
      return IsEqual(field.value, value, product);
    });
  }
  if (value.kind != plan::ValueKind::kVersion) {
    return FindField(whole.fields, value.text) != nullptr;
  }
  auto inside = plan::IsInRange(product, value.text,
                                {whole.fields[0].value.text, whole.fields[1].value.text});
  return inside.ok() && inside.value();
}

plan::Value At(const std::vector<plan::Value>& operands, Fault* fault) {
  if (const plan::Value* found = FindField(operands[0].fields, operands[1].text)) {
    return *found;
  }
  if (operands.size() == 3) {
    return operands[2];
  }
  *fault = {Kind::kUnknownMember, fmt::format("the map has no key {}; it is {}",
                                              FormatValue(operands[1]), FormatValue(operands[0]))};
  return {};
}

plan::Value Keys(const plan::Value& map) {
  plan::Value list;
  list.kind = plan::ValueKind::kList;
  for (const plan::Field& field : map.fields) {
    plan::Value key;
    key.kind = plan::ValueKind::kString;
    key.text = field.name;
    list.fields.push_back({"", std::move(key)});
  }
  return list;
}

std::optional<Type> ProductOf(const Type& left, const Type& right) {
  if (IsNumber(left.kind) && IsNumber(right.kind)) {
    return left == right ? std::optional(left) : std::nullopt;
  }
  if (IsNumber(left.kind) && IsAmount(right.kind)) {
    return right;
  }
  return IsNumber(right.kind) && IsAmount(left.kind) ? std::optional(left) : std::nullopt;
}

bool CanBeIn(const Type& value, const Type& whole) {
  return (whole.kind == TypeKind::kList && value == Type::Of(whole.element)) ||
         (whole.kind == TypeKind::kMap && value == Type::Of(whole.key)) ||
         (whole.kind == TypeKind::kVersionRange && value.kind == TypeKind::kVersion);
}

}  // namespace

std::optional<Operation> OperationOf(ast::ExprKind kind) {
  switch (kind) {
    case ast::ExprKind::kSum:
      return Operation::kSum;
    case ast::ExprKind::kDifference:
      return Operation::kDifference;
    case ast::ExprKind::kProduct:
      return Operation::kProduct;
    case ast::ExprKind::kEqual:
      return Operation::kEqual;
    case ast::ExprKind::kNotEqual:
      return Operation::kNotEqual;
    case ast::ExprKind::kLess:
      return Operation::kLess;
    case ast::ExprKind::kLessEqual:
      return Operation::kLessEqual;
    case ast::ExprKind::kGreater:
      return Operation::kGreater;
    case ast::ExprKind::kGreaterEqual:
      return Operation::kGreaterEqual;
    case ast::ExprKind::kIn:
      return Operation::kIn;
    case ast::ExprKind::kAnd:
      return Operation::kAnd;
    case ast::ExprKind::kOr:
      return Operation::kOr;
    case ast::ExprKind::kNot:
      return Operation::kNot;
    case ast::ExprKind::kRange:
      return Operation::kRange;
    default:
      return std::nullopt;
  }
}

const char* OperationName(Operation operation) {
  switch (operation) {
    case Operation::kSum:
      return "+";
    case Operation::kDifference:
      return "-";
    case Operation::kProduct:
      return "*";
    case Operation::kEqual:
      return "==";
    case Operation::kNotEqual:
      return "!=";
    case Operation::kLess:
      return "<";
    case Operation::kLessEqual:
      return "<=";
    case Operation::kGreater:
      return ">";
    case Operation::kGreaterEqual:
      return ">=";
    case Operation::kIn:
      return "in";
    case Operation::kAnd:
      return "and";
    case Operation::kOr:
      return "or";
    case Operation::kNot:
      return "not";
    case Operation::kRange:
      return "..<";
    case Operation::kAt:
      return "at";
    case Operation::kKeys:
      return "keys";
  }
  UPGRAPH_UNREACHABLE("operation");
}

std::string OperandRule(Operation operation) {
  const std::string name = std::string("`") + OperationName(operation) + "` ";
  switch (operation) {
    case Operation::kSum:
    case Operation::kDifference:
      return name + "takes two numbers, durations, sizes or percentages of one type";
    case Operation::kProduct:
      return name + "takes two numbers of one type, or a number and a duration, size or percentage";
    case Operation::kEqual:
    case Operation::kNotEqual:
      return name + "takes two values of one type";
    case Operation::kLess:
    case Operation::kLessEqual:
    case Operation::kGreater:
    case Operation::kGreaterEqual:
      return name + "takes two numbers, durations, sizes, percentages or versions of one type";
    case Operation::kIn:
      return name + "takes a value and a list of such, a key and a map, or a version and a range";
    case Operation::kAnd:
    case Operation::kOr:
      return name + "takes two `Bool`s";
    case Operation::kNot:
      return name + "takes a `Bool`";
    case Operation::kRange:
      return name + "takes two versions";
    case Operation::kAt:
    case Operation::kKeys:
      return name + "is of maps";
  }
  UPGRAPH_UNREACHABLE("operation");
}

std::optional<Type> ResultOf(Operation operation, const std::vector<Type>& operands) {
  const Type& left = operands.front();
  const Type& right = operands.back();
  const Type truth = Type::Of(TypeKind::kBool);
  auto when = [](bool is_good, const Type& type) {
    return is_good ? std::optional(type) : std::nullopt;
  };
  switch (operation) {
    case Operation::kSum:
    case Operation::kDifference:
      return when(left == right && IsAmount(left.kind), left);
    case Operation::kProduct:
      return ProductOf(left, right);
    case Operation::kEqual:
    case Operation::kNotEqual:
      return when(left == right && IsComparable(left), truth);
    case Operation::kLess:
    case Operation::kLessEqual:
    case Operation::kGreater:
    case Operation::kGreaterEqual:
      return when(left == right && (IsAmount(left.kind) || left.kind == TypeKind::kVersion), truth);
    case Operation::kIn:
      return when(CanBeIn(left, right), truth);
    case Operation::kAnd:
    case Operation::kOr:
    case Operation::kNot:
      return when(left == truth && right == truth, truth);
    case Operation::kRange:
      return when(left.kind == TypeKind::kVersion && right.kind == TypeKind::kVersion,
                  Type::Of(TypeKind::kVersionRange));
    case Operation::kAt:
      return when(left.kind == TypeKind::kMap, Type::Of(left.element));
    case Operation::kKeys:
      return when(left.kind == TypeKind::kMap, Type::ListOf(left.key));
  }
  UPGRAPH_UNREACHABLE("operation");
}

plan::Value Operate(Operation operation, const std::vector<plan::Value>& operands,
                    const plan::Product& product, Fault* fault) {
  const plan::Value& left = operands.front();
  const plan::Value& right = operands.back();
  // What a map holds may wait for the host; its keys do not.
  const bool waits = operation == Operation::kAt
                         ? HasTemplate(operands[1])
                         : operation != Operation::kKeys &&
                               std::any_of(operands.begin(), operands.end(), HasTemplate);
  if (waits) {
    *fault = {Kind::kNotConstant,
              fmt::format("what `{}` is given here is known on the host only, not when the spec "
                          "is compiled",
                          OperationName(operation))};
    return Truth(false);
  }
  switch (operation) {
    case Operation::kSum:
    case Operation::kDifference:
    case Operation::kProduct:
      return Calculate(operation, left, right, fault);
    case Operation::kEqual:
      return Truth(IsEqual(left, right, product));
    case Operation::kNotEqual:
      return Truth(!IsEqual(left, right, product));
    case Operation::kLess:
      return Truth(Order(left, right, product) < 0);
    case Operation::kLessEqual:
      return Truth(Order(left, right, product) <= 0);
    case Operation::kGreater:
      return Truth(Order(left, right, product) > 0);
    case Operation::kGreaterEqual:
      return Truth(Order(left, right, product) >= 0);
    case Operation::kIn:
      return Truth(IsInside(left, right, product));
    case Operation::kAnd:
      return Truth(left.number != 0 && right.number != 0);
    case Operation::kOr:
      return Truth(left.number != 0 || right.number != 0);
    case Operation::kNot:
      return Truth(left.number == 0);
    case Operation::kRange: {
      if (Order(left, right, product) >= 0) {
        *fault = {Kind::kEmptyRange,
                  fmt::format("no version lies in `{} ..< {}`: `A ..< B` needs a B above A",
                              plan::FormatVersion(left.text), plan::FormatVersion(right.text))};
        return Truth(false);
      }
      plan::Value range;
      range.kind = plan::ValueKind::kMap;
      range.fields = {{"lower", left}, {"upper", right}};
      return range;
    }
    case Operation::kAt:
      return At(operands, fault);
    case Operation::kKeys:
      return Keys(left);
  }
  UPGRAPH_UNREACHABLE("operation");
}

}  // namespace upgraph::sema
