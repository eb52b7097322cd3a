#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/sema/expressions.h"

namespace upgraph::sema {
namespace {

// Labels of the statements before one, with their places.
using Labels = std::map<std::string, SourceRange, std::less<>>;

class PhaseReader {
 public:
  PhaseReader(Context* context, Scope* scope) : context_(*context), scope_(scope) {}

  std::vector<Statement> ReadAll(const std::vector<ast::Statement>& trees, bool is_parallel);

 private:
  std::optional<Statement> Read(const ast::Statement& tree);
  bool ReadCall(const ast::Statement& tree, Statement* statement);
  bool ReadLock(const ast::Statement& tree, Statement* statement);
  void ReadChildren(const ast::Statement& tree, const char* word, Statement* statement);
  void ReadAfter(const ast::Statement& tree, bool is_parallel, const Labels& labels,
                 Statement* statement);
  int64_t Duration(const std::optional<ast::Expr>& expr, const char* what);
  void CheckCall(const Call& call);

  Context& context_;
  Scope* scope_;
  std::vector<std::pair<std::string, SourceRange>> held_;  // names of the locks around
  uint32_t step_count_ = 0;
};

std::vector<Statement> PhaseReader::ReadAll(const std::vector<ast::Statement>& trees,
                                            bool is_parallel) {
  std::vector<Statement> statements;
  Labels labels;
  Scope* outer = scope_;
  for (const ast::Statement& tree : trees) {
    // What a branch declares is known in that branch only.
    Scope branch(outer);
    scope_ = is_parallel ? &branch : outer;
    std::optional<Statement> statement = Read(tree);
    scope_ = outer;
    Statement unlabelled;
    Statement& labelled = statement ? *statement : unlabelled;
    ReadAfter(tree, is_parallel, labels, &labelled);
    if (tree.label) {
      auto [first, is_new] = labels.try_emplace(tree.label->text, tree.label->range);
      if (!is_new) {
        context_
            .Error(Kind::kDuplicateName, tree.label->range,
                   fmt::format("label `{}` is given twice", tree.label->text))
            .AddNote(first->second, "first given here");
      }
      labelled.label = tree.label->text;
    }
    if (statement) {
      statements.push_back(std::move(*statement));
    }
  }
  return statements;
}

void PhaseReader::ReadAfter(const ast::Statement& tree, bool is_parallel, const Labels& labels,
                            Statement* statement) {
  for (const ast::Name& name : tree.after) {
    if (!is_parallel) {
      context_.Error(
          Kind::kUnknownLabel, name.range,
          "`after` adds an edge inside `parallel`; elsewhere the order is that of the text");
      return;
    }
    if (labels.count(name.text) == 0) {
      std::vector<std::string> known;
      for (const auto& [label, range] : labels) {
        known.push_back(label);
      }
      context_
          .Error(Kind::kUnknownLabel, name.range,
                 fmt::format("no earlier step of this `parallel` has the label `{}`", name.text))
          .SetHint(SuggestHint(name.text, known));
      continue;
    }
    statement->after.push_back(name.text);
  }
}

std::optional<Statement> PhaseReader::Read(const ast::Statement& tree) {
  Statement statement;
  statement.range = tree.range;
  switch (tree.kind) {
    case ast::StatementKind::kLet:
      AnalyzeLet(&context_, *tree.let, scope_);
      return std::nullopt;
    case ast::StatementKind::kCall:
      return ReadCall(tree, &statement) ? std::optional(std::move(statement)) : std::nullopt;
    case ast::StatementKind::kParallel:
      statement.kind = StatementKind::kParallel;
      ReadChildren(tree, "parallel", &statement);
      return statement;
    case ast::StatementKind::kBlock:
      statement.kind = StatementKind::kBlock;
      ReadChildren(tree, "block", &statement);
      return statement;
    case ast::StatementKind::kLock:
      statement.kind = StatementKind::kLock;
      return ReadLock(tree, &statement) ? std::optional(std::move(statement)) : std::nullopt;
  }
  UPGRAPH_UNREACHABLE("statement kind");
}

void PhaseReader::ReadChildren(const ast::Statement& tree, const char* word, Statement* statement) {
  if (tree.children.empty()) {
    context_.Error(Kind::kEmptyBlock, tree.range,
                   fmt::format("this `{}` holds nothing, it needs a step", word));
  }
  statement->children = ReadAll(tree.children, tree.kind == ast::StatementKind::kParallel);
}

bool PhaseReader::ReadCall(const ast::Statement& tree, Statement* statement) {
  Expressions expressions(&context_, 0, scope_);
  auto call =
      expressions.AnalyzeCall(tree.call, DeclarationKind::kStep, "a phase holds calls of steps");
  if (!call) {
    return false;
  }
  if (step_count_ >= kPlanStepsMax) {
    if (step_count_++ == kPlanStepsMax) {
      context_.Error(Kind::kTooLarge, tree.call.range,
                     fmt::format("a plan has at most {} steps", kPlanStepsMax));
    }
    return false;
  }
  ++step_count_;
  CheckCall(*call);
  statement->call = std::move(*call);
  return true;
}

// What can be judged only once the arguments are known.
void PhaseReader::CheckCall(const Call& call) {
  const Declaration& declaration = context_.declaration(call.declaration_id);
  const auto& configs = context_.program.configs;
  if (Evaluate(declaration.step.timeout, call.arguments, configs).number <= 0) {
    context_.Error(Kind::kBadProperty, call.range,
                   "this call gives the step a timeout of nothing, it is longer than `0s`");
  }
  for (const EffectFormula& effect : declaration.step.effects) {
    for (const Formula& formula : effect.arguments) {
      if (formula.kind != FormulaKind::kText) {
        continue;
      }
      plan::Value value = Evaluate(formula, call.arguments, configs);
      if (auto fault = FindTextFault(formula.type.kind, value.text)) {
        context_
            .Error(Kind::kWrongText, call.range,
                   fmt::format("this call makes the step touch \"{}\", which is no `{}`: {}",
                               value.text, TypeName(formula.type), *fault))
            .AddNote(declaration.range, "declared here");
      }
    }
  }
}

int64_t PhaseReader::Duration(const std::optional<ast::Expr>& expr, const char* what) {
  if (!expr) {
    return 0;
  }
  Expressions expressions(&context_, 0, scope_);
  auto value = expressions.Constant(*expr, {Type::Of(TypeKind::kDuration), what, {}});
  if (value && value->number <= 0) {
    context_.Error(Kind::kBadProperty, expr->range,
                   fmt::format("{} of nothing can never be kept, it is longer than `0s`", what));
  }
  return value ? value->number : 0;
}

bool PhaseReader::ReadLock(const ast::Statement& tree, Statement* statement) {
  bool is_good = true;
  std::vector<std::pair<std::string, SourceRange>> taken;
  for (const ast::Expr& expr : tree.locks) {
    Expressions expressions(&context_, 0, scope_);
    auto call = expressions.AnalyzeCall(expr, DeclarationKind::kLock, "`lock` takes locks");
    if (!call) {
      is_good = false;
      continue;
    }
    std::string name = LockName(context_.declaration(call->declaration_id), *call);
    auto same =
        std::find_if(taken.begin(), taken.end(), [&](const auto& t) { return t.first == name; });
    if (same != taken.end()) {
      context_
          .Error(Kind::kDuplicateName, call->range, fmt::format("lock `{}` is taken twice", name))
          .AddNote(same->second, "first taken here");
    }
    for (const auto& [outer, range] : held_) {
      if (name <= outer) {
        context_
            .Error(Kind::kNestedLockOrder, call->range,
                   fmt::format("lock `{}` is taken inside `{}`, but locks are taken in the byte "
                               "order of their names",
                               name, outer))
            .SetHint("take both at once: `lock a, b within 30s hold 5m { … }`")
            .AddNote(range, "the outer lock");
        break;
      }
    }
    taken.emplace_back(name, call->range);
    statement->locks.push_back(std::move(*call));
  }
  statement->within_ms = Duration(tree.within, "`within`");
  statement->hold_ms = Duration(tree.hold, "`hold`");
  size_t held_count = held_.size();
  held_.insert(held_.end(), taken.begin(), taken.end());
  ReadChildren(tree, "lock", statement);
  held_.resize(held_count);
  return is_good;
}

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
  to.value.text = context.program.upgrade.to;
  scope->Add("to", to);
}

}  // namespace

void AnalyzePhases(Context* context, const ast::Upgrade& upgrade) {
  Scope scope(&context->modules[0].scope);
  AddHop(*context, &scope);
  PhaseReader reader(context, &scope);
  const ast::PhaseBlock* last = nullptr;
  for (const ast::PhaseBlock& block : upgrade.phases) {
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
    context->program.phases[static_cast<size_t>(*phase)] = reader.ReadAll(block.statements, false);
  }
}

}  // namespace upgraph::sema
