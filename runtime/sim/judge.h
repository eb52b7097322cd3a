#pragma once

// Compares what came of a scenario with what was expected. Internal to sim.

#include <map>
#include <optional>

#include "runtime/sim/play.h"
#include "runtime/sim/world.h"

namespace upgraph::sim {

// What stands at the end.
struct Ending {
  const plan::Plan& plan;
  const SimulatedWorld& world;
  const ScenarioResult& result;
  std::string installed;                           // without v
  std::map<std::string, std::string> step_states;  // by path; those of steps of the last run
};

// What is so instead; nothing when it holds.
std::optional<std::string> Disprove(const Ending& ending,
                                    const plan::ScenarioExpectation& expectation);

}  // namespace upgraph::sim
