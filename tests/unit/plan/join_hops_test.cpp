#include "plan/join_hops.h"

#include <rapidcheck/catch.h>

#include <map>
#include <set>

#include "plan/edges.h"
#include "plan/graph.h"
#include "plan/overlap.h"
#include "plan/resolve.h"
#include "plan/verify.h"
#include "tests/support/catch.h"
#include "tests/support/plan_builder.h"

namespace upgraph::plan {
namespace {

std::string FileOf(int number) { return "/srv/" + std::to_string(number); }

// One hop of any shape: in each phase some steps, in a chain or side by side, that look at files or
// change them.
StepGraph AnyHop(int number) {
  test::PlanBuilder builder;
  builder.plan().upgrade.from = {{std::to_string(number) + ".0.0", ""}};
  builder.plan().upgrade.to = std::to_string(number + 1) + ".0.0";
  std::vector<StepId> frontier;
  for (int i = 0; i < kPhaseCount; ++i) {
    const auto phase = static_cast<Phase>(i);
    const int count = phase == Phase::kSwitch ? 1 : *rc::gen::element(0, 1, 2, 3);
    const bool is_chain = *rc::gen::arbitrary<bool>();
    const bool changes = phase != Phase::kPreflight && phase != Phase::kVerify;
    std::vector<StepId> ends;
    for (int step = 0; step < count; ++step) {
      const std::string name = std::to_string(step);
      const std::string file = FileOf(*rc::gen::element(0, 1, 2, 3));
      const StepId id = changes ? builder.Write(phase, name, file) : builder.Add(phase, name);
      if (!changes) {
        builder.Effect(id, EffectKind::kReads, file);
      }
      builder.After(id, is_chain && step > 0 ? std::vector<StepId>{ends.back()} : frontier);
      ends = is_chain ? std::vector<StepId>{} : ends;
      ends.push_back(id);
    }
    frontier = ends.empty() ? frontier : ends;
  }
  StepGraph graph = builder.plan();
  for (Step& step : graph.steps) {
    step.path = "v" + graph.upgrade.to + "/" + step.path;
  }
  return graph;
}

Plan AnyWay(int hop_count) {
  Plan plan;
  plan.product.name = "box";
  plan.facts = {{"installed", "files.first_line", {}, {}}};
  static_cast<StepGraph&>(plan) = AnyHop(1);
  for (int hop = 2; hop <= hop_count; ++hop) {
    plan.other_edges.push_back(AnyHop(hop));
  }
  return plan;
}

std::map<std::string, StepId> IdsByPath(const StepGraph& graph) {
  std::map<std::string, StepId> ids;
  for (uint32_t i = 0; i < graph.steps.size(); ++i) {
    RC_ASSERT(ids.emplace(graph.steps[i].path, StepId(i)).second);
  }
  return ids;
}

std::vector<std::string> Touched(const StepGraph& graph, const Step& step) {
  std::vector<std::string> names;
  for (const Effect& effect : step.effects) {
    names.push_back(EffectKindName(effect.kind) + graph.resource(effect.resource_id).Name());
  }
  return names;
}

bool WritesAny(const StepGraph& graph, const std::set<std::string>& files) {
  return std::any_of(graph.steps.begin(), graph.steps.end(), [&](const Step& step) {
    return step.phase != Phase::kCleanup &&
           std::any_of(step.effects.begin(), step.effects.end(), [&](const Effect& effect) {
             return effect.kind == EffectKind::kWrites &&
                    files.count(graph.resource(effect.resource_id).Name()) > 0;
           });
  });
}

std::set<std::string> FilesOf(const StepGraph& graph, const Step& step) {
  std::set<std::string> files;
  for (const Effect& effect : step.effects) {
    files.insert(graph.resource(effect.resource_id).Name());
  }
  return files;
}

TEST_CASE("hops of any shape make one plan that verifies and keeps each step and its order") {
  rc::prop("joined", [] {
    const Plan spec = AnyWay(*rc::gen::element(2, 3, 4));
    RC_ASSERT(Verify(spec).ok());
    const auto resolved = Resolve(spec, {"1.0.0"});  // it verifies what it made
    RC_ASSERT(resolved.ok());
    const Plan& plan = resolved->plan;
    RC_ASSERT(plan.hops.size() == EdgeCount(spec));
    const std::map<std::string, StepId> ids = IdsByPath(plan);
    Reachability reachability(plan);
    size_t step_count = 0;
    for (size_t hop = 0; hop < EdgeCount(spec); ++hop) {
      const StepGraph& edge = EdgeGraph(spec, hop);
      step_count += edge.steps.size();
      for (const Step& before : edge.steps) {
        const StepId id = ids.at(before.path);
        RC_ASSERT(plan.step(id).hop == hop);
        RC_ASSERT(Touched(plan, plan.step(id)) == Touched(edge, before));
        for (const StepId other : before.after) {
          RC_ASSERT(reachability.Reaches(ids.at(edge.step(other).path), id));
        }
      }
    }
    const auto joins = std::count_if(plan.steps.begin(), plan.steps.end(),
                                     [](const Step& step) { return step.kind == StepKind::kJoin; });
    RC_ASSERT(plan.steps.size() == step_count + static_cast<size_t>(joins));
  });
}

TEST_CASE(
    "a preflight waits exactly where an earlier hop writes what it reads, or it comes after "
    "one that waits") {
  rc::prop("late", [] {
    const Plan spec = AnyWay(*rc::gen::element(2, 3, 4));
    const auto resolved = Resolve(spec, {"1.0.0"});
    RC_ASSERT(resolved.ok());
    const std::map<std::string, StepId> ids = IdsByPath(resolved->plan);
    for (size_t hop = 0; hop < EdgeCount(spec); ++hop) {
      const StepGraph& edge = EdgeGraph(spec, hop);
      std::set<uint32_t> late;
      for (uint32_t i = 0; i < edge.steps.size(); ++i) {
        const Step& step = edge.steps[i];
        if (step.phase != Phase::kPreflight) {
          continue;
        }
        bool is_late = std::any_of(step.after.begin(), step.after.end(),
                                   [&](StepId id) { return late.count(id.index()) > 0; });
        for (size_t earlier = 0; earlier < hop; ++earlier) {
          is_late = is_late || WritesAny(EdgeGraph(spec, earlier), FilesOf(edge, step));
        }
        if (is_late) {
          late.insert(i);
        }
        const Phase phase = resolved->plan.step(ids.at(step.path)).phase;
        RC_ASSERT(phase == (is_late ? Phase::kPrepare : Phase::kPreflight));
      }
    }
  });
}

}  // namespace
}  // namespace upgraph::plan
