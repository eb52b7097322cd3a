// The rules about steps.

#include "plan/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "llvm/ADT/CachedHashString.h"
#include "llvm/ADT/DenseSet.h"

#include "base/limits.h"
#include "plan/verify_rules.h"

namespace upgraph::plan {
namespace {

using rules::Violation;

// Numbers that no enumeration of plan.h has; everything after this may name them.
Status VerifyKinds(const Step& step) {
  if (step.phase > Phase::kCleanup) return Violation("an unknown phase");
  if (step.kind > StepKind::kWatch) return Violation("an unknown kind of step");
  if (step.undo > UndoClass::kNever) return Violation("an unknown undo class");
  if (step.repeat > Repeat::kOnce) return Violation("an unknown rule of repeating");
  for (const Effect& effect : step.effects) {
    if (effect.kind > EffectKind::kStops) return Violation("an unknown kind of effect");
  }
  return OkStatus();
}

Status VerifyTexts(const rules::Context& context, const Step& step) {
  UPGRAPH_TRY(rules::VerifyName(step.path, "the path"));
  UPGRAPH_TRY(rules::VerifyName(step.name, "the name"));
  UPGRAPH_TRY(rules::VerifyText(step.title, "the title"));
  UPGRAPH_TRY(rules::VerifyText(step.label, "the label"));
  UPGRAPH_TRY(rules::VerifyText(step.native, "the native name"));
  UPGRAPH_TRY(rules::VerifyText(step.undo_reason, "the reason"));
  UPGRAPH_TRY(rules::VerifyText(step.issues, "the temporary"));
  UPGRAPH_TRY(rules::VerifyText(step.kept, "the reason to keep"));
  UPGRAPH_TRY(rules::VerifyText(step.position.path, "the path of the source"));
  UPGRAPH_TRY(rules::VerifyTime(step.takes_ms, "the estimate"));
  UPGRAPH_TRY(rules::VerifyTime(step.undo_takes_ms, "the estimate back"));
  UPGRAPH_TRY(rules::VerifyTime(step.timeout_ms, "the timeout"));
  UPGRAPH_TRY(rules::VerifyTime(step.delay_ms, "the delay"));
  UPGRAPH_TRY(rules::VerifyTime(step.retry_wait_ms, "the wait before a retry"));
  UPGRAPH_TRY(rules::VerifyFields(context, step.arguments));
  for (const auto* command : {&step.apply_command, &step.undo_command, &step.observe_command}) {
    if (command->size() > kStepPartsMax) {
      return Violation("a command of too many words");
    }
    for (const Value& word : *command) {
      UPGRAPH_TRY(rules::VerifyValue(context, word));
      if (!word.fields.empty() && word.kind != ValueKind::kSecret) {
        return Violation("a word of a command that is not one text");
      }
    }
    if (!command->empty() &&
        (command->front().text.empty() || command->front().kind == ValueKind::kSecret)) {
      return Violation("a command without a program");
    }
  }
  return OkStatus();
}

Status VerifyAfter(const StepGraph& plan, uint32_t index) {
  const Step& step = plan.steps[index];
  if (step.after.size() > kStepPartsMax) {
    return Violation("too many predecessors");
  }
  for (size_t k = 0; k < step.after.size(); ++k) {
    const StepId before = step.after[k];
    if (!before.has_value() || before.index() >= index) {
      return Violation("it comes after itself or a later step");
    }
    if (k > 0 && before <= step.after[k - 1]) {
      return Violation("its predecessors are not in order");
    }
  }
  if (index > 0 && StageOf(step) < StageOf(plan.steps[index - 1])) {
    return Violation(
        fmt::format("phase {} of hop {} comes after phase {} of hop {}", PhaseName(step.phase),
                    step.hop, PhaseName(plan.steps[index - 1].phase), plan.steps[index - 1].hop));
  }
  if (step.ends.has_value() && step.ends.index() >= index) {
    return Violation("it ends what a later step makes");
  }
  if (step.ends.has_value() && plan.steps[step.ends.index()].issues.empty()) {
    return Violation("it ends what is not temporary");
  }
  if (step.watch_id.has_value() &&
      (step.watch_id.index() >= index || plan.step(step.watch_id).kind != StepKind::kWatch ||
       step.delay_ms == 0 || step.undo == UndoClass::kNever || !step.issues.empty())) {
    return Violation("it waits for no watch, or has no way back from what it does after one");
  }
  if (!step.kept.empty() && step.issues.empty()) {
    return Violation("it keeps what is not temporary");
  }
  return OkStatus();
}

Status VerifyReferences(const StepGraph& plan, const Step& step) {
  if (step.effects.size() > kStepPartsMax) {
    return Violation("too many effects");
  }
  for (const Effect& effect : step.effects) {
    if (!effect.resource_id.has_value() || effect.resource_id.index() >= plan.resources.size()) {
      return Violation("an effect on a resource that is not there");
    }
  }
  if (step.lock_scope_id.has_value() && step.lock_scope_id.index() >= plan.lock_scopes.size()) {
    return Violation("a lock scope that is not there");
  }
  return OkStatus();
}

Status VerifyJoin(const Step& step) {
  const bool is_empty = step.effects.empty() && step.arguments.empty() && step.native.empty() &&
                        step.apply_command.empty() && step.undo_command.empty() &&
                        step.observe_command.empty() && step.undo == UndoClass::kObserves;
  return is_empty ? OkStatus() : Status(Violation("a join that does something"));
}

bool Writes(const Step& step) {
  for (const Effect& effect : step.effects) {
    if (effect.kind == EffectKind::kWrites) {
      return true;
    }
  }
  return false;
}

// What is started or stopped is changed: who asks for changes alone must not miss it.
bool WritesWhatItStarts(const Step& step) {
  for (const Effect& effect : step.effects) {
    const bool is_change = effect.kind == EffectKind::kStarts || effect.kind == EffectKind::kStops;
    const Effect write = {EffectKind::kWrites, effect.resource_id};
    if (is_change &&
        std::find(step.effects.begin(), step.effects.end(), write) == step.effects.end()) {
      return false;
    }
  }
  return true;
}

Status VerifyWork(const Step& step) {
  if (step.kind == StepKind::kJoin) {
    return VerifyJoin(step);
  }
  const bool looks = step.kind == StepKind::kGate || step.kind == StepKind::kWatch;
  if (looks != step.gate_id.has_value()) {
    return Violation("a gate without its conditions, or conditions without a gate");
  }
  if (step.undo == UndoClass::kObserves && Writes(step)) {
    return Violation("it writes and does not say how it reverses");
  }
  if (!WritesWhatItStarts(step)) {
    return Violation("it starts or stops what it does not write");
  }
  if ((step.phase == Phase::kPreflight || step.phase == Phase::kVerify) &&
      step.undo != UndoClass::kObserves) {
    return Violation(fmt::format("a step that changes things in {}", PhaseName(step.phase)));
  }
  if (step.delay_ms > 0 && step.phase != Phase::kCleanup) {
    return Violation("only a cleanup waits after the commit");
  }
  if (step.waits_for_retain && step.delay_ms <= 0) {
    return Violation("it waits for the end of a time that has none");
  }
  if (step.kind == StepKind::kCommit &&
      (step.phase != Phase::kSwitch || step.undo != UndoClass::kObserves || !step.effects.empty() ||
       !step.native.empty() || !step.apply_command.empty() || step.lock_scope_id.has_value())) {
    return Violation("a point of no return that is not in switch, or does something");
  }
  if (looks && (step.phase != (step.kind == StepKind::kGate ? Phase::kVerify : Phase::kCleanup) ||
                step.undo != UndoClass::kObserves || !step.native.empty() ||
                !step.apply_command.empty() || !step.arguments.empty())) {
    return Violation(
        "a gate that is not in verify or a watch that is not in cleanup, or one that does more "
        "than look");
  }
  if (step.kind == StepKind::kWatch && (step.delay_ms == 0 || !step.effects.empty())) {
    return Violation("a watch that begins before the commit, or does something");
  }
  if (step.kind == StepKind::kNative && step.native.empty()) {
    return Violation("a native step without a name");
  }
  if (step.kind == StepKind::kCommand && step.apply_command.empty()) {
    return Violation("a command step without a command");
  }
  if (step.kind == StepKind::kNative && !step.apply_command.empty()) {
    return Violation("a native step with a command");
  }
  if (step.kind == StepKind::kCommand && step.undo == UndoClass::kExactly) {
    return Violation("a command that reverses exactly; it captures nothing");
  }
  if (step.timeout_ms <= 0 || step.attempts_max < 1 || step.attempts_max > 1000) {
    return Violation("timeout and attempts must be positive, attempts at most 1000");
  }
  return OkStatus();
}

// What is known of the steps that were already seen.
class StepVerifier {
 public:
  explicit StepVerifier(const rules::Context& context)
      : context_(context),
        plan_(context.graph),
        first_successor_(plan_.steps.size(), UINT32_MAX),
        scope_stage_(plan_.lock_scopes.size()),
        is_scope_used_(plan_.lock_scopes.size(), false) {
    paths_.reserve(plan_.steps.size());
  }

