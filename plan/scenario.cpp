#include "plan/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>

#include "plan/edges.h"
#include "plan/graph.h"
#include "plan/resolve.h"
#include "plan/turns.h"
#include "plan/version_path.h"

namespace upgraph::plan {
namespace {

constexpr size_t kShownPathsMax = 4;

struct Found {
  size_t edge = 0;
  StepId id;
};

bool IsPath(const std::string& path, const std::string& name) {
  return path == name || path.ends_with("/" + name);
}

class Resolver {
 public:
  Resolver(const Plan& plan, Scenario* scenario) : plan_(plan), scenario_(*scenario) { FindWay(); }

  std::vector<ScenarioFinding> Run() {
    for (StepName& name : scenario_.found) {
      if (auto step = Resolve(&name)) {
        found_.emplace(name.text, name.position);
      }
    }
    for (ScenarioAct& act : scenario_.acts) {
      for (ScenarioEvent& event : act.events) {
        if (auto step = Resolve(&event.step)) {
          JudgeEvent(act.command, event, *step);
        }
      }
    }
    for (ScenarioExpectation& expectation : scenario_.expectations) {
      std::vector<std::optional<Found>> steps;
      for (StepName& name : expectation.steps) {
        steps.push_back(Resolve(&name));
      }
      JudgeOrder(expectation, steps);
      JudgeState(expectation);
    }
    JudgeOutcomes();
    JudgeResources();
    return std::move(findings_);
  }

 private:
  const Step& StepOf(const Found& found) const {
    return EdgeGraph(plan_, found.edge).step(found.id);
  }

  // As the run will name it: in a turn of a loop by its element.
  const std::string& PathOf(const Found& found) const {
    const auto paths = host_paths_.find(found.edge);
    return paths == host_paths_.end() ? StepOf(found).path : paths->second[found.id.index()];
  }

  // The edges that the run will take; all of them where it takes none.
  void FindWay() {
    auto graph = VersionGraph::Make(plan_);
    if (graph.ok()) {
      auto path = graph->Find(scenario_.installed, scenario_.target);
      for (size_t i = 0; path.ok() && i < path->run_hop_count; ++i) {
        const PathHop& hop = path->hops[i];
        edges_.push_back(hop.edge);
        if (HasTurns(EdgeGraph(plan_, hop.edge))) {
          host_paths_.emplace(hop.edge,
                              HostPaths(plan_, hop, {scenario_.installed, scenario_.answers, ""}));
        }
      }
    }
    for (size_t i = 0; edges_.empty() && i < EdgeCount(plan_); ++i) {
      edges_.push_back(i);
    }
  }

  void Add(ScenarioFault fault, const SourcePosition& position, std::string message,
           std::string hint = "") {
    findings_.push_back({fault, position, std::move(message), std::move(hint), {}, {}});
  }

  std::vector<Found> Find(const std::string& name, const std::vector<size_t>& edges) const {
    std::vector<Found> found;
    for (size_t edge : edges) {
      const StepGraph& graph = EdgeGraph(plan_, edge);
      for (uint32_t i = 0; i < graph.steps.size(); ++i) {
        const Step& step = graph.steps[i];
        const Found candidate{edge, StepId(i)};
        if (step.kind != StepKind::kJoin &&
            (step.label == name || step.name == name || IsPath(step.path, name) ||
             IsPath(PathOf(candidate), name))) {
          found.push_back(candidate);
        }
      }
    }
    return found;
  }

  std::optional<Found> Resolve(StepName* name) {
    const std::vector<Found> found = Find(name->text, edges_);
    if (found.size() == 1) {
      name->text = PathOf(found[0]);
      return found[0];
    }
    if (found.empty()) {
      ReportUnknown(*name);
      return std::nullopt;
    }
    std::string paths;
    for (size_t i = 0; i < std::min(found.size(), kShownPathsMax); ++i) {
      paths += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", PathOf(found[i]));
    }
    Add(ScenarioFault::kUnknownStep, name->position,
        fmt::format("`{}` may be any of {} steps", name->text, found.size()),
        fmt::format("give the one a label, or name it by its path: {}{}", paths,
                    found.size() > kShownPathsMax ? ", …" : ""));
    return std::nullopt;
  }

