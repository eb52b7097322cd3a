#include <algorithm>

#include <fmt/format.h>

#include "compiler/sema/gates.h"
#include "compiler/sema/properties.h"
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
      .Suggest(name.text, known);
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
  if (context.target.empty()) {
    to.kind = SymbolKind::kParameter;  // what a step is made of is judged for any target
  }
  scope->Add("to", to);
}

namespace {

// Nothing: a phase without anything between its name and `{`. 0, with an error: something else.
std::optional<int64_t> DelayOf(Context* context, const ast::ItemBlock& block, plan::Phase phase) {
  if (block.groups.empty()) {
    return std::nullopt;
  }
  const ast::List<ast::Expr>& words = block.groups[0];
  if (phase != plan::Phase::kCleanup || block.groups.size() != 1 || words.size() != 2 ||
      WordOf(words[0]) != "after") {
    context
        ->Error(Kind::kBadProperty, block.range,
                fmt::format("found something between `{}` and `{{`; only `cleanup` has it",
                            block.name.text))
        .SetHint("write `cleanup after 7d { … }`");
    return 0;
  }
  Expressions expressions(context, 0, &context->modules[0].scope);
  auto delay =
      expressions.Constant(words[1], {Type::Of(TypeKind::kDuration), "the time of a cleanup", {}});
  if (delay && delay->number <= 0) {
    context->Error(Kind::kBadProperty, words[1].range,
                   "a cleanup after nothing is one without `after`; it is later than `0s`");
  }
  return delay ? std::max<int64_t>(delay->number, 0) : 0;
}

// Reads the phases of one upgrade in the order of the text, which is that of the run.
class PhaseReader {
 public:
  PhaseReader(Context* context, Scope* scope, Edge* edge)
      : context_(*context),
        edge_(*edge),
        scope_(*scope),
        reader_(context, scope, &edge->temporaries) {}

  void Read(const ast::ItemBlock& block);

 private:
  void ReadWatch(const ast::ItemBlock& block);
  bool IsInOrder(const ast::ItemBlock& block, plan::Phase phase, int64_t delay_ms);