  Status Verify(uint32_t index) {
    const Step& step = plan_.steps[index];
    UPGRAPH_TRY(VerifyKinds(step));
    UPGRAPH_TRY(VerifyTexts(context_, step));
    UPGRAPH_TRY(VerifyAfter(plan_, index));
    UPGRAPH_TRY(VerifyReferences(plan_, step));
    UPGRAPH_TRY(VerifyWork(step));
    UPGRAPH_TRY(VerifyBarrier(index));
    UPGRAPH_TRY(VerifyNoReturn(index));
    UPGRAPH_TRY(VerifyScopePhase(step));
    for (const Field& argument : step.arguments) {
      UPGRAPH_TRY(VerifyTemporaries(argument.value));
    }
    if (!step.issues.empty()) {
      issued_.insert(step.path);
    }
    if (!paths_.insert(llvm::CachedHashStringRef(step.path)).second) {
      return Violation("two steps have this path");
    }
    return OkStatus();
  }

 private:
  // What is temporary is used by later steps alone.
  Status VerifyTemporaries(const Value& value) const {
    if (value.kind == ValueKind::kTemporary && issued_.count(value.text) == 0) {
      return Violation("it uses a temporary that no earlier step makes");
    }
    for (const Field& field : value.fields) {
      UPGRAPH_TRY(VerifyTemporaries(field.value));
    }
    return OkStatus();
  }

