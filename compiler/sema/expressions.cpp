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

plan::Value TextValue(plan::ValueKind kind, std::string text) {
  plan::Value value;
  value.kind = kind;
  value.text = std::move(text);
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
      return Literal(TypeKind::kVersion, TextValue(plan::ValueKind::kVersion, expr.text));
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

std::string MemberHint(const std::string& written, const std::vector<std::string>& known) {
  std::string hint = SuggestHint(written, known);
  if (hint.empty() && !known.empty()) {
    for (const std::string& name : known) {
      hint += (hint.empty() ? "it has `" : ", `") + name + "`";
    }
  }
  return hint;
}

bool IsConstant(const Formula& formula) { return formula.kind == FormulaKind::kConstant; }

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
  UPGRAPH_CHECK(IsConstant(formula) || parameters_ == Parameters::kAllowed);
  return IsConstant(formula) ? std::optional(std::move(formula.constant)) : std::nullopt;
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
    Formula text = Formula::Constant(type, TextValue(ValueKindOf(type.kind), expr.text));
    CheckText(expr, text);
    return text;
  }
  Formula text;
  text.kind = FormulaKind::kText;
  text.type = type;
  text.operands.reserve(expr.parts.size());
  if (expr.parts.empty()) {
    text.operands.push_back(
        Literal(TypeKind::kString, TextValue(plan::ValueKind::kString, expr.text)));
  }
  bool is_constant = true;
  for (const ast::TextPart& part : expr.parts) {
    if (part.name.parts.empty()) {
      text.operands.push_back(
          Literal(TypeKind::kString, TextValue(plan::ValueKind::kString, part.text)));
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
    is_constant = is_constant && IsConstant(operand);
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

namespace {

// What the module will name so; null: nothing.
const ast::Name* FindLater(Module* module, std::string_view name) {
  if (!module->values) {
    auto& values = module->values.emplace();
    const auto add = [&](const auto& items) {
      for (const auto& item : items) {
        values.try_emplace(item.name.text, &item.name);
      }
    };
    add(module->tree->lets);
    add(module->tree->inputs);
    add(module->tree->configs);
  }
  const auto found = module->values->find(name);
  return found == module->values->end() ? nullptr : found->second;
}

}  // namespace

Formula Expressions::Name(const ast::DottedName& name) {
  const ast::Name& first = name.parts[0];
  const Symbol* symbol = scope_.Find(first.text);
  if (symbol == nullptr) {
    if (const ast::Name* later = FindLater(&context_.modules[module_], first.text)) {
      context_
          .Error(Kind::kUnknownName, first.range,
                 fmt::format("`{}` is declared further down; a value stands above what uses it",
                             first.text))
          .AddNote(later->range, "declared here");
      return ErrorFormula();
    }
    context_
        .Error(Kind::kUnknownName, first.range, fmt::format("there is no `{}` here", first.text))
        .Suggest(first.text,
                 context_.wants_suggestions() ? scope_.Names() : std::vector<std::string>());
    return ErrorFormula();
  }
  size_t used = 1;
  if (symbol->kind == SymbolKind::kModule && name.parts.size() > 1) {
    // What a module imports is its own affair.
    const Scope& scope = context_.modules[symbol->index].scope;
    const Symbol* member = scope.Find(name.parts[1].text);
    if (member == nullptr || member->kind == SymbolKind::kModule) {
      context_
          .Error(Kind::kUnknownName, name.parts[1].range,
                 fmt::format("module `{}` has no `{}`", first.text, name.parts[1].text))
          .Suggest(name.parts[1].text,
                   context_.wants_suggestions() ? scope.Names() : std::vector<std::string>());
      return ErrorFormula();
    }
    symbol = member;
    used = 2;
  }
  Formula formula;
  switch (symbol->kind) {
    case SymbolKind::kModule:
    case SymbolKind::kDeclaration:
      context_.Error(Kind::kWrongKind, name.range,
                     fmt::format("`{}` is a {}, not a value", name.Text(),
                                 symbol->kind == SymbolKind::kModule && name.parts.size() == 1
                                     ? "module"
                                     : "name to call"));
      return ErrorFormula();
    case SymbolKind::kParameter:
      formula.kind = FormulaKind::kParameter;
      formula.parameter = symbol->index;
      formula.type = symbol->type;
      break;
    case SymbolKind::kConstant:
      formula = Formula::Constant(symbol->type, symbol->value);
      break;
  }
  return name.parts.size() == used ? formula : Member(std::move(formula), name, used);
}

// The members of `base` from the name's part number `part` on.
Formula Expressions::Member(Formula base, const ast::DottedName& name, size_t part) {
  if (base.type.is_error()) {
    return base;
  }
  if (base.type.kind == TypeKind::kConfig && IsConstant(base)) {
    return ConfigMember(std::move(base), name, part);
  }
  const ast::Name& member = name.parts[part];
  if (base.type.kind == TypeKind::kMap) {
    Formula value = MapMember(std::move(base), member);
    return part + 1 == name.parts.size() ? value : Member(std::move(value), name, part + 1);
  }
  Formula formula;
  formula.kind = FormulaKind::kMember;
  formula.member = member.text;
  std::vector<std::string> known;
  if (base.type.kind == TypeKind::kKey) {
    known = {"name", "config"};
    if (member.text == "name" || member.text == "config") {
      formula.type = Type::Of(member.text == "name" ? TypeKind::kString : TypeKind::kConfig);
    }
  }
  auto handle = context_.handle_types.find(TypeName(base.type));
  if (handle != context_.handle_types.end()) {
    // What only some makers of the type have is a member where it is known who made the value.
    size_t makers_with_it = 0;
    size_t maker_count = 0;
    for (DeclarationId maker : handle->second.makers) {
      const Declaration& declaration = context_.declaration(maker);
      if (IsConstant(base) && declaration.name != base.constant.text) {
        continue;
      }
      ++maker_count;
      for (const Parameter& parameter : declaration.parameters) {
        known.push_back(parameter.name);
        if (parameter.name == member.text) {
          formula.type = parameter.type;
          ++makers_with_it;
        }
      }
    }
    if (makers_with_it != maker_count && !may_lack_members_) {
      formula.type = {};
    }
  }
  if (formula.type.is_error()) {
    context_
        .Error(Kind::kUnknownMember, member.range,
               fmt::format("{} has no `{}`", WithArticle(TypeName(base.type)), member.text))
        .SetHint(MemberHint(member.text, known));
    return formula;
  }
  bool is_constant = IsConstant(base);
  formula.operands.push_back(std::move(base));
  if (is_constant) {
    Type type = formula.type;
    formula = Formula::Constant(type, Evaluate(formula, {}, context_.program));
  }
  return part + 1 == name.parts.size() ? formula : Member(std::move(formula), name, part + 1);
}

// A key of a configuration, whose name may have dots in it, or an argument of its handle.
Formula Expressions::ConfigMember(Formula base, const ast::DottedName& name, size_t part) {
  const plan::Config* config = context_.FindConfig(base.constant.text);
  if (config == nullptr) {
    return ErrorFormula();
  }
  std::string key_name;
  for (size_t i = part; i < name.parts.size(); ++i) {
    key_name += (key_name.empty() ? "" : ".") + name.parts[i].text;
  }
  if (context_.FindKey(config->name, key_name) != nullptr) {
    plan::Value value = TextValue(plan::ValueKind::kKey, key_name);
    value.fields.push_back({"config", TextValue(plan::ValueKind::kString, config->name)});
    return Literal(TypeKind::kKey, std::move(value));
  }
  if (part + 1 == name.parts.size()) {
    const plan::Value* argument = FindField(config->handle.fields, name.parts[part].text);
    if (argument != nullptr) {
      return Formula::Constant(Type::Of(TypeKindOf(argument->kind)), *argument);
    }
  }
  const auto known = [&] {
    std::vector<std::string> names;
    for (const plan::ConfigKey& key : config->keys) {
      names.push_back(key.name);
    }
    return names;
  };
  SourceRange range = Cover(name.parts[part].range, name.parts.back().range);
  context_
      .Error(Kind::kUnknownMember, range,
             fmt::format("`{}` has no key `{}`, every key stands in its `config`", config->name,
                         key_name))
      .Suggest(key_name, context_.Candidates(known));
  return ErrorFormula();
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
  plan::Value value = TextValue(ValueKindOf(declaration.result.kind), declaration.name);
  value.fields = std::move(call->arguments);
  return Formula::Constant(declaration.result, std::move(value));
}

}  // namespace upgraph::sema
