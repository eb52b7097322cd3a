#pragma once

// Everything that can be known before the first change: the host's facts, the checks on the host's
// own plan, what each step needs, and the spec's own preflight steps. Changes nothing.

#include <string>
#include <vector>

#include "plan/resolve.h"
#include "runtime/executor/run.h"
#include "runtime/executor/step_work.h"

namespace upgraph::executor {

// Asks the facts of the plan and resolves it.
// Where to: as HostFacts::target.
Result<plan::Resolution> ResolveWithFacts(const HostAccess& host, env::Env& env, plan::Plan plan,
                                          const std::string& target);

// The first fact that does not answer what it did, and how it is, with `since` behind it; empty:
// none.
std::string FindChangedFact(const HostAccess& host, env::Env& env,
                            const std::vector<plan::Fact>& facts,
                            const std::vector<std::pair<std::string, std::string>>& was,
                            const std::string& since);

// What speaks against the run, all of it; empty: nothing. Preflight steps run side by side. `done`:
// steps that need nothing any more; empty: there are none.
std::vector<std::string> RunPreflight(
    const RunContext& context, int jobs,
    const std::function<void(plan::StepId, const WorkResult&)>& report,
    const std::vector<bool>& done = {});
// What is told of one of its steps.
void ReportPreflight(const RunOptions& options, const plan::Plan& plan, env::Clock& clock,
                     plan::StepId step_id, const WorkResult& result);

}  // namespace upgraph::executor
