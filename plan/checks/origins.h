#pragma once

// What the checks of the version graph share.

#include <string>
#include <vector>

#include "plan/version_path.h"

namespace upgraph::plan {

struct Origin {
  std::string text;  // without v
  Version version;
};

// What a host may have: the listed releases without those that were withdrawn, ascending; where
// none are listed, the versions at which edges begin and end.
std::vector<Origin> OriginsOf(const Plan& plan, const VersionGraph& graph);

}  // namespace upgraph::plan
