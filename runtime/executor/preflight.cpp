#include "runtime/executor/preflight.h"

#include <fmt/format.h>

#include <algorithm>

#include "plan/checks/check.h"
#include "runtime/executor/run.h"
#include "runtime/journal/journal.h"

namespace upgraph::executor {
namespace {

// Beside what steps stage and the journal takes: the package, and room to breathe.
constexpr uint64_t kStateBytesMin = 12 << 20;

void AddCheckFindings(const plan::Plan& plan, std::vector<std::string>* findings) {
  for (const plan::Finding& finding : plan::RunChecks(plan)) {
    if (finding.severity == plan::FindingSeverity::kError) {
      findings->push_back(fmt::format("{} [{}]", finding.message, finding.check));
    }
  }
}

// Whether the step makes or changes the thing, beyond starting or stopping it.
bool Makes(const plan::Step& step, const plan::Effect& effect) {
  return effect.kind == plan::EffectKind::kWrites &&
         std::none_of(step.effects.begin(), step.effects.end(), [&](const plan::Effect& other) {
           return other.resource_id == effect.resource_id &&
                  (other.kind == plan::EffectKind::kStarts ||
                   other.kind == plan::EffectKind::kStops);
         });
}

// Whether an earlier step makes something that this one is about: what it did not find may come
// with that, and is known when its turn comes.
bool MayStillCome(const plan::Plan& plan, uint32_t index) {
  const auto is_about = [&](const plan::Effect& made) {
    const std::vector<plan::Effect>& effects = plan.steps[index].effects;
    return std::any_of(effects.begin(), effects.end(), [&](const plan::Effect& effect) {
      return plan::Overlaps(plan.resource(made.resource_id), plan.resource(effect.resource_id));
    });
  };
  return std::any_of(
      plan.steps.begin(), plan.steps.begin() + index, [&](const plan::Step& earlier) {
        return std::any_of(
            earlier.effects.begin(), earlier.effects.end(),
            [&](const plan::Effect& effect) { return Makes(earlier, effect) && is_about(effect); });
      });
}

void AddEstimates(const RunContext& context, const std::vector<bool>& done,
                  std::vector<std::string>* findings) {
  uint64_t bytes =
      kStateBytesMin + journal::JournalBytes(static_cast<uint32_t>(context.plan.steps.size()));
  for (uint32_t i = 0; i < context.plan.steps.size(); ++i) {
    const plan::Step& step = context.plan.steps[i];
    if (step.kind == plan::StepKind::kJoin || (i < done.size() && done[i])) {
      continue;
    }
    auto estimate = EstimateStep(context, plan::StepId(i));
    if (!estimate.ok() && step.hop > 0) {
      continue;  // what it needs may come with an earlier hop: it is known when the step's turn
                 // comes
    }
    if (!estimate.ok() && estimate.error().kind == ErrorKind::kNotFound &&
        MayStillCome(context.plan, i)) {
      continue;
    }
    if (!estimate.ok()) {
      findings->push_back(fmt::format("`{}`: {}", step.path, estimate.error().message));
      continue;
    }
    bytes += estimate->undo_bytes + estimate->staged_bytes;
  }
  auto space = context.env.files.Space(kStateFolder);
  if (space.ok() && space->free_bytes < bytes) {
    findings->push_back(fmt::format("the run needs {} MiB and {} MiB are free; make room first",
                                    bytes >> 20, space->free_bytes >> 20));
  }
}

}  // namespace

Result<plan::Resolution> ResolveWithFacts(const HostAccess& host, env::Env& env, plan::Plan plan,
                                          const std::string& target) {
  plan::HostFacts facts;
  facts.target = target;
  for (const plan::Fact& fact : plan.facts) {
    UPGRAPH_ASSIGN(std::string answer, host.AskFact(env, fact));
    if (fact.name == "installed") {
      facts.installed = answer;
    } else {
      facts.answers.emplace_back(fact.name, std::move(answer));
    }
  }
  return plan::Resolve(std::move(plan), facts);
}

std::string FindChangedFact(const HostAccess& host, env::Env& env,
                            const std::vector<plan::Fact>& facts,
                            const std::vector<std::pair<std::string, std::string>>& was,
                            const std::string& since) {
  for (const auto& [name, answer] : was) {
    for (const plan::Fact& fact : facts) {
      if (fact.name != name) {
        continue;
      }
      const auto now = host.AskFact(env, fact);
      if (!now.ok()) {
        return fmt::format("fact `{}` cannot be asked any more: {}", name, now.error().message);
      }
      if (*now != answer) {
        return fmt::format("fact `{}` was `{}` and is `{}` {}", name, answer, *now, since);
      }
    }
  }
  return "";
}

void ReportPreflight(const RunOptions& options, const plan::Plan& plan, env::Clock& clock,
                     plan::StepId step_id, const WorkResult& result) {
  if (options.progress == nullptr) {
    return;
  }
  Progress progress;
  progress.kind = result.status.ok() ? ProgressKind::kApplied : ProgressKind::kFailed;
  progress.step_path = plan.step(step_id).path;
  progress.step_title = plan.step(step_id).title;
  progress.text = result.status.ok() ? "" : result.status.error().message;
  progress.wall_ms = clock.WallMs();
  options.progress->Report(progress);
}

std::vector<std::string> RunPreflight(
    const RunContext& context, int jobs,
    const std::function<void(plan::StepId, const WorkResult&)>& report,
    const std::vector<bool>& done) {
  std::vector<std::string> findings;
  AddCheckFindings(context.plan, &findings);
  AddEstimates(context, done, &findings);
  WorkerPool pool(jobs);
  for (uint32_t i = 0; i < context.plan.steps.size(); ++i) {
    const plan::Step& step = context.plan.steps[i];
    if (step.phase == plan::Phase::kPreflight && step.kind != plan::StepKind::kJoin) {
      pool.Start([&context, id = plan::StepId(i)] { return CheckStep(context, id); });
    }
  }
  // Reported in the order of the plan, whichever ended first.
  std::vector<WorkResult> results;
  while (pool.open_count() > 0) {
    std::optional<WorkResult> result = pool.Wait(1000);
    if (result.has_value()) {
      results.push_back(std::move(*result));
    }
  }
  std::sort(results.begin(), results.end(),
            [](const WorkResult& a, const WorkResult& b) { return a.step_id < b.step_id; });
  for (const WorkResult& result : results) {
    report(result.step_id, result);
    if (!result.status.ok()) {
      findings.push_back(fmt::format("`{}`: {}", context.plan.step(result.step_id).path,
                                     result.status.error().message));
    }
  }
  return findings;
}

}  // namespace upgraph::executor