  Context& context_;
  Edge& edge_;
  const Scope& scope_;
  StatementReader reader_;
  const ast::ItemBlock* last_ = nullptr;
  plan::Phase last_phase_ = plan::Phase::kPreflight;
  int64_t last_delay_ms_ = 0;
};

bool PhaseReader::IsInOrder(const ast::ItemBlock& block, plan::Phase phase, int64_t delay_ms) {
  if (last_ == nullptr || phase > last_phase_ ||
      (phase == last_phase_ && delay_ms > last_delay_ms_)) {
    return true;
  }
  const bool is_same = phase == last_phase_ && delay_ms == last_delay_ms_;
  context_
      .Error(is_same ? Kind::kDuplicateName : Kind::kBadProperty, block.name.range,
             is_same ? fmt::format("phase `{}` is given twice", block.name.text)
                     : fmt::format("phase `{}` runs before `{}`, so it stands before it",
                                   block.name.text, last_->name.text))
      .AddNote(last_->name.range, is_same ? "first given here" : "the later phase");
  return false;
}

// Whether a temporary stands in the value. All of them have ended when a watch looks.
bool HasTemporary(const plan::Value& value) {
  return value.kind == plan::ValueKind::kTemporary ||
         std::any_of(value.fields.begin(), value.fields.end(),
                     [](const plan::Field& field) { return HasTemporary(field.value); });
}

bool HasTemporary(const std::vector<plan::Field>& fields) {
  return std::any_of(fields.begin(), fields.end(),
                     [](const plan::Field& field) { return HasTemporary(field.value); });
}

bool TouchesTemporary(const std::vector<Statement>& statements) {
  return std::any_of(statements.begin(), statements.end(), [](const Statement& statement) {
    return HasTemporary(statement.call.arguments) || statement.issues != kNoTemporary ||
           statement.ends != kNoTemporary || TouchesTemporary(statement.children);
  });
}

void PhaseReader::ReadWatch(const ast::ItemBlock& block) {
  Watch watch;
  watch.range = block.range;
  watch.gate = GateReader(&context_, 0, &scope_).ReadWatch(block);
  reader_.set_phase(plan::Phase::kCleanup);
  watch.otherwise = reader_.ReadAll(block.else_statements, false);
  const bool has_temporary = TouchesTemporary(watch.otherwise) ||
                             std::any_of(watch.gate.conditions.begin(), watch.gate.conditions.end(),
                                         [](const plan::Condition& condition) {
                                           return HasTemporary(condition.signal.arguments);
                                         });
  if (has_temporary) {
    context_
        .Error(Kind::kWrongKind, block.range,
               "a watch looks when all that is temporary has ended, and begins nothing temporary")
        .SetHint("what a watch needs has to stay: `keep`, or a value of its own");
  }
  if (block.has_else && block.else_statements.empty()) {
    context_.Error(Kind::kEmptyBlock, block.range, "the `else` of this watch does nothing")
        .SetHint("take `else` out; what a watch finds is announced as `watch_breached`");
  }
  edge_.watches.push_back(std::move(watch));
}

void PhaseReader::Read(const ast::ItemBlock& block) {
  if (block.name.text == "announce") {
    AnalyzeAnnouncements(&context_, block, &edge_);
    return;
  }
  if (block.name.text == "watch") {
    ReadWatch(block);
    return;
  }
  std::optional<plan::Phase> phase = FindPhase(block.name.text);
  if (!phase) {
    UnknownPhase(&context_, block.name);
    return;
  }
  const std::optional<int64_t> delay_ms = DelayOf(&context_, block, *phase);
  if (delay_ms == 0 || !IsInOrder(block, *phase, delay_ms.value_or(0))) {
    return;
  }
  last_ = &block;
  last_phase_ = *phase;
  last_delay_ms_ = delay_ms.value_or(0);
  reader_.set_phase(*phase);
  std::vector<Statement> statements = reader_.ReadAll(block.statements, false);
  if (delay_ms) {
    edge_.deferred.push_back({*delay_ms, false, std::move(statements)});
  } else {
    edge_.phases[static_cast<size_t>(*phase)] = std::move(statements);
  }
}

// Whether it takes the way back with it. What is only ended was never there before the run, and
// what may be done once is not waited for: it could not be tried again.
bool IsFinal(const Program& program, const Statement& statement) {
  if (statement.kind == StatementKind::kStep && statement.ends == kNoTemporary) {
    const StepTraits& step = program.declaration(statement.call.declaration_id).step;
    if (step.undo == plan::UndoClass::kNever && step.repeat != plan::Repeat::kOnce) {
      return true;
    }
  }
  return std::any_of(statement.children.begin(), statement.children.end(),
                     [&](const Statement& child) { return IsFinal(program, child); });
}

// A cleanup without a time is done right after the commit. From its first step without a way back
// on it waits until nobody can want to go back any more, in the order of the text.
void LetFinalStepsWait(const Program& program, Edge* edge) {
  std::vector<Statement>& now = edge->phases[static_cast<size_t>(plan::Phase::kCleanup)];
  const auto first = std::find_if(now.begin(), now.end(), [&](const Statement& statement) {
    return IsFinal(program, statement);
  });
  if (first == now.end() || edge->upgrade.retain_ms <= 0) {
    return;
  }
  DeferredCleanup late{
      edge->upgrade.retain_ms, true,
      std::vector<Statement>(std::make_move_iterator(first), std::make_move_iterator(now.end()))};
  if (TouchesTemporary(late.statements)) {
    // It would be held for as long. The check `cleanup-after-commit` says what that comes to.
    std::move(late.statements.begin(), late.statements.end(), first);
    return;
  }
  now.erase(first, now.end());
  const auto later =
      std::find_if(edge->deferred.begin(), edge->deferred.end(),
                   [&](const DeferredCleanup& other) { return other.delay_ms >= late.delay_ms; });
  edge->deferred.insert(later, std::move(late));
}

}  // namespace

void AnalyzePhases(Context* context, const ast::Upgrade& upgrade, Edge* edge) {
  Scope scope(&context->modules[0].scope);
  AddHop(*context, &scope);
  PhaseReader reader(context, &scope, edge);
  for (const ast::ItemBlock& block : upgrade.phases) {
    reader.Read(block);
  }
  if (edge->upgrade.retain_position.path.empty()) {
    // What a watch does is undone with the rest.
    for (const Watch& watch : edge->watches) {
      edge->upgrade.retain_ms = std::max(edge->upgrade.retain_ms, watch.gate.for_ms);
    }
  }
  LetFinalStepsWait(context->program, edge);
}

}  // namespace upgraph::sema
