#include "compiler/sema/facts.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"

namespace upgraph::sema {

namespace {

constexpr std::string_view kInstalled = "installed";

// Two scopes may have a name in common; what the host is asked has names of its own.
std::string FreeName(const std::vector<plan::Fact>& facts, const std::string& name) {
  const auto is_taken = [&](const std::string& text) {
    return text == kInstalled || std::any_of(facts.begin(), facts.end(),
                                             [&](const auto& fact) { return fact.name == text; });
  };
  std::string free = name;
  for (int number = 2; is_taken(free); ++number) {
    free = fmt::format("{}_{}", name, number);
  }
  return free;
}

}  // namespace

bool CanWait(TypeKind kind) { return IsTextType(kind) || kind == TypeKind::kVersion; }

plan::Value AskFact(Context* context, const Declaration& declaration, Call call,
                    const std::string& name) {
  std::vector<plan::Fact>& facts = context->program.facts;
  std::vector<DeclarationId>& asked = context->program.fact_declarations;
  size_t i = 0;
  // The installed version is read from its answer, so that is not the answer itself.
  while (i < facts.size() && (facts[i].name == kInstalled || asked[i] != call.declaration_id ||
                              facts[i].arguments != call.arguments)) {
    ++i;
  }
  if (i == facts.size()) {
    asked.push_back(call.declaration_id);
    // Until a loop says how many; nobody asks for what no loop goes through.
    const uint32_t elements_max = declaration.result.kind == TypeKind::kList ? kFactElementsMax : 0;
    facts.push_back({FreeName(facts, name.empty() ? "fact" : name), "", std::move(call.arguments),
                     context->Position(call.range), elements_max});
  }
  plan::Value value;
  value.kind = ValueKindOf(declaration.result.kind);
  value.is_template = true;
  value.text = "${" + facts[i].name + "}";
  return value;
}

void NameFacts(Context* context) {
  for (size_t i = 0; i < context->program.fact_declarations.size(); ++i) {
    context->program.facts[i].native =
        context->declaration(context->program.fact_declarations[i]).native;
  }
}

}  // namespace upgraph::sema
