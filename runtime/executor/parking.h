#pragma once

// A run that was prepared days ahead and waits for its window. docs/parking.md

#include <string>

#include "runtime/executor/run.h"
#include "runtime/executor/taken_host.h"

namespace upgraph::executor {

// What the host answers when the run is parked, prepare included: kept in the run's folder,
// durably. Gives the digest of what was written.
Result<Digest> KeepFactsOfParked(const HostAccess& access, env::Env& env, const LoadedRun& run);

// Who has approved a run that is to be parked: judged again when it goes on. Kept in the same way.
Status KeepApprovalsOfParked(env::Env& env, const std::string& run_id, const RunOptions& options);

// Looks at the host as before the first change, and goes on with the parked run. Where something
// speaks against it the run stays parked; where a fact is another one it turns back.
Outcome GoOnWithParked(const RunOptions& options, Host* host, LoadedRun* run);

// Of a run that is parked, or is to be: what a person can do.
std::string HowToGoOn(const plan::Plan& plan);

}  // namespace upgraph::executor
