// Steps that are made of others. Their text is judged once for any arguments, so that a mistake is
// told once and a step that nobody calls is judged as well; each call then reads it again with its
// arguments. No step calls itself, so this ends.

#include <fmt/format.h>

#include <map>
#include <utility>

#include "compiler/sema/statement_reader.h"

namespace upgraph::sema {
namespace {

void JudgeSteps(Context* context, DeclarationId id, Composite* composite) {
  uint32_t errors_before = context->emitter.error_count();
  const Declaration& declaration = context->declaration(id);
  Scope hop(&context->modules[composite->module].scope);
  AddHop(*context, &hop);
  Scope scope(&hop);
  for (size_t i = 0; i < declaration.parameters.size(); ++i) {
    Symbol symbol;
    symbol.kind = SymbolKind::kParameter;
    symbol.index = static_cast<uint32_t>(i);
    symbol.type = declaration.parameters[i].type;
    if (!context->Declare(&scope, composite->tree->parameters[i].name, std::move(symbol))) {
      scope.Add(declaration.parameters[i].name, {});  // its uses are not reported again
    }
  }
  const ast::ItemBlock& block = composite->tree->blocks[0];
  if (block.statements.empty()) {
    context->Error(Kind::kEmptyBlock, block.name.range, "`steps` holds nothing, it needs a step");
  }
  StatementReader(context, composite->module, &scope, composite).ReadAll(block.statements, false);
  composite->is_broken = context->emitter.error_count() != errors_before;
}

// Finds calls that lead back to their caller, depth first, with a stack of its own.
class RecursionFinder {
 public:
  explicit RecursionFinder(Context* context) : context_(*context) {}

  void Run() {
    for (const auto& [id, composite] : context_.composites) {
      if (states_[id] == State::kNew) {
        Walk(id);
      }
    }
  }

 private:
  enum class State { kNew, kOpen, kDone };
  struct Frame {
    DeclarationId id;
    size_t next_call = 0;
  };

  void Walk(DeclarationId root) {
    std::vector<Frame> path = {{root, 0}};
    states_[root] = State::kOpen;
    while (!path.empty()) {
      Frame& frame = path.back();
      const Composite& composite = context_.composites.at(frame.id);
      if (frame.next_call == composite.calls.size()) {
        states_[frame.id] = State::kDone;
        path.pop_back();
        continue;
      }
      const auto& [callee, range] = composite.calls[frame.next_call++];
      if (states_[callee] == State::kOpen) {
        Report(path, callee, range);
      } else if (states_[callee] == State::kNew) {
        states_[callee] = State::kOpen;
        path.push_back({callee, 0});
      }
    }
  }

  void Report(const std::vector<Frame>& path, DeclarationId callee, SourceRange range) {
    std::string names;
    bool is_on_cycle = false;
    for (const Frame& frame : path) {
      is_on_cycle = is_on_cycle || frame.id == callee;
      if (is_on_cycle) {
        names += "`" + context_.declaration(frame.id).name + "` -> ";
        context_.composites.at(frame.id).is_broken = true;
      }
    }
    const std::string& name = context_.declaration(callee).name;
    context_
        .Error(Kind::kRecursion, range,
               fmt::format("step `{}` would call itself: {}`{}`; a step is made of other steps",
                           name, names, name))
        .AddNote(context_.declaration(callee).range, "declared here");
  }

  Context& context_;
  std::map<DeclarationId, State> states_;
};

}  // namespace

bool StatementReader::Expand(const Call& call, Statement* statement) {
  const Composite& composite = context_.composites.at(call.declaration_id);
  if (composite.is_broken) {
    return false;  // reported where it is declared
  }
  if (context_.call_sites.size() >= kCallDepthMax) {
    context_.Error(Kind::kTooLarge, call.range,
                   fmt::format("steps call steps more than {} deep", kCallDepthMax));
    return false;
  }
  const Declaration& declaration = context_.declaration(call.declaration_id);
  Scope hop(&context_.modules[composite.module].scope);
  AddHop(context_, &hop);
  Scope scope(&hop);
  for (size_t i = 0; i < declaration.parameters.size(); ++i) {
    Symbol symbol;
    symbol.type = declaration.parameters[i].type;
    symbol.value = call.arguments[i].value;
    symbol.is_unrolled = true;
    scope.Add(declaration.parameters[i].name, std::move(symbol));
  }
  uint32_t module = std::exchange(module_, composite.module);
  Scope* outer = std::exchange(scope_, &scope);
  context_.call_sites.push_back(call.range);
  uint32_t errors_before = context_.emitter.error_count();
  statement->kind = StatementKind::kBlock;
  statement->children = ReadAll(composite.tree->blocks[0].statements, false);
  context_.call_sites.pop_back();
  scope_ = outer;
  module_ = module;
  return context_.emitter.error_count() == errors_before;
}

void AnalyzeComposites(Context* context) {
  for (auto& [id, composite] : context->composites) {
    JudgeSteps(context, id, &composite);
  }
  RecursionFinder(context).Run();
}

}  // namespace upgraph::sema
