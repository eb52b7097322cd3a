#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "compiler/sema/expressions.h"

namespace upgraph::sema {
namespace {

std::vector<std::string> CallableNames(const Context& context, const Module& module,
                                       const std::string& prefix) {
  std::vector<std::string> names;
  for (const ast::Declaration& tree : module.tree->declarations) {
    if (tree.kind != ast::DeclarationKind::kResource) {
      names.push_back(prefix + tree.name.text);
    }
  }
  if (&module == &context.modules[0]) {
    for (uint32_t import : module.imports) {
      const Module& other = context.modules[import];
      std::string alias = other.name.substr(other.name.rfind('.') + 1) + ".";
      std::vector<std::string> more = CallableNames(context, other, alias);
      names.insert(names.end(), more.begin(), more.end());
    }
  }
  return names;
}

std::string ParameterList(const Declaration& declaration) {
  std::string text;
  for (const Parameter& parameter : declaration.parameters) {
    text += (text.empty() ? "" : ", ") + parameter.name + ": " + TypeName(parameter.type);
  }
  return declaration.name + "(" + text + ")";
}

// Whether nothing in it takes more than one blank or one line. What it says no to may be so too.
bool IsOneLine(std::string_view text) {
  char last = '\0';
  for (const char c : text) {
    if (c == '\t' || c == '\n' || c == '\r' || (c == ' ' && last == ' ')) {
      return false;
    }
    last = c;
  }
  return true;
}

// Runs of white space, line ends included, become one space each; texts in quotes stay.
void AppendOneLine(std::string_view text, std::string* title) {
  if (IsOneLine(text)) {
    title->append(text);
    return;
  }
  std::string line;
  char quote = '\0';
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    bool is_space = quote == '\0' && (c == ' ' || c == '\t' || c == '\n' || c == '\r');
    if (is_space && (line.empty() || line.back() == ' ')) {
      continue;
    }
    line += is_space ? ' ' : c;
    if (quote == '"' && c == '\\' && i + 1 < text.size()) {
      line += text[++i];
    } else if (quote == '\0' && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == quote) {
      quote = '\0';
    }
  }
  *title += line;
}

// `files.link(`
void AppendCallee(const ast::DottedName& name, std::string* title) {
  for (size_t i = 0; i < name.parts.size(); ++i) {
    if (i > 0) {
      *title += '.';
    }
    *title += name.parts[i].text;
  }
  *title += '(';
}

// What stands before the value of an argument.
void AppendArgumentName(const ast::Expr& call, size_t index, std::string* title) {
  if (index > 0) {
    title->append(", ");
  }
  if (call.arguments[index].name) {
    *title += call.arguments[index].name->text;
    title->append(": ");
  }
}

// A line before the first import, or at the beginning of the spec that holds `user`.
diagnostics::Edit ImportEdit(const Context& context, const Module& module, SourceRange user,
                             const std::string& name) {
  SourceRange place{user.buffer_id, 0, 0};
  if (!module.tree->imports.empty()) {
    const SourceRange first = module.tree->imports[0].name.range;
    place.begin = place.end = first.begin - (context.sources.Locate(first).column - 1);
  }
  return {place, "import " + name + "\n"};
}

// The only module that is imported and declares what can be called so; empty: none or several.
std::string FindOwner(const Context& context, const Module& here, const std::string& name) {
  std::string owner;
  for (const std::string& known : here.scope.Names()) {
    const Symbol* symbol = here.scope.Find(known);
    if (symbol->kind != SymbolKind::kModule) {
      continue;
    }
    const Symbol* member = context.modules[symbol->index].scope.Find(name);
    if (member != nullptr && member->kind == SymbolKind::kDeclaration) {
      if (!owner.empty()) {
        return "";
      }
      owner = known;
    }
  }
  return owner;
}

}  // namespace