  void ReportUnknown(const StepName& name) {
    std::vector<size_t> all;
    for (size_t i = 0; i < EdgeCount(plan_); ++i) {
      all.push_back(i);
    }
    if (const std::vector<Found> found = Find(name.text, all); !found.empty()) {
      Add(ScenarioFault::kUnknownStep, name.position,
          fmt::format("`{}` is a step of the upgrade to v{}, which is not on the way from v{}",
                      name.text, EdgeGraph(plan_, found[0].edge).upgrade.to, scenario_.installed));
      return;
    }
    Add(ScenarioFault::kUnknownStep, name.position,
        fmt::format("there is no step `{}`", name.text));
    findings_.back().word = name.text;
    for (size_t edge : edges_) {
      const StepGraph& graph = EdgeGraph(plan_, edge);
      for (uint32_t i = 0; i < graph.steps.size(); ++i) {
        const Step& step = graph.steps[i];
        if (step.kind != StepKind::kJoin) {
          findings_.back().candidates.push_back(step.label.empty() ? step.name : step.label.str());
          findings_.back().candidates.push_back(PathOf({edge, StepId(i)}));
        }
      }
    }
  }

  void JudgeEvent(RunCommand command, const ScenarioEvent& event, const Found& place) {
    const Step& step = StepOf(place);
    const SourcePosition& position = event.step.position;
    if (step.kind == StepKind::kWatch &&
        (command != RunCommand::kTick || event.kind != EventKind::kFails)) {
      Add(ScenarioFault::kContradiction, position,
          fmt::format("`{}` looks while time passes after the commit, and can fail then",
                      step.title),
          fmt::format("write `when {} pass, {} fails`",
                      FormatDuration(std::max<int64_t>(step.delay_ms, 1)), step.name));
      return;
    }
    if (found_.count(PathOf(place)) != 0) {
      Add(ScenarioFault::kContradiction, position,
          fmt::format("`{}` is given as found: the run leaves it alone, so nothing happens to it",
                      step.title));
      return;
    }
    const bool is_back = event.kind == EventKind::kSticks || event.kind == EventKind::kDrifts ||
                         event.kind == EventKind::kKilledBack;
    if (is_back && step.undo == UndoClass::kObserves) {
      Add(ScenarioFault::kContradiction, position,
          fmt::format("`{}` only looks: it leaves nothing and is never reverted", step.title));
      return;
    }
    const bool needs_run = event.kind == EventKind::kKilled || event.kind == EventKind::kStopped;
    if (needs_run && step.phase == Phase::kPreflight) {
      Add(ScenarioFault::kContradiction, position,
          fmt::format("`{}` looks before the run is opened: there is nothing to stop yet",
                      step.title));
    }
  }

  void JudgeOrder(const ScenarioExpectation& expectation,
                  const std::vector<std::optional<Found>>& steps) {
    const bool is_back = expectation.kind == ExpectationKind::kReverted ||
                         expectation.kind == ExpectationKind::kRevertedOnly;
    for (size_t i = 0; i + 1 < steps.size(); ++i) {
      if (!steps[i] || !steps[i + 1]) {
        continue;
      }
      const Found& first = is_back ? *steps[i + 1] : *steps[i];
      const Found& second = is_back ? *steps[i] : *steps[i + 1];
      const SourcePosition& position = expectation.steps[i + 1].position;
      const Step& one = StepOf(*steps[i]);
      const Step& other = StepOf(*steps[i + 1]);
      if (first.edge != second.edge) {
        continue;
      }
      if (is_back && IsReboot(one) != IsReboot(other)) {
        if (IsReboot(one)) {
          Add(ScenarioFault::kContradiction, position,
              fmt::format("`{}` goes back before `{}`: a way back reboots when all else is done",
                          other.title, one.title));
        }
        continue;
      }
      Reachability& reachability = ReachabilityOf(first.edge);
      if (first.id == second.id ||
          (second.id < first.id && reachability.Reaches(second.id, first.id))) {
        Add(ScenarioFault::kContradiction, position,
            fmt::format("`{}` {} before `{}`, never after it", other.title,
                        is_back ? "goes back" : "runs", one.title));
      } else if (!reachability.AreOrdered(first.id, second.id)) {
        Add(ScenarioFault::kContradiction, position,
            fmt::format("`{}` and `{}` stand side by side: which comes first is chance", one.title,
                        other.title),
            "say it of each in a list of its own");
      }
    }
  }