  // Stages are barriers. A step that comes first in its stage waits for all earlier ones exactly
  // when each of their steps that has no successor there has an edge to it.
  Status VerifyBarrier(uint32_t index) {
    const Step& step = plan_.steps[index];
    if (index == 0 || StageOf(plan_.steps[index - 1]) != StageOf(step)) {
      phase_start_ = index;
      ends_before_phase_ = ends_;
    }
    bool is_first_of_phase = true;
    uint32_t ends_followed = 0;
    for (StepId before : step.after) {
      is_first_of_phase = is_first_of_phase && before.index() < phase_start_;
      ends_followed += first_successor_[before.index()] >= phase_start_ ? 1 : 0;
    }
    if (is_first_of_phase && ends_followed != ends_before_phase_) {
      return Violation("it does not wait for all steps of the phases before");
    }
    for (StepId before : step.after) {
      if (first_successor_[before.index()] == UINT32_MAX) {
        first_successor_[before.index()] = index;
        --ends_;
      }
    }
    ++ends_;
    return OkStatus();
  }

  // A point of no return comes after everything before it and before everything after it; a step
  // without a way back comes after one, or in cleanup.
  Status VerifyNoReturn(uint32_t index) {
    const Step& step = plan_.steps[index];
    for (StepId before : step.after) {
      if (has_commit_ && before.index() < commit_) {
        return Violation("it goes by the point of no return");
      }
    }
    if (has_commit_ && step.after.empty()) {
      return Violation("it goes by the point of no return");
    }
    if (step.kind == StepKind::kCommit) {
      if (ends_ != 1) {
        return Violation("a point of no return beside other steps");
      }
      has_commit_ = true;
      commit_ = index;
    }
    if (step.undo == UndoClass::kNever && step.phase != Phase::kCleanup && !has_commit_) {
      return Violation(fmt::format("a step without a way back in {}", PhaseName(step.phase)));
    }
    return OkStatus();
  }

