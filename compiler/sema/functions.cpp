// Functions: one expression over parameters, pure. Each is read once, when it is first called, and
// becomes a formula that is worked out at every call. None calls itself, so this ends.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "compiler/sema/expressions.h"
#include "compiler/sema/statement_reader.h"

namespace upgraph::sema {
namespace {

void ReportRecursion(Context* context, DeclarationId id, SourceRange range) {
  const auto& open = context->open_functions;
  const auto first = std::find_if(open.begin(), open.end(),
                                  [id](const auto& function) { return function.first == id; });
  std::string names;
  for (auto caller = first; caller != open.end(); ++caller) {
    names += "`" + context->declaration(caller->first).name + "` -> ";
  }
  const std::string& name = context->declaration(id).name;
  auto& error = context->Error(
      Kind::kRecursion, range,
      fmt::format("function `{}` would call itself: {}`{}`; a function is worked out when the "
                  "spec is compiled, and that has to end",
                  name, names, name));
  error.AddNote(context->declaration(id).range, "declared here");
  for (auto call = first + 1; call < open.end(); ++call) {
    error.AddNote(call->second,
                  fmt::format("`{}` is called here", context->declaration(call->first).name));
  }
}

Formula ReadBody(Context* context, DeclarationId id, const Function& function) {
  const Declaration& declaration = context->declaration(id);
  Scope scope(&context->modules[function.module].scope);
  for (size_t i = 0; i < declaration.parameters.size(); ++i) {
    Symbol symbol;
    symbol.kind = SymbolKind::kParameter;
    symbol.index = static_cast<uint32_t>(i);
    symbol.type = declaration.parameters[i].type;
    // A name that is taken was reported with the head, but for a `let` that came later.
    if (!function.tree->value ||
        !context->Declare(&scope, function.tree->parameters[i].name, std::move(symbol))) {
      return ErrorFormula();
    }
  }
  Expressions expressions(context, function.module, &scope);
  return expressions.Analyze(
      *function.tree->value,
      {declaration.result, "what `" + declaration.name + "` gives", function.tree->result->range});
}

}  // namespace

const Function* PrepareFunction(Context* context, DeclarationId id, SourceRange range) {
  Function& function = context->functions.at(id);
  if (function.state == Function::State::kOpen) {
    ReportRecursion(context, id, range);
    return nullptr;
  }
  if (function.state == Function::State::kNew) {
    if (!function.tree->value || !function.tree->result) {
      function.state = Function::State::kDone;  // said where it is declared
      return nullptr;
    }
    function.state = Function::State::kOpen;
    context->open_functions.emplace_back(id, range);
    // Its mistakes are its own, whoever called it first.
    std::vector<SourceRange> call_sites = std::exchange(context->call_sites, {});
    if (context->open_functions.size() > kCallDepthMax) {
      context->Error(Kind::kTooLarge, range,
                     fmt::format("functions call functions more than {} deep", kCallDepthMax));
    } else {
      const uint32_t errors_before = context->emitter.error_count();
      Formula body = ReadBody(context, id, function);
      if (context->emitter.error_count() == errors_before && !body.type.is_error()) {
        function.body = std::make_shared<const Formula>(std::move(body));
      }
    }
    context->call_sites = std::move(call_sites);
    context->open_functions.pop_back();
    function.state = Function::State::kDone;
  }
  return function.body == nullptr ? nullptr : &function;
}

void AnalyzeFunctions(Context* context) {
  for (const auto& [id, function] : context->functions) {
    PrepareFunction(context, id, function.tree->name.range);
  }
}

}  // namespace upgraph::sema
