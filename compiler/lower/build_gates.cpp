// What looks and decides: gates, watches, and the point of no return.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "compiler/diagnostics/position.h"
#include "compiler/lower/build_steps.h"

namespace upgraph::lower {
namespace {

// A gate that waits for what is missing goes on for up to its time again; a last sample may take
// its time as well.
constexpr int64_t kLastSampleMs = 60'000;
// Nothing is done there but a record.
constexpr int64_t kCommitTimeoutMs = 60'000;

}  // namespace

Frontier StepBuilder::AddCommit(sema::Statement* statement, const Place& place,
                                const Frontier& frontier) {
  plan::Step step;
  step.path = place.path;
  step.name = "commit";
  step.undo_reason = std::move(*statement->reason);
  step.title =
      "commit " + plan::FormatValue({plan::ValueKind::kString, false, 0, 0, step.undo_reason, {}});
  step.kind = plan::StepKind::kCommit;
  step.phase = phase_;
  step.allowed_phases = 1 << static_cast<int>(plan::Phase::kSwitch);
  step.timeout_ms = kCommitTimeoutMs;
  step.after.assign(frontier.begin(), frontier.end());
  step.position = diagnostics::PositionOf(sources_, statement->range);
  plan_.steps.push_back(std::move(step));
  return {plan::StepId(static_cast<uint32_t>(plan_.steps.size() - 1))};
}

Frontier StepBuilder::AddGate(sema::Statement* statement, const Place& place,
                              const Frontier& frontier) {
  plan::Gate& gate = *statement->gate;
  NameTemporaries(&gate);
  plan::Step step;
  step.path = place.path;
  step.label = statement->label;
  step.name = "gate";
  step.title = "gate " + gate.name + " for " + plan::FormatDuration(gate.for_ms);
  step.kind = plan::StepKind::kGate;
  step.gate_id = plan::GateId(static_cast<uint32_t>(plan_.gates.size()));
  step.phase = phase_;
  step.allowed_phases = 1 << static_cast<int>(plan::Phase::kVerify);
  step.takes_ms = gate.settle_ms + gate.for_ms;
  step.timeout_ms = step.takes_ms + gate.for_ms + kLastSampleMs;
  step.lock_scope_id = place.lock_scope_id;
  step.arm_id = place.arm_id;
  step.after.assign(frontier.begin(), frontier.end());
  step.position = gate.position;
  plan_.gates.push_back(std::move(gate));
  plan_.steps.push_back(std::move(step));
  return {plan::StepId(static_cast<uint32_t>(plan_.steps.size() - 1))};
}

void StepBuilder::NameTemporaries(plan::Gate* gate) const {
  for (plan::Condition& condition : gate->conditions) {
    for (plan::Field& argument : condition.signal.arguments) {
      NameTemporaries(&argument.value);
    }
  }
}

void StepBuilder::AddWatches() {
  phase_ = plan::Phase::kCleanup;
  for (size_t i = 0; i < edge_.watches.size(); ++i) {
    const Place place{
        fmt::format("{}{}/watch/{}", path_start_, plan::PhaseName(phase_), i + 1), {}, {}};
    frontier_ = AddWatch(&edge_.watches[i], place, frontier_);
  }
  delay_ms_ = 0;
}

// A watch, and behind it what is done when it finds something. The interval stands for the time at
// which both may begin: it is what tells them from a cleanup that is done at once.
Frontier StepBuilder::AddWatch(sema::Watch* watch, const Place& place, const Frontier& frontier) {
  plan::Gate& gate = watch->gate;
  delay_ms_ = gate.every_ms;
  // The baseline that the gates have compared with is that of a watch that does not say another.
  if (gate.baseline_ms == 0 && std::any_of(gate.conditions.begin(), gate.conditions.end(),
                                           [](const plan::Condition& condition) {
                                             return condition.baseline_factor != 0;
                                           })) {
    for (const plan::Gate& known : plan_.gates) {
      gate.baseline_ms = std::max(gate.baseline_ms, known.baseline_ms);
    }
  }
  plan::Step step;
  step.path = place.path;
  step.name = "watch";
  step.title = fmt::format("watch {} every {}", plan::FormatDuration(gate.for_ms),
                           plan::FormatDuration(gate.every_ms));
  step.kind = plan::StepKind::kWatch;
  step.gate_id = plan::GateId(static_cast<uint32_t>(plan_.gates.size()));
  step.phase = phase_;
  step.allowed_phases = 1 << static_cast<int>(plan::Phase::kCleanup);
  step.delay_ms = delay_ms_;
  step.timeout_ms = kLastSampleMs;
  step.after.assign(frontier.begin(), frontier.end());
  step.position = gate.position;
  plan_.gates.push_back(std::move(gate));
  plan_.steps.push_back(std::move(step));
  watch_id_ = plan::StepId(static_cast<uint32_t>(plan_.steps.size() - 1));
  const Place inside{place.path + "/else", {}, {}};
  Frontier ends = AddSequence(&watch->otherwise, inside, {watch_id_});
  watch_id_ = plan::StepId();
  return ends;
}

}  // namespace upgraph::lower