std::optional<DeclarationId> Expressions::FindCallee(const ast::DottedName& callee,
                                                     std::optional<Formula>* receiver) {
  const ast::Name& first = callee.parts[0];
  const Module& here = context_.modules[module_];
  const Symbol* symbol = scope_.Find(first.text);
  auto unknown = [&](SourceRange range, const Module& module, const std::string& prefix) {
    auto& error = context_.Error(Kind::kUnknownName, range,
                                 fmt::format("there is no `{}` to call", callee.Text()));
    if (context_.wants_suggestions()) {
      error.Suggest(callee.Text(), CallableNames(context_, module, prefix));
      for (diagnostics::Edit& edit : error.fix) {
        edit.range = callee.range;  // the whole name was meant, whatever part of it is marked
      }
    }
    if (callee.parts.size() == 1 && context_.wants_suggestions()) {
      if (const std::string owner = FindOwner(context_, module, first.text); !owner.empty()) {
        error.SetHint(fmt::format("did you mean `{}.{}`?", owner, first.text));
        error.fix = {{callee.range, owner + "." + first.text}};
      }
    }
    if (error.hint.empty() && context_.wants_suggestions()) {
      error.SetHint(SuggestHint(callee.parts.back().text, CallableNames(context_, module, "")));
    }
    return std::nullopt;
  };
  if (symbol == nullptr) {
    const auto& known = context_.input.known_modules;
    if (std::find(known.begin(), known.end(), "std." + first.text) != known.end()) {
      context_
          .Error(Kind::kUnknownName, first.range,
                 fmt::format("module `{}` is not imported", first.text))
          .SetHint("add `import std." + first.text + "`")
          .fix = {ImportEdit(context_, here, first.range, "std." + first.text)};
      return std::nullopt;
    }
    return unknown(callee.range, here, "");
  }
  if (symbol->kind == SymbolKind::kDeclaration && callee.parts.size() == 1) {
    return DeclarationId(symbol->index);
  }
  const Module* module = nullptr;
  if (symbol->kind == SymbolKind::kModule && callee.parts.size() == 2) {
    module = &context_.modules[symbol->index];
  } else if ((symbol->kind == SymbolKind::kConstant ||
              (symbol->kind == SymbolKind::kParameter && parameters_ == Parameters::kAllowed)) &&
             callee.parts.size() == 2) {
    auto type = context_.handle_types.find(TypeName(symbol->type));
    if (symbol->type.is_error()) {
      return std::nullopt;
    }
    if (type != context_.handle_types.end()) {
      module = &context_.modules[type->second.module];
      *receiver = Name({{first}, first.range});
    }
  }
  if (module == nullptr) {
    return unknown(callee.range, here, "");
  }
  // What a module imports is its own affair, so only what it declares can be called.
  const Symbol* member = module->scope.Find(callee.parts[1].text);
  if (member == nullptr || member->kind != SymbolKind::kDeclaration) {
    return unknown(callee.parts[1].range, *module, first.text + ".");
  }
  return DeclarationId(member->index);
}

std::optional<Call> Expressions::AnalyzeCall(const ast::Expr& expr, DeclarationKind wanted,
                                             const std::string& use) {
  if (expr.kind == ast::ExprKind::kError) {
    return std::nullopt;
  }
  if (expr.kind != ast::ExprKind::kCall) {
    context_.Error(Kind::kWrongKind, expr.range,
                   fmt::format("`{}` is not a call; {}", Title(expr), use));
    return std::nullopt;
  }
  std::optional<Formula> receiver;
  std::optional<DeclarationId> id = FindCallee(expr.name, &receiver);
  return id ? BindCall(expr, *id, receiver, wanted, use) : std::nullopt;
}

std::optional<Call> Expressions::BindCall(const ast::Expr& expr, DeclarationId id,
                                          const std::optional<Formula>& receiver,
                                          DeclarationKind wanted, const std::string& use) {
  const Declaration& declaration = context_.declaration(id);
  if (declaration.kind != wanted) {
    context_
        .Error(Kind::kWrongKind, expr.name.range,
               fmt::format("`{}` is a {}; {}", declaration.name,
                           DeclarationKindName(declaration.kind), use))
        .AddNote(declaration.range, "declared here");
    return std::nullopt;
  }
  Call call;
  call.declaration_id = id;
  call.range = expr.range;
  if (!BindArguments(expr, declaration, receiver, &call)) {
    return std::nullopt;
  }
  call.title = CallTitle(expr, call);
  return call;
}

