#include "compiler/sema/expressions.h"

#include <utility>

#include <fmt/format.h>

#include "compiler/sema/facts.h"

namespace upgraph::sema {
namespace {

plan::Value NumberValue(plan::ValueKind kind, int64_t number) {
  plan::Value value;
  value.kind = kind;
  value.number = number;
  return value;
}

plan::Value RealValue(plan::ValueKind kind, double real) {
  plan::Value value;
  value.kind = kind;
  value.real = real;
  return value;
}

Formula Literal(TypeKind kind, plan::Value value) {
  return Formula::Constant(Type::Of(kind), std::move(value));
}

// Whether it is a literal without quotes: a number of some kind, or a version.
bool IsNumberLiteral(ast::ExprKind kind) {
  return kind == ast::ExprKind::kBool || kind == ast::ExprKind::kInt ||
         kind == ast::ExprKind::kFloat || kind == ast::ExprKind::kDuration ||
         kind == ast::ExprKind::kSize || kind == ast::ExprKind::kPercent ||
         kind == ast::ExprKind::kVersion;
}

Formula NumberLiteral(const ast::Expr& expr, const Type& expected) {
  switch (expr.kind) {
    case ast::ExprKind::kBool:
      return Literal(TypeKind::kBool, NumberValue(plan::ValueKind::kBool, expr.number));
    case ast::ExprKind::kInt:
      if (expected.kind == TypeKind::kFloat) {
        auto real = static_cast<double>(expr.number);
        return Literal(TypeKind::kFloat, RealValue(plan::ValueKind::kFloat, real));
      }
      return Literal(TypeKind::kInt, NumberValue(plan::ValueKind::kInt, expr.number));
    case ast::ExprKind::kFloat:
      return Literal(TypeKind::kFloat, RealValue(plan::ValueKind::kFloat, expr.real));
    case ast::ExprKind::kDuration:
      return Literal(TypeKind::kDuration, NumberValue(plan::ValueKind::kDuration, expr.number));
    case ast::ExprKind::kSize:
      return Literal(TypeKind::kSize, NumberValue(plan::ValueKind::kSize, expr.number));
    case ast::ExprKind::kPercent:
      return Literal(TypeKind::kPercent, RealValue(plan::ValueKind::kPercent, expr.real));
    case ast::ExprKind::kVersion:
      return Literal(TypeKind::kVersion, plan::TextValue(plan::ValueKind::kVersion, expr.text));
    default:
      UPGRAPH_UNREACHABLE("number literal");
  }
}

// A literal where a secret is expected.
bool IsWrittenSecret(const ast::Expr& expr, const Type& expected) {
  return expected.kind == TypeKind::kSecret &&
         (expr.kind == ast::ExprKind::kText || IsNumberLiteral(expr.kind));
}

bool CanBeInText(TypeKind kind) {
  return kind != TypeKind::kConfig && kind != TypeKind::kHandle && kind != TypeKind::kOpaque &&
         kind != TypeKind::kList && kind != TypeKind::kMap && kind != TypeKind::kVersionRange &&
         kind != TypeKind::kKeyValue;
}

}  // namespace

Formula ErrorFormula() { return Formula::Constant({}, {}); }

Formula Expressions::Analyze(const ast::Expr& expr, const Expectation& expected) {
  const bool may_wait = std::exchange(may_wait_, false);
  const std::string fact_name = std::exchange(fact_name_, std::string());
  if (IsWrittenSecret(expr, expected.type)) {
    context_
        .Error(Kind::kNoLiteralSecret, expr.range,
               fmt::format("{} is a `Secret`; a secret is named, never written", expected.what))
        .SetHint("say where it is: `credentials.file(\"/etc/box/token\")`");
    return ErrorFormula();
  }
  Formula formula = Untyped(expr, expected, may_wait, fact_name);
  if (!Fits(formula.type, expected.type)) {
    return WrongType(expr, formula.type, expected);
  }
  return formula;
}

Formula Expressions::Untyped(const ast::Expr& expr, const Expectation& expected, bool may_wait,
                             const std::string& fact_name) {
  if (IsNumberLiteral(expr.kind)) {
    return NumberLiteral(expr, expected.type);
  }
  switch (expr.kind) {
    case ast::ExprKind::kText:
      return Text(expr, expected);
    case ast::ExprKind::kName: {
      Formula formula = Name(expr.name);
      if (formula.constant.is_template && !CanWait(formula.type.kind) && !may_wait) {
        return NoWaiting(expr.range, formula.type);
      }
      return formula;
    }
    case ast::ExprKind::kList:
      return List(expr, expected);
    case ast::ExprKind::kCall:
      return IsFact(expr.name) ? FactCall(expr, may_wait, fact_name) : ValueCall(expr);
    case ast::ExprKind::kMap:
      return Map(expr, expected);
    case ast::ExprKind::kAnything:
      context_.Error(Kind::kWrongKind, expr.range,
                     "`*` stands for any value, it is an argument of an effect only");
      return ErrorFormula();
    case ast::ExprKind::kError:
      return ErrorFormula();
    default:
      const std::optional<Operation> operation = OperationOf(expr.kind);
      UPGRAPH_CHECK(operation.has_value());
      return Operator(expr, *operation, expected);
  }
}

std::optional<plan::Value> Expressions::Constant(const ast::Expr& expr,
                                                 const Expectation& expected) {
  Formula formula = Analyze(expr, expected);
  if (formula.type.is_error()) {
    return std::nullopt;
  }
  UPGRAPH_CHECK(formula.is_constant() || parameters_ == Parameters::kAllowed);
  return formula.is_constant() ? std::optional(std::move(formula.constant)) : std::nullopt;
}

Formula Expressions::WrongType(const ast::Expr& expr, const Type& given,
                               const Expectation& expected) {
  auto& error = context_.Error(Kind::kWrongType, expr.range,
                               fmt::format("`{}` is {}, but {} is {}; values never convert",
                                           Title(expr), WithArticle(TypeName(given)), expected.what,
                                           WithArticle(TypeName(expected.type))));
  if (expected.declared.has_value()) {
    error.AddNote(expected.declared, "declared here");
  }
  return ErrorFormula();
}

Formula Expressions::Text(const ast::Expr& expr, const Expectation& expected) {
  const Type type = IsTextType(expected.type.kind) ? expected.type : Type::Of(TypeKind::kString);
  if (expr.parts.empty() && expr.text.size() <= kTextBytesMax) {
    Formula text = Formula::Constant(type, plan::TextValue(ValueKindOf(type.kind), expr.text));
    CheckText(expr, text);
    return text;
  }
  Formula text;
  text.kind = FormulaKind::kText;
  text.type = type;
  text.operands.reserve(expr.parts.size());
  if (expr.parts.empty()) {
    text.operands.push_back(
        Literal(TypeKind::kString, plan::TextValue(plan::ValueKind::kString, expr.text)));
  }
  bool is_constant = true;
  for (const ast::TextPart& part : expr.parts) {
    if (part.name.parts.empty()) {
      text.operands.push_back(
          Literal(TypeKind::kString, plan::TextValue(plan::ValueKind::kString, part.text)));
      continue;
    }
    // There is no text without what is missing.
    const bool may_lack = std::exchange(may_lack_members_, false);
    Formula operand = Name(part.name);
    may_lack_members_ = may_lack;
    if (operand.type.is_error()) {
      return operand;
    }
    if (operand.type.kind == TypeKind::kSecret) {
      context_
          .Error(Kind::kSecretLeaks, part.name.range,
                 fmt::format("`{}` is a `Secret`; its value stands in no text, as texts are shown, "
                             "written down and packed",
                             part.name.Text()))
          .SetHint("give it to a step that takes a `Secret`; to a command, as a word of its own");
      return ErrorFormula();
    }
    if (operand.constant.is_template && !CanWait(operand.type.kind)) {
      return NoWaiting(part.name.range, operand.type);
    }
    if (!CanBeInText(operand.type.kind)) {
      context_.Error(Kind::kWrongType, part.name.range,
                     fmt::format("`{}` is {}, which has no text to put here", part.name.Text(),
                                 WithArticle(TypeName(operand.type))));
      return ErrorFormula();
    }
    is_constant = is_constant && operand.is_constant();
    text.operands.push_back(std::move(operand));
  }
  if (is_constant) {
    text = Fold(std::move(text), expr.range);
    CheckText(expr, text);
  }
  return text;
}

void Expressions::CheckText(const ast::Expr& expr, const Formula& formula) {
  if (auto fault = FindTextFault(context_.program, formula.type.kind, formula.constant.text)) {
    context_.Error(Kind::kWrongText, expr.range,
                   fmt::format("{} is no `{}`: {}", Title(expr), TypeName(formula.type), *fault));
    return;
  }
  if (formula.type.kind == TypeKind::kPayload && formula.constant.is_template) {
    context_
        .Error(Kind::kNotConstant, expr.range,
               "a path in the package cannot wait for the host: what it names must be packed")
        .SetHint("write the path out, or use `${to}`");
  }
}

Formula Expressions::List(const ast::Expr& expr, const Expectation& expected) {
  Formula list;
  list.kind = FormulaKind::kList;
  bool is_mixed =
      expected.type.kind == TypeKind::kList && expected.type.element == TypeKind::kError;
  TypeKind element =
      expected.type.kind == TypeKind::kList ? expected.type.element : TypeKind::kError;
  const std::string what = "an element of " + std::string(expected.what);
  for (const ast::Expr& item : expr.operands) {
    Formula formula = Analyze(item, {Type::Of(element), what, expected.declared});
    if (formula.type.is_error()) {
      return ErrorFormula();
    }
    if (formula.type.kind == TypeKind::kList || formula.type.kind == TypeKind::kMap) {
      context_.Error(Kind::kWrongType, item.range,
                     fmt::format("a list holds single values, this is {}",
                                 WithArticle(TypeName(formula.type))));
      return ErrorFormula();
    }
    if (element == TypeKind::kError && !is_mixed) {
      element = formula.type.kind;
    }
    list.operands.push_back(std::move(formula));
  }
  list.type = Type::ListOf(element);
  return Fold(std::move(list), expr.range);
}

bool Expressions::IsFact(const ast::DottedName& callee) const {
  const Symbol* symbol = scope_.Find(callee.parts[0].text);
  if (symbol != nullptr && symbol->kind == SymbolKind::kModule && callee.parts.size() == 2) {
    symbol = context_.modules[symbol->index].scope.Find(callee.parts[1].text);
  } else if (callee.parts.size() != 1) {
    return false;
  }
  return symbol != nullptr && symbol->kind == SymbolKind::kDeclaration &&
         context_.declaration(DeclarationId(symbol->index)).kind == DeclarationKind::kFact;
}

Formula Expressions::FactCall(const ast::Expr& expr, bool may_wait, const std::string& fact_name) {
  const bool saw_parameter = std::exchange(saw_parameter_, false);
  std::optional<Call> call = AnalyzeCall(expr, DeclarationKind::kFact, "a value is a fact");
  const bool has_parameter = saw_parameter_;
  saw_parameter_ = saw_parameter || has_parameter;
  if (!call) {
    return ErrorFormula();
  }
  const Declaration& declaration = context_.declaration(call->declaration_id);
  if (!CanWait(declaration.result.kind) && !may_wait) {
    return NoWaiting(expr.range, declaration.result);
  }
  for (size_t i = 0; i < call->arguments.size(); ++i) {
    if (HasTemplate(call->arguments[i].value)) {
      context_.Error(Kind::kNotConstant, call->argument_ranges[i],
                     "facts are asked before anything is known of the host, so what they ask for "
                     "cannot wait for it");
      return ErrorFormula();
    }
  }
  if (has_parameter || parameters_ == Parameters::kAllowed) {
    Formula formula;
    formula.kind = FormulaKind::kParameter;  // stands for any answer
    formula.type = declaration.result;
    return formula;
  }
  const Type type = declaration.result;
  return Formula::Constant(type, AskFact(&context_, declaration, std::move(*call), fact_name));
}

Formula Expressions::NoWaiting(SourceRange range, const Type& type) {
  context_.Error(Kind::kNotConstant, range,
                 fmt::format("this is {} that the host alone knows; it stands {} and nowhere else",
                             WithArticle(TypeName(type)),
                             type.kind == TypeKind::kList ? "behind `in` of `for x in … max 64`"
                                                          : "in a condition of `when`"));
  return ErrorFormula();
}

Formula Expressions::ValueCall(const ast::Expr& expr) {
  if (std::optional<Formula> of_map = MapCall(expr)) {
    return std::move(*of_map);
  }
  std::optional<Formula> receiver;
  std::optional<DeclarationId> id = FindCallee(expr.name, &receiver);
  if (!id) {
    return ErrorFormula();
  }
  return context_.declaration(*id).kind == DeclarationKind::kFunction
             ? FunctionCall(expr, *id, receiver)
             : HandleCall(expr, *id, receiver);
}

Formula Expressions::HandleCall(const ast::Expr& expr, DeclarationId id,
                                const std::optional<Formula>& receiver) {
  bool saw_parameter = std::exchange(saw_parameter_, false);
  std::optional<Call> call = BindCall(expr, id, receiver, DeclarationKind::kHandle,
                                      "a value is a handle or what a function gives");
  bool has_parameter = saw_parameter_;
  saw_parameter_ = saw_parameter || has_parameter;
  if (!call) {
    return ErrorFormula();
  }
  const Declaration& declaration = context_.declaration(call->declaration_id);
  if (declaration.result.kind == TypeKind::kConfig) {
    context_
        .Error(Kind::kWrongKind, expr.range,
               fmt::format("`{}` is a configuration without a name and without keys", Title(expr)))
        .SetHint("declare it: `config NAME = " + Title(expr) + " { … }`");
    return ErrorFormula();
  }
  if (has_parameter) {
    Formula formula;
    formula.kind = FormulaKind::kParameter;  // stands for any value of the type
    formula.type = declaration.result;
    return formula;
  }
  plan::Value value = plan::TextValue(ValueKindOf(declaration.result.kind), declaration.name);
  value.fields = std::move(call->arguments);
  return Formula::Constant(declaration.result, std::move(value));
}

}  // namespace upgraph::sema
