#include "runtime/executor/gate_work.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "runtime/executor/run_folder.h"
#include "runtime/gates/run_gate.h"

namespace upgraph::executor {
namespace {

constexpr int64_t kStopPollMs = 20;

gates::SignalContext ContextOf(const RunContext& run) {
  return {run.env, run.cancel, run.work_lock_fd};
}

bool NeedsBaseline(const plan::Condition& condition) { return condition.baseline_factor != 0; }

Result<std::vector<double>> TakeBaseline(const RunContext& run, const plan::Gate& gate) {
  std::vector<double> baselines(gate.conditions.size(), 0);
  std::vector<size_t> measured;
  for (size_t i = 0; i < gate.conditions.size(); ++i) {
    const plan::Signal& signal = gate.conditions[i].signal;
    if (!NeedsBaseline(gate.conditions[i])) {
      continue;
    }
    if (!signal.has_history) {
      measured.push_back(i);
      continue;
    }
    auto asked = gates::ReadHistory(ContextOf(run), signal, gate.baseline_ms, gates::kReadingMsMax);
    if (!asked.ok()) {
      return asked.error().Within(fmt::format("the baseline of `{}`", signal.title));
    }
    baselines[i] = *asked;
  }
  std::vector<plan::Signal> signals;
  for (size_t i : measured) {
    signals.push_back(gate.conditions[i].signal);
  }
  UPGRAPH_ASSIGN(std::vector<double> averages,
                 gates::MeasureBaselines(run.env.clock, signals, gate.baseline_ms, gate.every_ms,
                                         run.cancel, SignalReaderOf(run)));
  for (size_t k = 0; k < measured.size(); ++k) {
    baselines[measured[k]] = averages[k];
  }
  return baselines;
}

// One line for each condition of a sample.
std::string SampleLines(const RunContext& run, plan::StepId step_id,
                        const std::vector<gates::Look>& looks) {
  const plan::Step& step = run.plan.step(step_id);
  const plan::Gate& gate = run.plan.gate(step.gate_id);
  std::string lines;
  for (size_t i = 0; i < looks.size(); ++i) {
    const plan::Condition& condition = gate.conditions[i];
    const gates::Look& look = looks[i];
    Json json = Json::object();
    json["wall_ms"] = run.env.clock.WallMs();
    json["step"] = step.path;
    json["gate"] = gate.name;
    json["condition"] = condition.title;
    json["reading"] = look.reading.has_value()
                          ? Json(gates::FormatReading(condition.signal.type, *look.reading))
                          : Json();
    json["missing"] = look.missing;
    json["holds"] = look.holds;
    lines += CompactJson(json) + "\n";
  }
  return lines;
}

}  // namespace

gates::SignalReader SignalReaderOf(const RunContext& run) {
  return [&run](const plan::Signal& signal) {
    return gates::ReadSignal(ContextOf(run), signal, gates::kReadingMsMax);
  };
}

void KeepSample(const RunContext& run, plan::StepId step_id,
                const std::vector<gates::Look>& looks) {
  (void)run.env.files.Append(SamplesPath(run.run_id), SampleLines(run, step_id, looks)).ok();
}

Result<std::vector<double>> BaselinesOf(const RunContext& run, plan::StepId step_id) {
  const plan::Gate& gate = run.plan.gate(run.plan.step(step_id).gate_id);
  const auto taken = run.baselines.find(step_id);
  if (taken != run.baselines.end() && taken->second.size() == gate.conditions.size()) {
    return taken->second;
  }
  if (std::any_of(gate.conditions.begin(), gate.conditions.end(), NeedsBaseline)) {
    return Error{ErrorKind::kFailed, "its baseline was not taken"};
  }
  return std::vector<double>(gate.conditions.size(), 0);
}

Result<Baselines> TakeBaselines(const RunContext& run, const RunOptions& options) {
  std::atomic<bool> cancel{false};
  RunContext context{run.env,   run.plan,         run.payload, run.staging, run.run_id,
                     run.epoch, run.work_lock_fd, cancel,      run.host};
  WorkerPool pool(options.jobs);
  for (uint32_t i = 0; i < run.plan.steps.size(); ++i) {
    const plan::Step& step = run.plan.steps[i];
    if (!step.gate_id.has_value() || run.host.FindStep(step) != nullptr) {
      continue;
    }
    const plan::Gate& gate = run.plan.gate(step.gate_id);
    if (std::none_of(gate.conditions.begin(), gate.conditions.end(), NeedsBaseline)) {
      continue;
    }
    pool.Start([&context, &gate, step_id = plan::StepId(i)] {
      WorkResult result;
      result.step_id = step_id;
      auto taken = TakeBaseline(context, gate);
      if (taken.ok()) {
        result.baselines = std::move(*taken);
      } else {
        result.status = taken.error();
      }
      return result;
    });
  }
  Baselines baselines;
  Status failure = OkStatus();
  while (pool.open_count() > 0) {
    if (options.stop != nullptr && options.stop->load() > 0) {
      cancel.store(true);
    }
    std::optional<WorkResult> result = pool.Wait(kStopPollMs);
    if (!result.has_value()) {
      continue;
    }
    if (!result->status.ok() && failure.ok()) {
      failure = result->status;
      cancel.store(true);  // the others would be for nothing
    }
    baselines[result->step_id] = std::move(result->baselines);
  }
  if (!failure.ok()) {
    return failure.error();
  }
  return baselines;
}

WorkResult CheckGate(const RunContext& run, plan::StepId step_id, int64_t end_boot_ms) {
  WorkResult result;
  result.kind = WorkKind::kCheck;
  result.step_id = step_id;
  const plan::Step& step = run.plan.step(step_id);
  const plan::Gate& gate = run.plan.gate(step.gate_id);
  const auto baselines = BaselinesOf(run, step_id);
  if (!baselines.ok()) {
    result.status = baselines.error();
    return result;
  }
  result.status = gates::RunGate(
      run.env.clock, gate, *baselines,
      end_boot_ms == 0 ? run.env.clock.BootMs() + step.timeout_ms : end_boot_ms, run.cancel,
      SignalReaderOf(run),
      [&](const std::vector<gates::Look>& looks) { KeepSample(run, step_id, looks); });
  return result;
}

}  // namespace upgraph::executor