// Which argument stands for which parameter; `first` parameters are taken by the receiver.
bool Expressions::SortArguments(const ast::Expr& expr, const Declaration& declaration, size_t first,
                                std::vector<const ast::Argument*>* by_parameter) {
  bool is_good = true;
  bool was_named = false;
  size_t next = first;
  by_parameter->assign(declaration.parameters.size(), nullptr);
  for (const ast::Argument& argument : expr.arguments) {
    size_t index = next;
    if (argument.name) {
      was_named = true;
      index = 0;
      while (index < declaration.parameters.size() &&
             declaration.parameters[index].name != argument.name->text) {
        ++index;
      }
    } else {
      ++next;
    }
    if (index >= declaration.parameters.size() || (was_named && !argument.name)) {
      bool is_late = was_named && !argument.name;
      std::vector<std::string> known;
      for (const Parameter& parameter : declaration.parameters) {
        known.push_back(parameter.name);
      }
      std::string message =
          is_late ? "an argument without a name cannot follow one with a name"
          : argument.name
              ? fmt::format("`{}` has no parameter `{}`", declaration.name, argument.name->text)
              : fmt::format("`{}` takes {} argument{}, this is one more", declaration.name,
                            known.size(), known.size() == 1 ? "" : "s");
      auto& error =
          context_.Error(Kind::kUnknownArgument,
                         argument.name ? argument.name->range : argument.value.range, message);
      if (argument.name) {
        error.Suggest(argument.name->text, known);
      }
      if (error.hint.empty()) {
        error.SetHint("it is declared `" + ParameterList(declaration) + "`");
      }
      error.AddNote(declaration.range, "declared here");
      is_good = false;
      continue;
    }
    const ast::Argument*& place = (*by_parameter)[index];
    if (place != nullptr || index < first) {
      auto& error = context_.Error(
          Kind::kDuplicateArgument, argument.name ? argument.name->range : argument.value.range,
          fmt::format("`{}` is given twice", declaration.parameters[index].name));
      if (place != nullptr) {
        error.AddNote(place->value.range, "first given here");
      }
      is_good = false;
      continue;
    }
    place = &argument;
  }
  return is_good;
}

// `Value` is of the type of the key that is given beside it.
Type Expressions::KeyValueType(const Call& call) const {
  for (const plan::Field& argument : call.arguments) {
    if (argument.value.kind == plan::ValueKind::kKey) {
      const std::string& config = argument.value.fields[0].value.text;
      const plan::ConfigKey* key = context_.FindKey(config, argument.value.text);
      return key == nullptr ? Type{} : Type::Of(TypeKindOf(key->type));
    }
  }
  return {};
}

void Expressions::ReportMissing(const ast::Expr& expr, const Declaration& declaration,
                                const Parameter& parameter) {
  context_
      .Error(Kind::kMissingArgument, expr.range,
             fmt::format("`{}` of `{}` is missing, it has no default", parameter.name,
                         declaration.name))
      .SetHint("it is declared `" + ParameterList(declaration) + "`")
      .AddNote(parameter.range, "declared here");
}

Formula Expressions::AnalyzeArgument(const ast::Expr& expr, const Parameter& parameter,
                                     const Call& call) {
  if (parameter.type.kind != TypeKind::kKeyValue) {
    return Analyze(expr, {parameter.type, parameter.what, parameter.range});
  }
  const std::string what =
      call.arguments.empty() ? parameter.what : "key `" + call.arguments[0].value.text + "`";
  return Analyze(expr, {KeyValueType(call), what, parameter.range});
}

