#pragma once

// What of a run needs a person, with all that they need to finish it. The runner says it at the
// end, and `status` for as long as it is so.

#include <functional>
#include <string>
#include <vector>

#include "runtime/executor/host_access.h"
#include "runtime/executor/run.h"

namespace upgraph::executor {

struct LeftoverSource {
  env::Env& env;
  const plan::Plan& plan;  // of this host
  const history::RunHistory& history;
  const std::string& root;  // as the commands need it
  const HostAccess& host;
};

// Steps that are stuck or blocked and not accepted; after the commit those that are due and not
// done. `captured` gives what a step captured.
std::vector<Leftover> FindLeftovers(const LeftoverSource& source,
                                    const std::function<steps::Captured(plan::StepId)>& captured);

}  // namespace upgraph::executor