  Reachability& ReachabilityOf(size_t edge) {
    auto [position, is_new] = reachability_.try_emplace(edge, nullptr);
    if (is_new) {
      position->second = std::make_unique<Reachability>(EdgeGraph(plan_, edge));
    }
    return *position->second;
  }

  void JudgeState(const ScenarioExpectation& expectation) {
    if (expectation.kind != ExpectationKind::kStepState || expectation.steps.empty()) {
      return;
    }
    const auto [state, is_new] = states_.try_emplace(expectation.steps[0].text, expectation.text);
    if (!is_new && state->second != expectation.text) {
      Add(ScenarioFault::kContradiction, expectation.position,
          fmt::format("one step cannot be both {} and {} at the end", state->second,
                      expectation.text));
    }
  }

  void JudgeOutcomes() {
    const ScenarioExpectation* first = nullptr;
    for (const ScenarioExpectation& expectation : scenario_.expectations) {
      if (expectation.kind != ExpectationKind::kOutcome) {
        continue;
      }
      if (first != nullptr && first->text != expectation.text) {
        Add(ScenarioFault::kContradiction, expectation.position,
            fmt::format("a run that is {} is not {}", first->text, expectation.text));
      }
      first = first == nullptr ? &expectation : first;
    }
    const std::vector<ScenarioEvent>& last = scenario_.acts.back().events;
    const auto killed = std::find_if(last.begin(), last.end(), [](const ScenarioEvent& event) {
      return event.kind == EventKind::kKilled;
    });
    const bool is_certain = last.size() == 1 && killed != last.end() &&
                            scenario_.acts.back().command == RunCommand::kApply;
    if (first != nullptr && is_certain && first->text != "interrupted") {
      Add(ScenarioFault::kContradiction, first->position,
          fmt::format("the runner is killed at `{}`, so the run is interrupted, not {}",
                      killed->step.text, first->text),
          "say who goes on: `when resume`, `when rollback`, or `when apply` as at the next start");
    }
  }

  void JudgeResources() {
    for (const ScenarioExpectation& one : scenario_.expectations) {
      for (const ScenarioExpectation& other : scenario_.expectations) {
        const bool is_changed = one.kind == ExpectationKind::kChanged;
        const bool is_as_before =
            other.kind == ExpectationKind::kUnchanged || other.kind == ExpectationKind::kGivenBack;
        if (is_changed && is_as_before && one.owner == other.owner &&
            one.resources == other.resources) {
          Add(ScenarioFault::kContradiction, std::max(one.position, other.position, IsEarlier),
              fmt::format("`{}` and `{}` cannot both be so", one.written, other.written));
        }
      }
    }
  }

  static bool IsEarlier(const SourcePosition& a, const SourcePosition& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  }

  const Plan& plan_;
  Scenario& scenario_;
  std::vector<size_t> edges_;
  std::map<size_t, std::vector<std::string>> host_paths_;  // beside the steps; of edges with turns
  std::map<std::string, SourcePosition> found_;            // paths
  std::map<std::string, std::string> states_;
  std::map<size_t, std::unique_ptr<Reachability>> reachability_;
  std::vector<ScenarioFinding> findings_;
};

}  // namespace

const char* RunCommandName(RunCommand command) {
  switch (command) {
    case RunCommand::kApply:
      return "apply";
    case RunCommand::kResume:
      return "resume";
    case RunCommand::kRollback:
      return "rollback";
    case RunCommand::kTick:
      return "tick";
  }
  UPGRAPH_UNREACHABLE("run command");
}

const std::vector<std::string>& OutcomeWords() {
  static const auto* const kWords = new std::vector<std::string>{
      "done", "rolled_back", "incomplete", "refused", "interrupted", "needs_person"};
  return *kWords;
}

const std::vector<std::string>& StepStateWords() {
  static const auto* const kWords =
      new std::vector<std::string>{"pending",   "found",    "captured", "applied", "failed",
                                   "reverting", "reverted", "stuck",    "blocked"};
  return *kWords;
}

std::vector<ScenarioFinding> ResolveScenario(const Plan& plan, Scenario* scenario) {
  return Resolver(plan, scenario).Run();
}

}  // namespace upgraph::plan
