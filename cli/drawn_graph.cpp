#include "cli/drawn_graph.h"

#include <fmt/format.h>

#include "plan/graph.h"

namespace upgraph::cli {
namespace {

using plan::StepId;

bool IsUndone(const plan::Step& step) {
  return step.phase < plan::Phase::kVerify && step.undo != plan::UndoClass::kObserves &&
         step.undo != plan::UndoClass::kNever;
}

DrawnGraph ForwardGraph(const plan::Plan& plan) {
  DrawnGraph graph;
  graph.is_drawn.assign(plan.steps.size(), true);
  for (const plan::Step& step : plan.steps) {
    graph.before.push_back(step.after);
  }
  const std::vector<StepId> path =
      CriticalSteps(plan, plan::Phase::kPreflight, plan::Phase::kVerify);
  graph.longest_path.insert(path.begin(), path.end());
  return graph;
}

// Steps that only look are passed through: what came after them comes after what was before them.
DrawnGraph BackGraph(const plan::Plan& plan) {
  DrawnGraph graph;
  graph.before.resize(plan.steps.size());
  std::vector<std::vector<StepId>> nearest(plan.steps.size());  // drawn steps at or before a step
  for (uint32_t i = 0; i < plan.steps.size(); ++i) {
    const plan::Step& step = plan.steps[i];
    graph.is_drawn.push_back(IsUndone(step) || step.kind == plan::StepKind::kJoin);
    std::set<StepId> drawn;
    for (const StepId before : step.after) {
      drawn.insert(nearest[before.index()].begin(), nearest[before.index()].end());
    }
    if (graph.is_drawn[i]) {
      for (const StepId before : drawn) {
        graph.before[before.index()].push_back(StepId(i));
      }
      drawn = {StepId(i)};
    }
    nearest[i].assign(drawn.begin(), drawn.end());
  }
  return graph;
}

}  // namespace

DrawnGraph GraphToDraw(const plan::Plan& plan, GraphDirection direction) {
  return direction == GraphDirection::kForward ? ForwardGraph(plan) : BackGraph(plan);
}

std::string TimeAndWayBack(const plan::Step& step, GraphDirection direction) {
  if (direction == GraphDirection::kBack) {
    return plan::FormatDuration(step.undo_takes_ms) + " back";
  }
  return fmt::format("{}, {}", plan::FormatDuration(step.takes_ms), plan::UndoClassName(step.undo));
}

std::string LockTitle(const plan::LockScope& scope) {
  std::string title;
  for (const plan::Lock& lock : scope.locks) {
    title += (title.empty() ? "lock " : ", ") + lock.name;
  }
  return title;
}

}  // namespace upgraph::cli
