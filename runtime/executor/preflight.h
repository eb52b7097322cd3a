#pragma once

// Everything that can be known before the first change: the host's facts, the checks on the host's
// own plan, what each step needs, and the spec's own preflight steps. Changes nothing.

#include <string>
#include <vector>

#include "plan/resolve.h"
#include "runtime/executor/step_work.h"

namespace upgraph::executor {

// Asks the facts of the plan and resolves it.
// Where to: as HostFacts::target.
Result<plan::Resolution> ResolveWithFacts(const HostAccess& host, env::Env& env, plan::Plan plan,
                                          const std::string& target);

// What speaks against the run, all of it; empty: nothing. Preflight steps run side by side.
std::vector<std::string> RunPreflight(
    const RunContext& context, int jobs,
    const std::function<void(plan::StepId, const WorkResult&)>& report);

}  // namespace upgraph::executor
