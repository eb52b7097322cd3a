#include "compiler/sema/statement_reader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/sema/gates.h"
#include "compiler/sema/properties.h"

namespace upgraph::sema {

std::vector<Statement> StatementReader::ReadAll(const ast::List<ast::Statement>& trees,
                                                bool is_parallel) {
  std::vector<Statement> statements;
  statements.reserve(trees.size());
  Labels labels;
  ++depth_;
  Scope* outer = scope_;
  for (const ast::Statement& tree : trees) {
    // What a branch declares is known in that branch only.
    Scope branch(outer);
    scope_ = is_parallel ? &branch : outer;
    Statement& statement = statements.emplace_back();
    statement.range = tree.range;
    const bool is_read = Read(tree, is_parallel, &statement);
    scope_ = outer;
    ReadAfter(tree, is_parallel, labels, &statement);
    // A gate's name is its label.
    const bool is_gate = tree.kind == ast::StatementKind::kGate;
    if (tree.label || is_gate) {
      const ast::Name& label = is_gate ? *tree.name : *tree.label;
      auto [first, is_new] = labels.try_emplace(label.text, label.range);
      if (!is_new && !is_gate) {
        context_
            .Error(Kind::kDuplicateName, label.range,
                   fmt::format("label `{}` is given twice", label.text))
            .AddNote(first->second, "first given here");
      }
      statement.label = label.text;
    }
    if (!is_read) {
      statements.pop_back();
    }
  }
  --depth_;
  return statements;
}

void StatementReader::ReadAfter(const ast::Statement& tree, bool is_parallel, const Labels& labels,
                                Statement* statement) {
  for (const ast::Name& name : tree.after) {
    if (!is_parallel) {
      context_.Error(
          Kind::kUnknownLabel, name.range,
          "`after` adds an edge inside `parallel`; elsewhere the order is that of the text");
      return;
    }
    if (labels.count(name.text) == 0) {
      const auto known = [&] {
        std::vector<std::string> names;
        for (const auto& [label, range] : labels) {
          names.push_back(label);
        }
        return names;
      };
      context_
          .Error(Kind::kUnknownLabel, name.range,
                 fmt::format("no earlier step of this `parallel` has the label `{}`", name.text))
          .Suggest(name.text, context_.Candidates(known));
      continue;
    }
    statement->after.push_back(name.text);
  }
}

bool StatementReader::Read(const ast::Statement& tree, bool is_parallel, Statement* statement) {
  switch (tree.kind) {
    case ast::StatementKind::kLet:
      return ReadLet(*tree.let, statement);
    case ast::StatementKind::kEnd:
      return ReadEnd(tree, statement);
    case ast::StatementKind::kKeep:
      ReadKeep(tree);
      return false;
    case ast::StatementKind::kFor:
      ReadFor(tree, is_parallel, statement);
      return true;
    case ast::StatementKind::kCall:
      return ReadCall(tree, statement);
    case ast::StatementKind::kParallel:
      statement->kind = StatementKind::kParallel;
      ReadChildren(tree, "parallel", statement);
      return true;
    case ast::StatementKind::kBlock:
      statement->kind = StatementKind::kBlock;
      ReadChildren(tree, "block", statement);
      return true;
    case ast::StatementKind::kLock:
      statement->kind = StatementKind::kLock;
      return ReadLock(tree, statement);
    case ast::StatementKind::kCommit:
      return ReadCommit(tree, statement);
    case ast::StatementKind::kGate:
      return ReadGate(tree, statement);
    case ast::StatementKind::kWhen:
      return ReadWhen(tree, statement);
  }
  UPGRAPH_UNREACHABLE("statement kind");
}

bool StatementReader::ReadCommit(const ast::Statement& tree, Statement* statement) {
  if (is_judged_only() || phase_ != plan::Phase::kSwitch || depth_ != 1) {
    context_.Error(Kind::kWrongKind, tree.range,
                   "a point of no return divides all of `switch`, so it stands there itself, in no "
                   "block");
    return false;
  }
  auto reason = PlainText(*tree.text);
  if (!reason || reason->empty()) {
    context_.Error(Kind::kBadProperty, tree.text->range,
                   "the reason is a text that holds no names, and is not empty");
    return false;
  }
  if (commit_.has_value()) {
    context_
        .Error(Kind::kDuplicateName, tree.range, "`commit` is given twice, the first one counts")
        .AddNote(commit_, "first given here");
    return false;
  }
  commit_ = tree.range;
  statement->kind = StatementKind::kCommit;
  statement->reason = std::move(*reason);
  return CountStep(tree.range);
}

bool StatementReader::ReadGate(const ast::Statement& tree, Statement* statement) {
  if (is_judged_only() || phase_ != plan::Phase::kVerify) {
    context_.Error(Kind::kWrongKind, tree.range,
                   "a gate decides on the commit, so it stands in `verify` of an upgrade");
    return false;
  }
  if (tree.label) {
    context_.Error(Kind::kWrongKind, tree.label->range,
                   "a gate has its own name, and no label beside it");
  }
  auto [first, is_new] = gates_.try_emplace(tree.name->text, tree.name->range);
  if (!is_new) {
    context_
        .Error(Kind::kDuplicateName, tree.name->range,
               fmt::format("gate `{}` is given twice", tree.name->text))
        .AddNote(first->second, "first given here");
    return false;
  }
  if (!CountStep(tree.range)) {
    return false;
  }
  statement->kind = StatementKind::kGate;
  statement->gate = GateReader(&context_, module_, scope_).Read(tree);
  return true;
}

void StatementReader::ReadChildren(const ast::Statement& tree, const char* word,
                                   Statement* statement) {
  if (tree.children.empty()) {
    context_.Error(Kind::kEmptyBlock, tree.range,
                   fmt::format("this `{}` holds nothing, it needs a step", word));
  }
  statement->children = ReadAll(tree.children, tree.kind == ast::StatementKind::kParallel);
}

bool StatementReader::ReadCall(const ast::Statement& tree, Statement* statement) {
  if (tree.text) {
    context_.Error(Kind::kWrongKind, tree.text->range,
                   "found a text behind a call, only announcements have one");
  }
  Expressions expressions = MakeExpressions();
  auto call =
      expressions.AnalyzeCall(tree.call, DeclarationKind::kStep, "a phase holds calls of steps");
  if (!call) {
    return false;
  }
  bool is_composite = context_.composites.count(call->declaration_id) != 0;
  if (is_judged_only()) {
    if (is_composite) {
      composite_->calls.emplace_back(call->declaration_id, call->range);
    }
    return false;
  }
  if (is_composite) {
    return CountUnroll(tree.call.range) && Expand(*call, statement);
  }
  return ReadStep(nullptr, nullptr, std::move(*call), statement);
}

// A `let` names a value, or what a step issues.
bool StatementReader::ReadLet(const ast::Let& let, Statement* statement) {
  Expressions expressions = MakeExpressions();
  if (!expressions.FindStep(let.value)) {
    AnalyzeLet(&context_, module_, let, &expressions, scope_);
    return false;
  }
  auto call = expressions.AnalyzeCall(let.value, DeclarationKind::kStep, "");
  if (!call) {
    context_.Declare(scope_, let.name, {});  // its uses are not reported again
    return false;
  }
  return ReadStep(&let.name, let.type ? &*let.type : nullptr, std::move(*call), statement);
}

// `name` stands for what the step issues; may be null.
bool StatementReader::ReadStep(const ast::Name* name, const ast::TypeRef* type, Call call,
                               Statement* statement) {
  if (is_judged_only()) {
    ReadIssue(name, type, call, statement);
    return false;
  }
  if (!CountStep(call.range)) {
    return false;
  }
  if (!ReadIssue(name, type, call, statement)) {
    return false;
  }
  CheckCall(call);
  statement->call = std::move(call);
  return true;
}

bool StatementReader::CountStep(SourceRange range) {
  if (step_count_++ == kPlanStepsMax) {
    context_.Error(Kind::kTooLarge, range,
                   fmt::format("a plan has at most {} steps", kPlanStepsMax));
  }
  return step_count_ <= kPlanStepsMax;
}

bool StatementReader::CountUnroll(SourceRange range) {
  if (step_count_ > kPlanStepsMax) {
    return false;  // that is said, and what is left may be without end
  }
  uint64_t unrolls_max = kIdleUnrollsMax + kCallDepthMax * step_count_;
  if (unroll_count_++ == unrolls_max) {
    context_.Error(Kind::kTooLarge, range,
                   fmt::format("{} calls and turns of `for` come to {} steps; that is too many for "
                               "so few",
                               unrolls_max, step_count_));
  }
  return unroll_count_ <= unrolls_max;
}

// What can be judged only once the arguments are known. False after an error.
bool StatementReader::CheckFormula(const Call& call, const Formula& formula) {
  if (formula.is_constant() || formula.kind == FormulaKind::kParameter) {
    return true;
  }
  Evaluation evaluation;
  const plan::Value value = Evaluate(formula, call.arguments, context_.program, &evaluation);
  const Declaration& declaration = context_.declaration(call.declaration_id);
  if (!evaluation.fault.message.empty()) {
    context_.Error(evaluation.fault.kind, call.range, evaluation.fault.message)
        .AddNote(declaration.range, "in what the step declares");
    return false;
  }
  auto fault = FindTextFault(context_.program, formula.type.kind, value.text);
  if (formula.kind == FormulaKind::kText && fault) {
    context_
        .Error(Kind::kWrongText, call.range,
               fmt::format("this call makes the step touch \"{}\", which is no `{}`: {}",
                           value.text, TypeName(formula.type), *fault))
        .AddNote(declaration.range, "declared here");
    return false;
  }
  return true;
}

void StatementReader::CheckCall(const Call& call) {
  const StepTraits& step = context_.declaration(call.declaration_id).step;
  bool is_good = CheckFormula(call, step.takes) && CheckFormula(call, step.timeout) &&
                 (!step.undo_takes || CheckFormula(call, *step.undo_takes));
  if (is_good && Evaluate(step.timeout, call.arguments, context_.program).number <= 0) {
    context_.Error(Kind::kBadProperty, call.range,
                   "this call gives the step a timeout of nothing, it is longer than `0s`");
  }
  for (const EffectFormula& effect : step.effects) {
    for (const Formula& formula : effect.arguments) {
      CheckFormula(call, formula);
    }
  }
  for (const auto* command : {&step.apply_command, &step.undo_command, &step.observe_command}) {
    for (const Formula& formula : *command) {
      CheckFormula(call, formula);
    }
  }
}

int64_t StatementReader::Duration(const ast::Boxed<ast::Expr>& expr, const char* what) {
  if (!expr) {
    return 0;
  }
  auto value = MakeExpressions().Constant(*expr, {Type::Of(TypeKind::kDuration), what, {}});
  if (value && value->number <= 0) {
    context_.Error(Kind::kBadProperty, expr->range,
                   fmt::format("{} of nothing can never be kept, it is longer than `0s`", what));
  }
  return value ? value->number : 0;
}

void StatementReader::CheckLockOrder(const std::string& name, SourceRange range) {
  for (const auto& [outer, outer_range] : held_) {
    if (name <= outer) {
      context_
          .Error(Kind::kNestedLockOrder, range,
                 fmt::format("lock `{}` is taken inside `{}`, but locks are taken in the byte "
                             "order of their names",
                             name, outer))
          .SetHint("take both at once: `lock a, b within 30s hold 5m { … }`")
          .AddNote(outer_range, "the outer lock");
      return;
    }
  }
}

bool StatementReader::ReadLock(const ast::Statement& tree, Statement* statement) {
  bool is_good = true;
  std::vector<std::pair<std::string, SourceRange>> taken;
  for (const ast::Expr& expr : tree.locks) {
    auto call = MakeExpressions().AnalyzeCall(expr, DeclarationKind::kLock, "`lock` takes locks");
    if (!call || is_judged_only()) {
      is_good = false;  // without its arguments a lock has no name yet
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
    CheckLockOrder(name, call->range);
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

}  // namespace upgraph::sema
