// Operators, maps and calls of functions: what makes one value of others.

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "compiler/sema/expressions.h"

namespace upgraph::sema {
namespace {

// Whether a literal takes the type of what stands on the other side of an operator.
bool TakesType(const ast::Expr& expr, const Type& other) {
  return (expr.kind == ast::ExprKind::kText && IsTextType(other.kind)) ||
         (expr.kind == ast::ExprKind::kInt && other.kind == TypeKind::kFloat) ||
         (expr.kind == ast::ExprKind::kList && other.kind == TypeKind::kList) ||
         (expr.kind == ast::ExprKind::kMap && other.kind == TypeKind::kMap);
}

bool IsLiteral(const ast::Expr& expr) {
  return expr.kind == ast::ExprKind::kText || expr.kind == ast::ExprKind::kInt ||
         expr.kind == ast::ExprKind::kList || expr.kind == ast::ExprKind::kMap;
}

// What the literal on the other side of `in` is.
Type InnerType(const Type& whole) {
  if (whole.kind == TypeKind::kList) {
    return Type::Of(whole.element);
  }
  return whole.kind == TypeKind::kMap ? Type::Of(whole.key) : Type{};
}

}  // namespace

bool Expressions::Operands(const ast::Expr& expr, const Expectation& expected,
                           std::vector<Formula>* operands) {
  operands->resize(expr.operands.size());
  // What is no literal says which type a literal beside it takes.
  Type other = expected.type.kind == TypeKind::kFloat ? expected.type : Type{};
  size_t first = expr.operands.size() == 2 && IsLiteral(expr.operands[0]) ? 1 : 0;
  for (size_t i = 0; i < expr.operands.size(); ++i) {
    size_t index = i == 0 ? first : 1 - first;
    const ast::Expr& operand = expr.operands[index];
    bool takes = TakesType(operand, other);
    (*operands)[index] =
        Analyze(operand, {takes ? other : Type{}, "the other side of the operator", {}});
    const Type& type = (*operands)[index].type;
    if (type.is_error()) {
      return false;
    }
    if (expr.kind != ast::ExprKind::kIn) {
      other = type;
    } else if (index == 1) {
      other = InnerType(type);
    } else if (expr.operands[1].kind == ast::ExprKind::kList) {
      other = Type::ListOf(type.kind);
    }
  }
  return true;
}

Formula Expressions::Operator(const ast::Expr& expr, Operation operation,
                              const Expectation& expected) {
  Formula formula;
  formula.kind = FormulaKind::kOperation;
  formula.operation = operation;
  if (!Operands(expr, expected, &formula.operands)) {
    return ErrorFormula();
  }
  std::vector<Type> types;
  for (const Formula& operand : formula.operands) {
    types.push_back(operand.type);
  }
  std::optional<Type> type = ResultOf(operation, types);
  if (!type) {
    const std::string found = types.size() == 1
                                  ? fmt::format("this is {}", WithArticle(TypeName(types[0])))
                                  : fmt::format("found {} and {}", WithArticle(TypeName(types[0])),
                                                WithArticle(TypeName(types[1])));
    const bool joins_texts = operation == Operation::kSum && types.size() == 2 &&
                             types[0].kind == TypeKind::kString &&
                             types[1].kind == TypeKind::kString;
    context_
        .Error(Kind::kWrongType, expr.range, fmt::format("{}; {}", found, OperandRule(operation)))
        .SetHint(joins_texts ? "texts are put together in a text: `\"${a}${b}\"`" : "");
    return ErrorFormula();
  }
  formula.type = *type;
  return Fold(std::move(formula), expr.range);
}

Formula Expressions::Fold(Formula formula, SourceRange range) {
  for (const Formula& operand : formula.operands) {
    if (!operand.is_constant() && operand.kind != FormulaKind::kDefault) {
      return formula;
    }
  }
  Evaluation evaluation;
  const uint32_t steps_max = std::min(evaluation.steps_left, context_.evaluation_steps_left);
  evaluation.steps_left = steps_max;
  plan::Value value = Evaluate(formula, {}, context_.program, &evaluation);
  context_.evaluation_steps_left -= steps_max - evaluation.steps_left;
  if (!evaluation.fault.message.empty()) {
    auto& error = context_.Error(evaluation.fault.kind, range, evaluation.fault.message);
    if (evaluation.fault.kind == Kind::kNotConstant) {
      error.SetHint("what depends on the host is decided there, in a step's own text or a `when`");
    }
    return ErrorFormula();
  }
  return Formula::Constant(formula.type, std::move(value));
}

Formula Expressions::Map(const ast::Expr& expr, const Expectation& expected) {
  Formula map;
  map.kind = FormulaKind::kMap;
  const bool is_expected = expected.type.kind == TypeKind::kMap;
  Type key = Type::Of(is_expected ? expected.type.key : TypeKind::kError);
  Type element = Type::Of(is_expected ? expected.type.element : TypeKind::kError);
  const std::string what_key = "a key of " + std::string(expected.what);
  const std::string what_value = "a value of " + std::string(expected.what);
  std::map<std::string, SourceRange> places;
  for (size_t i = 0; i + 1 < expr.operands.size(); i += 2) {
    const ast::Expr& key_tree = expr.operands[i];
    Formula of_key = Analyze(key_tree, {key, what_key, expected.declared});
    Formula value = Analyze(expr.operands[i + 1], {element, what_value, expected.declared});
    if (of_key.type.is_error() || value.type.is_error()) {
      return ErrorFormula();
    }
    key = of_key.type;
    element = value.type;
    if (!IsTextType(key.kind)) {
      context_.Error(
          Kind::kWrongType, key_tree.range,
          fmt::format("the keys of a map are texts, {} is none", WithArticle(TypeName(key))));
      return ErrorFormula();
    }
    if (!CanBeInMap(element.kind)) {
      context_.Error(Kind::kWrongType, expr.operands[i + 1].range,
                     fmt::format("the values of a map are texts, numbers and versions, {} is "
                                 "none",
                                 WithArticle(TypeName(element))));
      return ErrorFormula();
    }
    if (of_key.is_constant()) {
      auto [first, is_new] = places.try_emplace(of_key.constant.text, key_tree.range);
      if (!is_new) {
        context_
            .Error(Kind::kDuplicateArgument, key_tree.range,
                   fmt::format("key {} is given twice in this map", Title(key_tree)))
            .AddNote(first->second, "first given here");
        return ErrorFormula();
      }
    }
    map.operands.push_back(std::move(of_key));
    map.operands.push_back(std::move(value));
  }
  // An empty map is of any type.
  map.type = Type::MapOf(key.is_error() ? TypeKind::kString : key.kind, element.kind);
  return Fold(std::move(map), expr.range);
}

Formula Expressions::KeysOf(Formula map, SourceRange range) {
  Formula keys;
  keys.kind = FormulaKind::kOperation;
  keys.operation = Operation::kKeys;
  keys.type = Type::ListOf(map.type.key);
  keys.operands.push_back(std::move(map));
  return Fold(std::move(keys), range);
}

Formula Expressions::MapMember(Formula base, const ast::Name& key) {
  if (base.is_constant() && FindField(base.constant.fields, key.text) == nullptr) {
    std::vector<std::string> known;
    for (const plan::Field& field : base.constant.fields) {
      known.push_back(field.name);
    }
    context_
        .Error(Kind::kUnknownMember, key.range, fmt::format("the map has no key `{}`", key.text))
        .SetHint(SuggestHint(key.text, known));
    return ErrorFormula();
  }
  Formula formula;
  formula.kind = FormulaKind::kOperation;
  formula.operation = Operation::kAt;
  formula.type = Type::Of(base.type.element);
  plan::Value text;
  text.kind = ValueKindOf(base.type.key);
  text.text = key.text;
  Type key_type = Type::Of(base.type.key);
  formula.operands.push_back(std::move(base));
  formula.operands.push_back(Formula::Constant(key_type, std::move(text)));
  return Fold(std::move(formula), key.range);
}

std::optional<Formula> Expressions::MapCall(const ast::Expr& expr) {
  const ast::List<ast::Name>& parts = expr.name.parts;
  const Symbol* symbol = parts.size() == 2 ? scope_.Find(parts[0].text) : nullptr;
  if (symbol == nullptr || symbol->type.kind != TypeKind::kMap) {
    return std::nullopt;
  }
  Formula formula;
  formula.kind = FormulaKind::kOperation;
  formula.operation = parts[1].text == "keys" ? Operation::kKeys : Operation::kAt;
  const bool is_known = parts[1].text == "keys" || parts[1].text == "at";
  const size_t count = expr.arguments.size();
  const bool is_default =
      count == 2 && expr.arguments[1].name.has_value() && expr.arguments[1].name->text == "default";
  const bool is_good = formula.operation == Operation::kKeys
                           ? count == 0
                           : count >= 1 && !expr.arguments[0].name && (count == 1 || is_default);
  if (!is_known || !is_good) {
    context_
        .Error(is_known ? Kind::kUnknownArgument : Kind::kUnknownName, expr.range,
               is_known ? fmt::format("`{}` of a map is not called so", parts[1].text)
                        : fmt::format("a map has no `{}` to call", parts[1].text))
        .SetHint(fmt::format("write `{0}.at(key)`, `{0}.at(key, default: value)` or `{0}.keys()`",
                             parts[0].text));
    return ErrorFormula();
  }
  const Type map = symbol->type;
  formula.operands.push_back(Name({{parts[0]}, parts[0].range}));
  for (size_t i = 0; i < count; ++i) {
    Type type = Type::Of(i == 0 ? map.key : map.element);
    Formula operand =
        Analyze(expr.arguments[i].value,
                {type, fmt::format("{} of `{}`", i == 0 ? "a key" : "a value", parts[0].text), {}});
    if (operand.type.is_error()) {
      return ErrorFormula();
    }
    formula.operands.push_back(std::move(operand));
  }
  formula.type = *ResultOf(formula.operation, {map});
  return Fold(std::move(formula), expr.range);
}

Formula Expressions::FunctionCall(const ast::Expr& expr, DeclarationId id,
                                  const std::optional<Formula>& receiver) {
  const Function* function = PrepareFunction(&context_, id, expr.name.range);
  if (function == nullptr) {
    return ErrorFormula();
  }
  const Declaration& declaration = context_.declaration(id);
  std::vector<const ast::Argument*> by_parameter;
  const size_t first = receiver ? 1 : 0;
  bool is_good = SortArguments(expr, declaration, first, &by_parameter);
  const bool was_sorted = is_good;
  Formula formula;
  formula.kind = FormulaKind::kCall;
  formula.type = declaration.result;
  formula.body = function->body;
  for (size_t i = 0; i < declaration.parameters.size(); ++i) {
    const Parameter& parameter = declaration.parameters[i];
    if (i < first) {
      is_good = is_good && Fits(receiver->type, parameter.type);
      formula.operands.push_back(*receiver);
    } else if (by_parameter[i] != nullptr) {
      formula.operands.push_back(
          Analyze(by_parameter[i]->value, {parameter.type, parameter.what, parameter.range}));
      is_good = is_good && !formula.operands.back().type.is_error();
    } else if (parameter.default_value) {
      // Over the parameters before it, which are this call's arguments.
      Formula value;
      value.kind = FormulaKind::kDefault;
      value.type = parameter.type;
      value.body = std::make_shared<const Formula>(*parameter.default_value);
      formula.operands.push_back(std::move(value));
    } else {
      if (was_sorted) {
        ReportMissing(expr, declaration, parameter);
      }
      is_good = false;
    }
  }
  return is_good ? Fold(std::move(formula), expr.range) : ErrorFormula();
}

}  // namespace upgraph::sema
