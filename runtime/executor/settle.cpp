// What a person says of steps that a rollback left over: looked at as far as the host shows it,
// then one durable record for each, all in one commit. A kill before that commit leaves nothing
// said, one after it leaves all of it said; `resume` then goes on either way.

#include <fmt/format.h>

#include "runtime/executor/execution.h"
#include "runtime/rollback/undo_plan.h"

namespace upgraph::executor {

using history::RecordKind;
using history::StepState;
using plan::StepId;

namespace {

LoadedRun* FindTurningBack(const Host& host) {
  for (const std::shared_ptr<LoadedRun>& run : host.unfinished) {
    if (run->contents.history.direction() == history::Direction::kBack) {
      return run.get();
    }
  }
  return nullptr;
}

bool IsLeftOver(const history::RunHistory& history, StepId step_id) {
  const StepState state = history.step(step_id).state;
  return state == StepState::kStuck || state == StepState::kBlocked || history.is_broken(step_id);
}

// Whether the same was said before, by a command that nobody heard the end of.
bool IsSettledSo(const history::StepHistory& step, SettledAs as) {
  return as == SettledAs::kReverted ? step.state == StepState::kReverted : step.is_accepted;
}

std::string ListLeftovers(const LoadedRun& run) {
  std::string paths;
  for (uint32_t i = 0; i < run.plan.steps.size(); ++i) {
    const history::StepHistory& step = run.contents.history.steps()[i];
    if (IsLeftOver(run.contents.history, StepId(i)) && !step.is_accepted) {
      paths += fmt::format("{}`{}`", paths.empty() ? "" : ", ", run.plan.steps[i].path);
    }
  }
  return paths.empty() ? "nothing is left over; `upgraph resume` ends the rollback"
                       : "left over: " + paths;
}

// Which steps are meant; an error names what cannot be settled, and why.
Result<std::vector<bool>> FindSteps(const LoadedRun& run, const Settlement& settlement) {
  const history::RunHistory& history = run.contents.history;
  std::vector<bool> chosen(run.plan.steps.size(), false);
  for (const std::string& path : settlement.step_paths) {
    bool is_known = false;
    for (uint32_t i = 0; i < run.plan.steps.size(); ++i) {
      if (run.plan.steps[i].path != path) {
        continue;
      }
      is_known = true;
      const history::StepHistory& step = history.steps()[i];
      if (history.is_broken(StepId(i)) && settlement.as == SettledAs::kReverted) {
        return Error{
            ErrorKind::kInvalid,
            fmt::format("`{}` only looks, and is nothing that could be put back; mend what "
                        "it looks at, and `upgraph resume` asks again",
                        path)};
      }
      if (!IsLeftOver(history, StepId(i)) && !IsSettledSo(step, settlement.as)) {
        return Error{ErrorKind::kInvalid,
                     fmt::format("`{}` is {}; {}", path, history::StepStateName(step.state),
                                 ListLeftovers(run))};
      }
      chosen[i] = !IsSettledSo(step, settlement.as);
    }
    if (!is_known) {
      return Error{ErrorKind::kNotFound, fmt::format("run {} has no step `{}`; {}", run.run_id,
                                                     path, ListLeftovers(run))};
    }
  }
  for (uint32_t i = 0; i < run.plan.steps.size(); ++i) {
    const StepId above =
        chosen[i] ? rollback::UnsettledAbove(run.plan, history, StepId(i), chosen) : StepId();
    if (above.has_value()) {
      return Error{ErrorKind::kInvalid,
                   fmt::format("`{}` waits for `{}`, which is undone first; settle that one before "
                               "it, or both together",
                               run.plan.steps[i].path, run.plan.step(above).path)};
    }
  }
  return chosen;
}

}  // namespace

std::vector<std::string> Runner::FindDoubts(const std::vector<bool>& put_back) const {
  std::vector<std::string> doubts;
  for (uint32_t i = 0; i < context_.plan.steps.size(); ++i) {
    const StepId step_id(i);
    if (!put_back[i] || rollback::IsUndoneBelow(context_.plan, history_, step_id, put_back)) {
      continue;
    }
    const steps::Observation seen = ObservePutBack(context_, step_id, CapturedOf(step_id));
    if (seen.world != steps::World::kBefore) {
      doubts.push_back(
          fmt::format("`{}` is not as it was: {}", context_.plan.steps[i].path, seen.detail));
    }
  }
  return doubts;
}

Status Runner::Settle(const std::vector<bool>& chosen, SettledAs as, const std::string& text) {
  if (as == SettledAs::kReverted) {
    for (uint32_t i = 0; i < context_.plan.steps.size(); ++i) {
      if (chosen[i]) {
        UPGRAPH_TRY(KeepPutBack(context_, StepId(i), CapturedOf(StepId(i)), directory_times_ns_));
      }
    }
  }
  const bool is_back = as == SettledAs::kReverted;
  for (uint32_t i = 0; i < context_.plan.steps.size(); ++i) {
    if (chosen[i]) {
      RecordAndReport(is_back ? RecordKind::kSettled : RecordKind::kAccepted, StepId(i), text,
                      is_back ? ProgressKind::kSettled : ProgressKind::kAccepted);
    }
  }
  return CommitPending(true) ? OkStatus() : Status(Error{ErrorKind::kIo, failure_});
}

Outcome Settle(const RunOptions& options, const Settlement& settlement) {
  auto host = TakeHost(options);
  if (!host.ok()) {
    return FromError(host.error());
  }
  LoadedRun* run = FindTurningBack(**host);
  if (run == nullptr) {
    return Refuse("there is no rollback on this host that left anything over");
  }
  auto chosen = FindSteps(*run, settlement);
  if (!chosen.ok()) {
    Outcome outcome = Refuse(chosen.error().message);
    outcome.run_id = run->run_id;
    return outcome;
  }
  Execution execution(options, host->get(), run);
  if (Status begun = execution.Begin(); !begun.ok()) {
    Outcome outcome = FromError(begun.error());
    outcome.run_id = run->run_id;
    return outcome;
  }
  return execution.Settle(*chosen, settlement.as, settlement.text);
}

}  // namespace upgraph::executor
