#pragma once

// Who has approved a run that is to be opened: typed names, which prove nothing, and signed
// approvals, which alone count for a role that has a key in the host's trust store.

#include <string>
#include <vector>

#include "base/result.h"
#include "plan/plan.h"
#include "runtime/env/files.h"
#include "runtime/executor/run.h"
#include "runtime/package/package.h"

namespace upgraph::executor {

// How a host is called: the first line of its /etc/hostname; empty: it has none.
std::string HostName(env::Files& files);

// As it is recorded.
std::string ApprovedText(const Approval& approval);

// All that was given, to be recorded. kPermission: something of it does not hold, or somebody who
// has to approve has not.
Result<std::vector<Approval>> JudgeApprovals(const RunOptions& options, env::Files& files,
                                             const package::Package& package,
                                             const plan::Plan& plan);

}  // namespace upgraph::executor
