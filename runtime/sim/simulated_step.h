#pragma once

// The contract of a step, played on a simulated host. Internal to sim.

#include "runtime/sim/simulated_host.h"

namespace upgraph::sim {

// `host` outlives the step.
std::unique_ptr<steps::NativeStep> MakeSimulatedStep(const SimulatedHost& host,
                                                     const plan::Step& step);

}  // namespace upgraph::sim
