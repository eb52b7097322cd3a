#include "runtime/executor/watch_work.h"

#include <algorithm>
#include <string_view>

#include "base/json.h"
#include "runtime/executor/gate_work.h"
#include "runtime/executor/samples.h"

namespace upgraph::executor {
namespace {

using plan::StepId;

// When the step was looked at last, by the samples that were kept; 0: not that we know.
int64_t LastLookMs(const std::string& samples, const std::string& step_path) {
  size_t end = samples.size();
  while (end > 0) {
    const size_t newline = samples.rfind('\n', end - 1);
    const size_t begin = newline == std::string::npos ? 0 : newline + 1;
    const Result<Json> line = ParseJson(samples.substr(begin, end - begin));
    if (line.ok() && line->is_object() && line->value("step", "") == step_path) {
      return line->value("wall_ms", int64_t{0});
    }
    end = begin == 0 ? 0 : begin - 1;
  }
  return 0;
}

bool IsDueNow(const plan::Gate& gate, int64_t committed_ms, int64_t last_look_ms, int64_t now_ms) {
  if (now_ms - committed_ms >= gate.for_ms) {
    return true;
  }
  // A clock that was set back says nothing about the last look.
  const int64_t since_ms = last_look_ms > 0 && last_look_ms <= now_ms
                               ? std::max(last_look_ms, committed_ms)
                               : committed_ms;
  return now_ms - since_ms >= gate.every_ms;
}

}  // namespace

std::vector<StepId> WatchesDue(env::Env& env, const LoadedRun& run) {
  std::vector<StepId> due;
  const history::RunHistory& history = run.contents.history;
  if (history.state() != history::RunState::kCommitted) {
    return due;
  }
  std::string samples;
  bool is_read = false;
  for (uint32_t i = 0; i < run.plan.steps.size(); ++i) {
    const plan::Step& step = run.plan.steps[i];
    if (step.kind != plan::StepKind::kWatch ||
        history.steps()[i].state != history::StepState::kPending) {
      continue;
    }
    if (!is_read) {
      // Without them it looks once more often than it has to.
      Result<std::string> read = env.files.Read(SamplesPath(run.run_id), kSamplesBytesMax);
      samples = read.ok() ? *std::move(read) : std::string();
      is_read = true;
    }
    if (IsDueNow(run.plan.gate(step.gate_id), history.committed_wall_ms(),
                 LastLookMs(samples, step.path), env.clock.WallMs())) {
      due.push_back(StepId(i));
    }
  }
  return due;
}

WatchLook LookOnce(const RunContext& run, StepId step_id, int64_t committed_wall_ms) {
  WatchLook look;
  const plan::Gate& gate = run.plan.gate(run.plan.step(step_id).gate_id);
  const int64_t passed_ms = run.env.clock.WallMs() - committed_wall_ms;
  if (run.host.FindStep(run.plan.step(step_id)) != nullptr) {
    const WorkResult result = CheckStep(run, step_id);
    look.breach = result.status.ok() ? "" : result.status.error().message;
    look.is_over = look.breach.empty() && passed_ms >= gate.for_ms;
    return look;
  }
  const auto baselines = BaselinesOf(run, step_id);
  if (!baselines.ok()) {
    look.breach = baselines.error().message;
    return look;
  }
  const std::vector<gates::Look> looks =
      gates::TakeSample(gate.conditions, *baselines, SignalReaderOf(run));
  KeepSample(run, step_id, looks);
  bool waits = false;
  for (size_t i = 0; i < looks.size(); ++i) {
    const bool is_missing = !looks[i].reading.has_value();
    const bool fails = is_missing ? gate.missing == plan::Missing::kFails : !looks[i].holds;
    waits = waits || (is_missing && gate.missing == plan::Missing::kWaits);
    if (fails && look.breach.empty()) {
      look.breach = gates::Describe(gate.conditions[i], looks[i]);
    }
  }
  look.is_over =
      look.breach.empty() && passed_ms >= gate.for_ms && (!waits || passed_ms / 2 >= gate.for_ms);
  return look;
}

bool IsBreached(const history::StepHistory& watch) {
  return watch.state == history::StepState::kApplied && watch.attempt_count > 0;
}

}  // namespace upgraph::executor