  // Every lock is taken and freed within one phase of one hop.
  Status VerifyScopePhase(const Step& step) {
    for (LockScopeId id = step.lock_scope_id; id.has_value(); id = plan_.lock_scope(id).parent_id) {
      if (is_scope_used_[id.index()] && scope_stage_[id.index()] != StageOf(step)) {
        return Violation("its lock is held over the end of a phase");
      }
      is_scope_used_[id.index()] = true;
      scope_stage_[id.index()] = StageOf(step);
    }
    return OkStatus();
  }

  const rules::Context& context_;
  const StepGraph& plan_;
  llvm::DenseSet<llvm::CachedHashStringRef> paths_;
  std::unordered_set<std::string_view> issued_;  // of the steps that make something temporary
  std::vector<uint32_t> first_successor_;        // of each step, the smallest so far
  uint32_t ends_ = 0;                            // steps without a successor so far
  uint32_t ends_before_phase_ = 0;               // those of earlier phases without one there
  uint32_t phase_start_ = 0;
  bool has_commit_ = false;
  uint32_t commit_ = 0;  // the last point of no return
  std::vector<Stage> scope_stage_;
  std::vector<bool> is_scope_used_;
};

Status VerifyGraph(const rules::Context& context) {
  const StepGraph& graph = context.graph;
  UPGRAPH_TRY(rules::VerifyResources(graph));
  UPGRAPH_TRY(rules::VerifyScopes(context));
  UPGRAPH_TRY(rules::VerifyGates(context));
  UPGRAPH_TRY(rules::VerifyAnnouncements(context));
  UPGRAPH_TRY(rules::VerifyArms(context));
  StepVerifier steps(context);
  // Only a host's plan has hops, and then each step belongs to one of them.
  const size_t hops = std::max<size_t>(context.plan.hops.size(), 1);
  for (uint32_t i = 0; i < graph.steps.size(); ++i) {
    Status status =
        graph.steps[i].hop < hops ? steps.Verify(i) : Status(Violation("it belongs to no hop"));
    if (!status.ok()) {
      return status.error().Within(fmt::format("step `{}`", graph.steps[i].path.substr(0, 200)));
    }
  }
  return rules::VerifyScopeOrder(graph);
}

}  // namespace

Status Verify(const Plan& plan) {
  const rules::Context context(plan, plan);
  uint64_t step_count = plan.steps.size();
  for (const StepGraph& edge : plan.other_edges) {
    step_count += edge.steps.size();
  }
  if (step_count > kPlanStepsMax) {
    return Violation(fmt::format("{} steps; at most {}", step_count, kPlanStepsMax));
  }
  if (plan.other_edges.size() >= kPlanEdgesMax) {
    return Violation(
        fmt::format("{} edges; at most {}", plan.other_edges.size() + 1, kPlanEdgesMax));
  }
  UPGRAPH_TRY(rules::VerifyHead(context));
  UPGRAPH_TRY(VerifyGraph(context));
  for (const StepGraph& edge : plan.other_edges) {
    const rules::Context other(plan, edge);
    UPGRAPH_TRY(rules::VerifyEdge(other));
    UPGRAPH_TRY(VerifyGraph(other));
  }
  return OkStatus();
}

}  // namespace upgraph::plan
