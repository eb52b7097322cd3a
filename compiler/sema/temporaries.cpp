// What is temporary: steps that issue something, the steps that end it, `end` and `keep`. Ends that
// nobody writes are derived when the plan is built (compiler/lower).

#include <fmt/format.h>

#include <utility>

#include "compiler/sema/properties.h"
#include "compiler/sema/statement_reader.h"

namespace upgraph::sema {
namespace {

// The end of what a call issues, as a call of its own.
Call EndOf(const Context& context, const Call& issuing) {
  const Declaration& issuer = context.program.declaration(issuing.declaration_id);
  const EndFormula& formula = *issuer.step.ends;
  const Declaration& end = context.program.declaration(formula.declaration_id);
  Call call;
  call.declaration_id = formula.declaration_id;
  call.range = issuing.range;
  call.title = end.name + "(";
  for (size_t i = 0; i < end.parameters.size(); ++i) {
    plan::Value value = Evaluate(formula.arguments[i], issuing.arguments, context.program);
    call.title += (i == 0 ? "" : ", ") + plan::FormatValue(value);
    call.arguments.push_back({end.parameters[i].name, std::move(value)});
    call.argument_ranges.push_back(issuing.range);
  }
  call.title += ")";
  return call;
}

}  // namespace

std::optional<DeclarationId> Expressions::FindStep(const ast::Expr& expr) const {
  if (expr.kind != ast::ExprKind::kCall) {
    return std::nullopt;
  }
  const ast::List<ast::Name>& parts = expr.name.parts;
  const Symbol* symbol = scope_.Find(parts[0].text);
  if (symbol != nullptr && parts.size() == 2) {
    const Module* module = nullptr;
    if (symbol->kind == SymbolKind::kModule) {
      module = &context_.modules[symbol->index];
    } else if (auto type = context_.handle_types.find(TypeName(symbol->type));
               type != context_.handle_types.end()) {
      module = &context_.modules[type->second.module];
    }
    symbol = module == nullptr ? nullptr : module->scope.Find(parts[1].text);
  }
  if (symbol == nullptr || symbol->kind != SymbolKind::kDeclaration) {
    return std::nullopt;
  }
  DeclarationId id(symbol->index);
  return context_.declaration(id).kind == DeclarationKind::kStep ? std::optional(id) : std::nullopt;
}

std::optional<EndFormula> Expressions::AnalyzeEnd(const ast::Expr& expr) {
  std::optional<Formula> receiver;
  std::optional<DeclarationId> id = FindCallee(expr.name, &receiver);
  if (!id) {
    return std::nullopt;
  }
  const Declaration& declaration = context_.declaration(*id);
  if (declaration.kind != DeclarationKind::kStep || receiver) {
    context_
        .Error(Kind::kWrongKind, expr.name.range,
               fmt::format("`{}` is no step; `ends` names the step that ends it", expr.name.Text()))
        .AddNote(declaration.range, "declared here");
    return std::nullopt;
  }
  std::vector<const ast::Argument*> by_parameter;
  if (!SortArguments(expr, declaration, 0, &by_parameter)) {
    return std::nullopt;
  }
  EndFormula end{*id, {}, expr.range};
  for (size_t i = 0; i < declaration.parameters.size(); ++i) {
    const Parameter& parameter = declaration.parameters[i];
    if (by_parameter[i] == nullptr) {
      context_
          .Error(Kind::kMissingArgument, expr.range,
                 fmt::format("{} is missing, an end is given all arguments", parameter.what))
          .AddNote(parameter.range, "declared here");
      return std::nullopt;
    }
    end.arguments.push_back(
        Analyze(by_parameter[i]->value, {parameter.type, parameter.what, parameter.range}));
    if (end.arguments.back().type.is_error()) {
      return std::nullopt;
    }
  }
  return end;
}

void ReadEnds(Context* context, uint32_t module, const Scope& scope, const ast::Property& property,
              DeclarationId id) {
  const bool is_call = property.groups.size() == 1 && property.groups[0].size() == 1 &&
                       property.groups[0][0].kind == ast::ExprKind::kCall;
  if (!is_call) {
    context->Error(Kind::kBadProperty, property.range,
                   "`ends` does not read as it must; it is written `ends close(port)`");
    return;
  }
  context->declaration(id).step.ends =
      Expressions(context, module, &scope).AnalyzeEnd(property.groups[0][0]);
}

void CheckEnds(Context* context) {
  for (const Declaration& declaration : context->program.declarations) {
    if (!declaration.step.ends) {
      continue;
    }
    const EndFormula& ends = *declaration.step.ends;
    const Declaration& end = context->declaration(ends.declaration_id);
    std::string fault;
    if (context->composites.count(ends.declaration_id) != 0) {
      fault = "is made of others; an end is one step";
    } else if (!end.result.is_error()) {
      fault = "issues something itself; an end leaves nothing behind";
    } else if (!end.step.phases[static_cast<size_t>(plan::Phase::kCleanup)]) {
      fault = "is not made for `cleanup`, where what is temporary ends by itself";
    }
    if (!fault.empty()) {
      context
          ->Error(Kind::kBadProperty, ends.range,
                  fmt::format("`{}` cannot end what `{}` issues: it {}", end.name, declaration.name,
                              fault))
          .AddNote(end.range, "declared here");
    }
  }
}

// `let token = issue(…)`, or without a name. The result is what the name stands for.
bool StatementReader::ReadIssue(const ast::Name* name, const ast::TypeRef* type, const Call& call,
                                Statement* statement) {
  const Declaration& declaration = context_.declaration(call.declaration_id);
  if (declaration.result.is_error() || !declaration.step.ends) {
    if (name == nullptr) {
      return true;
    }
    if (declaration.result.is_error()) {
      context_
          .Error(Kind::kWrongKind, call.range,
                 fmt::format("step `{}` gives nothing that `{}` could stand for", declaration.name,
                             name->text))
          .AddNote(declaration.range, "declared here");
    }
    context_.Declare(scope_, *name, {});  // its uses are not reported again
    return false;
  }
  Symbol symbol;
  symbol.type = declaration.result;
  symbol.value.kind = plan::ValueKind::kTemporary;
  if (is_judged_only() || temporaries_ == nullptr) {
    symbol.kind = SymbolKind::kParameter;
  } else {
    statement->issues = static_cast<uint32_t>(temporaries_->size());
    symbol.value.number = statement->issues;
    Temporary temporary;
    Type lasting = declaration.result;
    lasting.is_temporary = false;
    temporary.type = TypeName(lasting);
    temporary.end = EndOf(context_, call);
    temporaries_->push_back(std::move(temporary));
  }
  if (type != nullptr) {
    Type written = ResolveType(&context_, context_.modules[module_], *type);
    if (!Fits(symbol.type, written)) {
      context_
          .Error(Kind::kWrongType, call.range,
                 fmt::format("`{}` gives {}, but `{}` is {}; values never convert",
                             declaration.name, WithArticle(TypeName(symbol.type)), name->text,
                             WithArticle(TypeName(written))))
          .AddNote(type->range, "declared here");
      symbol.type = {};
    }
  }
  if (name != nullptr) {
    context_.Declare(scope_, *name, std::move(symbol));
  }
  return true;
}

// The temporary that `end x` or `keep x` names; null after an error, and where steps are judged for
// any arguments.
Temporary* StatementReader::FindTemporary(const ast::Name& name, const char* word) {
  const Symbol* symbol = scope_->Find(name.text);
  if (symbol == nullptr) {
    context_.Error(Kind::kUnknownName, name.range, fmt::format("there is no `{}` here", name.text))
        .SetHint(context_.wants_suggestions() ? SuggestHint(name.text, scope_->Names()) : "");
    return nullptr;
  }
  const bool is_value =
      symbol->kind == SymbolKind::kConstant || symbol->kind == SymbolKind::kParameter;
  if (is_value && symbol->type.is_error()) {
    return nullptr;  // said before
  }
  if (!is_value || !symbol->type.is_temporary) {
    auto& error = context_.Error(
        Kind::kWrongKind, name.range,
        fmt::format("`{}` is not temporary; `{}` takes what a step issued", name.text, word));
    if (symbol->range.has_value()) {
      error.AddNote(symbol->range, "declared here");
    }
    return nullptr;
  }
  const bool is_known =
      !is_judged_only() && temporaries_ != nullptr && symbol->kind == SymbolKind::kConstant;
  return is_known ? &(*temporaries_)[static_cast<size_t>(symbol->value.number)] : nullptr;
}

bool StatementReader::ReadEnd(const ast::Statement& tree, Statement* statement) {
  Temporary* temporary = FindTemporary(*tree.name, "end");
  if (temporary == nullptr || !CountStep(tree.range)) {
    return false;
  }
  temporary->is_ended = true;
  statement->ends = static_cast<uint32_t>(temporary - temporaries_->data());
  statement->call = temporary->end;
  statement->call.range = tree.range;
  return true;
}

void StatementReader::ReadKeep(const ast::Statement& tree) {
  Temporary* temporary = FindTemporary(*tree.name, "keep");
  if (temporary == nullptr) {
    return;
  }
  std::optional<std::string> reason = PlainText(*tree.text);
  if (!reason || reason->empty()) {
    context_.Error(Kind::kBadProperty, tree.text->range,
                   "`keep` says why it is handed over, in plain words");
    return;
  }
  if (!temporary->kept.empty()) {
    context_
        .Error(Kind::kDuplicateProperty, tree.range,
               fmt::format("`{}` is kept twice", tree.name->text))
        .AddNote(temporary->keep_range, "first kept here");
    return;
  }
  temporary->kept = *reason;
  temporary->keep_range = tree.range;
}

}  // namespace upgraph::sema
