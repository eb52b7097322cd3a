#include <fmt/format.h>

#include "compiler/sema/statement_reader.h"

namespace upgraph::sema {
namespace {

std::optional<plan::Phase> FindPhase(std::string_view name) {
  for (int phase = 0; phase < plan::kPhaseCount; ++phase) {
    if (name == plan::PhaseName(static_cast<plan::Phase>(phase))) {
      return static_cast<plan::Phase>(phase);
    }
  }
  return std::nullopt;
}

void UnknownPhase(Context* context, const ast::Name& name) {
  std::vector<std::string> known;
  for (int phase = 0; phase < plan::kPhaseCount; ++phase) {
    known.emplace_back(plan::PhaseName(static_cast<plan::Phase>(phase)));
  }
  context
      ->Error(
          Kind::kUnknownPhase, name.range,
          fmt::format("there is no phase `{}`; the phases are `preflight`, `prepare`, `switch`, "
                      "`verify` and `cleanup`",
                      name.text))
      .SetHint(SuggestHint(name.text, known));
}

}  // namespace

void AddHop(const Context& context, Scope* scope) {
  Symbol from;
  from.type = Type::Of(TypeKind::kVersion);
  from.value.kind = plan::ValueKind::kVersion;
  from.value.is_template = true;
  from.value.text = "${from}";
  scope->Add("from", from);
  Symbol to;
  to.type = Type::Of(TypeKind::kVersion);
  to.value.kind = plan::ValueKind::kVersion;
  to.value.text = context.target;
  scope->Add("to", to);
}

void AnalyzePhases(Context* context, const ast::Upgrade& upgrade, Edge* edge) {
  Scope scope(&context->modules[0].scope);
  AddHop(*context, &scope);
  StatementReader reader(context, &scope, &edge->temporaries);
  const ast::ItemBlock* last = nullptr;
  for (const ast::ItemBlock& block : upgrade.phases) {
    std::optional<plan::Phase> phase = FindPhase(block.name.text);
    if (!phase) {
      UnknownPhase(context, block.name);
      continue;
    }
    if (last != nullptr && *phase <= *FindPhase(last->name.text)) {
      bool is_same = *phase == *FindPhase(last->name.text);
      context
          ->Error(is_same ? Kind::kDuplicateName : Kind::kBadProperty, block.name.range,
                  is_same ? fmt::format("phase `{}` is given twice", block.name.text)
                          : fmt::format("phase `{}` runs before `{}`, so it stands before it",
                                        block.name.text, last->name.text))
          .AddNote(last->name.range, is_same ? "first given here" : "the later phase");
      continue;
    }
    last = &block;
    reader.set_phase(*phase);
    edge->phases[static_cast<size_t>(*phase)] = reader.ReadAll(block.statements, false);
  }
}

}  // namespace upgraph::sema
