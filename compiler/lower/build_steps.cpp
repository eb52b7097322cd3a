#include "compiler/lower/build_steps.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/parallel.h"
#include "compiler/diagnostics/position.h"

namespace upgraph::lower {
namespace {

void Normalize(Frontier* frontier) {
  std::sort(frontier->begin(), frontier->end());
  frontier->erase(std::unique(frontier->begin(), frontier->end()), frontier->end());
}

void Append(const Frontier& more, Frontier* frontier) {
  frontier->append(more.begin(), more.end());
}

// At most: not every group needs a join before it.
size_t CountSteps(const std::vector<sema::Statement>& statements) {
  size_t count = 0;
  for (const sema::Statement& statement : statements) {
    const bool is_group = statement.kind == sema::StatementKind::kBlock ||
                          statement.kind == sema::StatementKind::kLock;
    count += (is_group ? 0 : 1) + CountSteps(statement.children);
  }
  return count;
}

// Of what is used in a cleanup after this one.
constexpr int64_t kUsedLater = INT64_MAX;

// The temporaries that a statement uses or issues, each with the statement's index.
void NoteUses(const plan::Value& value, int64_t index, std::vector<int64_t>* last_uses) {
  if (value.kind == plan::ValueKind::kTemporary) {
    (*last_uses)[static_cast<size_t>(value.number)] = index;
  }
  for (const plan::Field& field : value.fields) {
    NoteUses(field.value, index, last_uses);
  }
}

void NoteUses(const sema::Statement& statement, int64_t index, std::vector<int64_t>* last_uses) {
  for (const plan::Field& argument : statement.call.arguments) {
    NoteUses(argument.value, index, last_uses);
  }
  if (statement.issues != sema::kNoTemporary) {
    (*last_uses)[statement.issues] = index;
  }
  for (const sema::Statement& child : statement.children) {
    NoteUses(child, index, last_uses);
  }
}

// A thread of its own pays for parts of that many steps; of what parts share, each has its own.
constexpr size_t kPartStepsMin = 2000;
constexpr size_t kPartsMax = 4;

// A label, or the position counted from 1.
std::string PathPart(const sema::Statement& statement, size_t index) {
  return statement.label.empty() ? std::to_string(index + 1) : statement.label;
}

}  // namespace

void StepBuilder::ReserveSteps() {
  size_t count = edge_.temporaries.size();
  for (const std::vector<sema::Statement>& statements : edge_.phases) {
    count += CountSteps(statements);
  }
  for (const sema::DeferredCleanup& cleanup : edge_.deferred) {
    count += CountSteps(cleanup.statements);
  }
  plan_.steps.reserve(count);
}

void StepBuilder::AddPhase(plan::Phase phase) {
  phase_ = phase;
  std::vector<sema::Statement>& statements = edge_.phases[static_cast<size_t>(phase)];
  Place place{path_start_ + plan::PhaseName(phase), {}, {}};
  if (phase == plan::Phase::kCleanup) {
    frontier_ = AddCleanup(&statements, 0, place, std::move(frontier_));
    return;
  }
  if (phase != plan::Phase::kPreflight) {
    frontier_ = AddSequence(&statements, place, std::move(frontier_));
    return;
  }
  // Preflight runs all its checks and reports them together, so none waits for another.
  Frontier ends;
  for (size_t i = 0; i < statements.size(); ++i) {
    std::string path = place.path + "/" + PathPart(statements[i], i);
    Append(AddStatement(&statements[i], place, path, {}), &ends);
  }
  frontier_ = std::move(ends);
  Normalize(&frontier_);
}

void StepBuilder::AddDeferred() {
  phase_ = plan::Phase::kCleanup;
  for (size_t i = 0; i < edge_.deferred.size(); ++i) {
    sema::DeferredCleanup& cleanup = edge_.deferred[i];
    delay_ms_ = cleanup.delay_ms;
    waits_for_retain_ = cleanup.waits_for_retain;
    const std::string when = waits_for_retain_ ? "retain" : plan::FormatDuration(delay_ms_);
    Place place{path_start_ + plan::PhaseName(phase_) + "/" + when, {}};
    frontier_ = AddCleanup(&cleanup.statements, i + 1, place, std::move(frontier_));
  }
  delay_ms_ = 0;
  waits_for_retain_ = false;
}

Frontier StepBuilder::AddSequence(std::vector<sema::Statement>* statements, const Place& place,
                                  Frontier frontier) {
  for (size_t i = 0; i < statements->size(); ++i) {
    sema::Statement& statement = (*statements)[i];
    std::string path = place.path + "/" + PathPart(statement, i);
    frontier = AddStatement(&statement, place, path, frontier);
    statement = {};
  }
  return frontier;
}

Frontier StepBuilder::AddCleanup(std::vector<sema::Statement>* statements, size_t first_later,
                                 const Place& place, Frontier frontier) {
  if (edge_.temporaries.empty()) {
    return AddSequence(statements, place, std::move(frontier));
  }
  std::vector<int64_t> last_uses(edge_.temporaries.size(), -1);
  for (size_t i = 0; i < statements->size(); ++i) {
    NoteUses((*statements)[i], static_cast<int64_t>(i), &last_uses);
  }
  for (size_t i = first_later; i < edge_.deferred.size(); ++i) {
    for (const sema::Statement& statement : edge_.deferred[i].statements) {
      NoteUses(statement, kUsedLater, &last_uses);
    }
  }
  frontier = AddEnds(last_uses, -1, place, std::move(frontier));
  for (size_t i = 0; i < statements->size(); ++i) {
    sema::Statement& statement = (*statements)[i];
    const std::string path = place.path + "/" + PathPart(statement, i);
    frontier = AddStatement(&statement, place, path, frontier);
    statement = {};
    frontier = AddEnds(last_uses, static_cast<int64_t>(i), place, std::move(frontier));
  }
  return frontier;
}

Frontier StepBuilder::AddEnds(const std::vector<int64_t>& last_uses, int64_t index,
                              const Place& place, Frontier frontier) {
  for (size_t i = last_uses.size(); i-- > 0;) {
    sema::Temporary& temporary = edge_.temporaries[i];
    if (last_uses[i] != index || temporary.is_ended || !temporary.kept.empty()) {
      continue;
    }
    sema::Statement end;
    end.ends = static_cast<uint32_t>(i);
    end.call = std::move(temporary.end);
    temporary.is_ended = true;
    const std::string issuer = plan_.step(issuers_[i]).path.substr(path_start_.size());
    frontier = AddStep(&end, {place.path + "/end/" + issuer, place.lock_scope_id}, frontier);
  }
  return frontier;
}

void StepBuilder::NameTemporaries(plan::Value* value) const {
  if (value->kind == plan::ValueKind::kTemporary) {
    value->text = plan_.step(issuers_[static_cast<size_t>(value->number)]).path;
    value->number = 0;
  }
  for (plan::Field& field : value->fields) {
    NameTemporaries(&field.value);
  }
}

// Returns the ends of the statement; of one without any step, the frontier itself.
Frontier StepBuilder::AddStatement(sema::Statement* statement, const Place& parent,
                                   const std::string& path, const Frontier& frontier) {
  Place place{path, parent.lock_scope_id, parent.arm_id};
  switch (statement->kind) {
    case sema::StatementKind::kStep:
      return AddStep(statement, place, frontier);
    case sema::StatementKind::kCommit:
      return AddCommit(statement, place, frontier);
    case sema::StatementKind::kGate:
      return AddGate(statement, place, frontier);
    case sema::StatementKind::kParallel:
      return AddParallel(statement, place, frontier);
    case sema::StatementKind::kBlock:
      if (statement->arm) {
        place.arm_id = AddArm(statement, place, plan::ArmId());
      }
      return AddSequence(&statement->children, place, frontier);
    case sema::StatementKind::kWhen:
      return AddWhen(statement, place, frontier);
    case sema::StatementKind::kLock:
      if (statement->children.empty()) {
        return frontier;
      }
      place.lock_scope_id = AddLockScope(statement, parent.lock_scope_id);
      return AddSequence(&statement->children, place, frontier);
  }
  UPGRAPH_UNREACHABLE("statement kind");
}

Frontier StepBuilder::AddParallel(sema::Statement* statement, const Place& place,
                                  const Frontier& frontier) {
  // With m ends before and n children, a join makes m + n edges of m × n.
  bool needs_join = frontier.size() > 1 && statement->children.size() > 1;
  Frontier start = needs_join ? AddJoin(*statement, place, frontier) : frontier;
  std::map<std::string, Frontier> ends_by_label;
  std::map<std::string, bool> is_followed;
  std::vector<Frontier> ends_by_child;
  for (size_t i = 0; i < statement->children.size(); ++i) {
    sema::Statement& child = statement->children[i];
    Frontier child_start;
    for (const std::string& label : child.after) {
      Append(ends_by_label[label], &child_start);
      is_followed[label] = true;
    }
    if (child.after.empty()) {
      child_start = start;
    }
    Normalize(&child_start);
    Frontier ends = AddStatement(&child, place, place.path + "/" + PathPart(child, i), child_start);
    if (!child.label.empty()) {
      ends_by_label[child.label] = ends;
    }
    ends_by_child.push_back(std::move(ends));
  }
  Frontier ends;
  for (size_t i = 0; i < statement->children.size(); ++i) {
    // Whoever comes after the group comes after the last of a chain only.
    if (!is_followed[statement->children[i].label] || statement->children[i].label.empty()) {
      Append(ends_by_child[i], &ends);
    }
  }
  Normalize(&ends);
  return statement->children.empty() ? frontier : ends;
}

// No host takes two arms, so they stand side by side: each comes after what was before the `when`.
Frontier StepBuilder::AddWhen(sema::Statement* statement, const Place& place,
                              const Frontier& frontier) {
  const bool needs_join = frontier.size() > 1 && statement->children.size() > 1;
  const Frontier start = needs_join ? AddJoin(*statement, place, frontier) : frontier;
  Frontier ends;
  plan::ArmId before;
  for (size_t i = 0; i < statement->children.size(); ++i) {
    sema::Statement& child = statement->children[i];
    before = AddArm(&child, place, before);
    const Place inside{place.path + "/" + std::to_string(i + 1), place.lock_scope_id, before};
    Append(AddSequence(&child.children, inside, start), &ends);
  }
  Normalize(&ends);
  return ends;
}

plan::ArmId StepBuilder::AddArm(sema::Statement* statement, const Place& place,
                                plan::ArmId before_id) {
  plan::Arm arm;
  arm.title = std::move(statement->arm->title);
  arm.condition = std::move(statement->arm->condition);
  arm.before_id = before_id;
  arm.parent_id = place.arm_id;
  arm.position = diagnostics::PositionOf(sources_, statement->range);
  arm.element = std::move(statement->arm->element);
  if (arm.element.kind != plan::ValueKind::kNone) {
    arm.path = place.path;
  }
  plan_.arms.push_back(std::move(arm));
  return plan::ArmId(static_cast<uint32_t>(plan_.arms.size() - 1));
}

Frontier StepBuilder::AddJoin(const sema::Statement& parallel, const Place& place,
                              const Frontier& frontier) {
  plan::Step step;
  step.path = place.path + "/in";
  step.name = "join";
  step.title = "join";
  step.kind = plan::StepKind::kJoin;
  step.phase = phase_;
  step.delay_ms = delay_ms_;
  step.waits_for_retain = waits_for_retain_;
  step.watch_id = watch_id_;
  step.lock_scope_id = place.lock_scope_id;
  step.arm_id = place.arm_id;
  step.after.assign(frontier.begin(), frontier.end());
  step.position = diagnostics::PositionOf(sources_, parallel.range);
  plan_.steps.push_back(std::move(step));
  return {plan::StepId(static_cast<uint32_t>(plan_.steps.size() - 1))};
}

Frontier StepBuilder::AddStep(sema::Statement* statement, const Place& place,
                              const Frontier& frontier) {
  sema::Call& call = statement->call;
  const sema::Declaration& declaration = program_.declaration(call.declaration_id);
  const plan::StepId id(static_cast<uint32_t>(plan_.steps.size()));
  for (plan::Field& argument : call.arguments) {
    NameTemporaries(&argument.value);
  }
  plan::Step& step = plan_.steps.emplace_back();
  step.path = place.path;
  if (statement->issues != sema::kNoTemporary) {
    const sema::Temporary& temporary = edge_.temporaries[statement->issues];
    step.issues = temporary.type;
    step.kept = temporary.kept;
    issuers_[statement->issues] = id;
  }
  if (statement->ends != sema::kNoTemporary) {
    step.ends = issuers_[statement->ends];
  }
  step.label = statement->label;
  step.name = declaration.name;
  step.title = std::move(call.title);
  step.phase = phase_;
  for (int phase = 0; phase < plan::kPhaseCount; ++phase) {
    if (declaration.step.phases[static_cast<size_t>(phase)]) {
      step.allowed_phases |= static_cast<uint8_t>(1 << phase);
    }
  }
  step.delay_ms = delay_ms_;
  step.waits_for_retain = waits_for_retain_;
  step.watch_id = watch_id_;
  step.lock_scope_id = place.lock_scope_id;
  step.arm_id = place.arm_id;
  step.after.assign(frontier.begin(), frontier.end());
  step.position = diagnostics::PositionOf(sources_, call.range);
  step.arguments = std::move(call.arguments);
  declarations_.resize(plan_.steps.size());
  declarations_.back() = call.declaration_id;
  return {id};
}

void StepBuilder::FillTraits(size_t begin, size_t end, ResourceTable* resources) {
  for (size_t i = begin; i < end; ++i) {
    if (declarations_[i].has_value()) {
      FillTraits(program_.declaration(declarations_[i]), &plan_.steps[i], resources);
    }
  }
}

void StepBuilder::FillTraits(const sema::Declaration& declaration, plan::Step* step,
                             ResourceTable* resources) const {
  const sema::StepTraits& traits = declaration.step;
  const std::vector<plan::Field>& arguments = step->arguments;
  step->kind = declaration.native.empty() ? plan::StepKind::kCommand : plan::StepKind::kNative;
  step->native = declaration.native;
  step->apply_command = sema::EvaluateCommand(traits.apply_command, arguments, program_);
  step->undo_command = sema::EvaluateCommand(traits.undo_command, arguments, program_);
  step->observe_command = sema::EvaluateCommand(traits.observe_command, arguments, program_);
  step->undo = traits.undo;
  step->undo_reason = traits.undo_reason;
  step->repeat = traits.repeat;
  step->is_shared = traits.is_shared;
  step->waits = traits.waits;
  step->attempts_max = traits.attempts_max;
  step->retry_wait_ms = traits.retry_wait_ms;
  step->takes_ms = sema::Evaluate(traits.takes, arguments, program_).number;
  step->timeout_ms = sema::Evaluate(traits.timeout, arguments, program_).number;
  if (traits.undo != plan::UndoClass::kObserves && traits.undo != plan::UndoClass::kNever) {
    step->undo_takes_ms = traits.undo_takes
                              ? sema::Evaluate(*traits.undo_takes, arguments, program_).number
                              : step->takes_ms;
  }
  for (const sema::EffectFormula& effect : traits.effects) {
    std::optional<plan::Resource> resource = BuildResource(program_, effect, arguments);
    if (resource) {
      step->effects.push_back({effect.kind, resources->Add(std::move(*resource))});
    }
  }
}

plan::LockScopeId StepBuilder::AddLockScope(sema::Statement* statement,
                                            plan::LockScopeId parent_id) {
  plan::LockScope scope;
  for (sema::Call& call : statement->locks) {
    const sema::Declaration& declaration = program_.declaration(call.declaration_id);
    std::string name = sema::LockName(declaration, call);
    scope.locks.push_back({std::move(name), declaration.native, std::move(call.arguments)});
  }
  std::sort(scope.locks.begin(), scope.locks.end(),
            [](const plan::Lock& a, const plan::Lock& b) { return a.name < b.name; });
  scope.within_ms = statement->within_ms;
  scope.hold_ms = statement->hold_ms;
  scope.parent_id = parent_id;
  scope.position = diagnostics::PositionOf(sources_, statement->range);
  plan_.lock_scopes.push_back(std::move(scope));
  return plan::LockScopeId(static_cast<uint32_t>(plan_.lock_scopes.size() - 1));
}

void StepBuilder::Finish() {
  const size_t count = plan_.steps.size();
  declarations_.resize(count);
  const size_t part_count = std::clamp<size_t>(count / kPartStepsMin, 1, kPartsMax);
  const auto begin_of = [&](size_t part) { return part * count / part_count; };
  std::vector<ResourceTable> tables(part_count);
  ForEachInParallel(part_count, part_count, [&](size_t part) {
    FillTraits(begin_of(part), begin_of(part + 1), &tables[part]);
    tables[part].Sort();
  });
  std::vector<std::vector<plan::ResourceId>> final_ids;
  plan_.resources = ResourceTable::Merge(&tables, &final_ids);
  for (size_t part = 0; part < part_count; ++part) {
    for (size_t i = begin_of(part); i < begin_of(part + 1); ++i) {
      for (plan::Effect& effect : plan_.steps[i].effects) {
        effect.resource_id = final_ids[part][effect.resource_id.index()];
      }
    }
  }
}

}  // namespace upgraph::lower
