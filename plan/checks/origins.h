#pragma once

// What the checks of the version graph share.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "plan/version_path.h"

namespace upgraph::plan {

struct Origin {
  std::string text;  // without v
  Version version;
};

// What a host may have, ascending: the listed releases or, where none are listed, the versions at
// which edges begin and end; of what was withdrawn only what an edge names as its origin.
std::vector<Origin> OriginsOf(const Plan& plan, const VersionGraph& graph);

// The upgrade with the highest target at which a run may end; none when there is none.
std::optional<size_t> HighestUpgrade(const Plan& plan, const VersionGraph& graph);

// The first hop from there to the target that nobody takes any more since a release was withdrawn;
// none when the target is in reach, or never was. `with_withdrawn` passes withdrawals.
std::optional<PathHop> LostHop(const VersionGraph& graph, const VersionGraph& with_withdrawn,
                               const Origin& origin, const std::string& target);

}  // namespace upgraph::plan