bool Expressions::BindArguments(const ast::Expr& expr, const Declaration& declaration,
                                const std::optional<Formula>& receiver, Call* call) {
  std::vector<const ast::Argument*> by_parameter;
  size_t first = receiver ? 1 : 0;
  bool is_good = SortArguments(expr, declaration, first, &by_parameter);
  bool was_sorted = is_good;
  call->arguments.reserve(declaration.parameters.size());
  call->argument_ranges.reserve(declaration.parameters.size());
  for (size_t i = 0; i < declaration.parameters.size(); ++i) {
    const Parameter& parameter = declaration.parameters[i];
    SourceRange range = expr.name.range;
    plan::Value value;
    if (i < first) {
      if (!Fits(receiver->type, parameter.type)) {
        context_.Error(Kind::kWrongType, expr.name.range,
                       fmt::format("`{}` is {}, but {} is {}; values never convert",
                                   expr.name.parts[0].text, WithArticle(TypeName(receiver->type)),
                                   parameter.what, WithArticle(TypeName(parameter.type))));
        is_good = false;
      }
      value = receiver->constant;
      saw_parameter_ = saw_parameter_ || !receiver->is_constant();
    } else if (by_parameter[i] != nullptr) {
      range = by_parameter[i]->value.range;
      Formula formula = AnalyzeArgument(by_parameter[i]->value, parameter, *call);
      if (formula.type.is_error()) {
        is_good = false;
      } else if (!formula.is_constant() && parameters_ == Parameters::kAllowed) {
        saw_parameter_ = true;
      } else if (!formula.is_constant()) {
        context_.Error(Kind::kNotConstant, range,
                       "a parameter cannot be passed on here, the value must be known");
        is_good = false;
      } else {
        value = std::move(formula.constant);
      }
    } else if (parameter.default_value) {
      Evaluation evaluation;
      value = Evaluate(*parameter.default_value, call->arguments, context_.program, &evaluation);
      if (!evaluation.fault.message.empty()) {
        context_.Error(evaluation.fault.kind, expr.range, evaluation.fault.message)
            .AddNote(parameter.range, "in the default of this parameter");
        is_good = false;
      }
    } else {
      if (was_sorted) {
        ReportMissing(expr, declaration, parameter);
      }
      is_good = false;
    }
    call->arguments.push_back({parameter.name, std::move(value)});
    call->argument_ranges.push_back(range);
  }
  return is_good;
}

bool Expressions::IsUnrolled(const ast::DottedName& name) const {
  const Symbol* symbol = name.parts.empty() ? nullptr : scope_.Find(name.parts[0].text);
  return symbol != nullptr && symbol->is_unrolled;
}

bool Expressions::IsUnrolled(const ast::Expr& expr) const {
  auto is_unrolled = [this](const auto& item) { return IsUnrolled(item); };
  return IsUnrolled(expr.name) ||
         std::any_of(expr.operands.begin(), expr.operands.end(), is_unrolled) ||
         std::any_of(expr.parts.begin(), expr.parts.end(),
                     [&](const ast::TextPart& part) { return IsUnrolled(part.name); }) ||
         std::any_of(expr.arguments.begin(), expr.arguments.end(),
                     [&](const ast::Argument& argument) { return IsUnrolled(argument.value); });
}

// As written, but for values that differ from one unrolled call to the next.
std::string Expressions::CallTitle(const ast::Expr& expr, const Call& call) const {
  std::string title;
  title.reserve(expr.range.size_bytes());
  AppendCallee(expr.name, &title);
  for (size_t i = 0; i < expr.arguments.size(); ++i) {
    AppendArgumentName(expr, i, &title);
    const ast::Expr& value = expr.arguments[i].value;
    const auto range = IsUnrolled(value) ? std::find(call.argument_ranges.begin(),
                                                     call.argument_ranges.end(), value.range)
                                         : call.argument_ranges.end();
    if (range != call.argument_ranges.end()) {
      auto index = static_cast<size_t>(range - call.argument_ranges.begin());
      title += plan::FormatValue(call.arguments[index].value);
    } else {
      AppendTitle(value, &title);
    }
  }
  title += ')';
  return title;
}

std::string Expressions::Title(const ast::Expr& expr) const {
  std::string title;
  AppendTitle(expr, &title);
  return title;
}

void Expressions::AppendTitle(const ast::Expr& expr, std::string* title) const {
  if (expr.kind != ast::ExprKind::kCall) {
    AppendOneLine(context_.sources.Text(expr.range), title);
    return;
  }
  AppendCallee(expr.name, title);
  for (size_t i = 0; i < expr.arguments.size(); ++i) {
    AppendArgumentName(expr, i, title);
    AppendTitle(expr.arguments[i].value, title);
  }
  *title += ')';
}

}  // namespace upgraph::sema
