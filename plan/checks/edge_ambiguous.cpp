#include <fmt/format.h>

#include <map>
#include <utility>

#include "plan/checks/check.h"
#include "plan/checks/origins.h"
#include "plan/edges.h"
#include "plan/version_path.h"

namespace upgraph::plan {

extern const char* const kEdgeAmbiguousExplanation;
const char* const kEdgeAmbiguousExplanation = R"(At most one edge leads from one version to another.

The way of a host has the fewest hops, and of ways with as many the one with the highest version
before the target. Two edges with the same ends are a tie that nothing decides, and a host that comes
by there is refused. So the origins of two edges with the same target hold no release in common.

Bad:
    upgrade v1.0 ..< v2.0 -> v2.0.0 { ... }
    upgrade v1.5 ..< v2.0 -> v2.0.0 { ... }      // v1.5.0 lies in both

Good:
    upgrade v1.0 ..< v1.5 -> v2.0.0 { ... }
    upgrade v1.5 ..< v2.0 -> v2.0.0 { ... }
)";

void RunEdgeAmbiguous(const Plan& plan, std::vector<Finding>* findings) {
  const auto graph = VersionGraph::Make(plan);
  if (!graph.ok()) {
    return;
  }
  std::vector<bool> is_reported(EdgeCount(plan), false);
  for (const Origin& origin : OriginsOf(plan, *graph)) {
    std::map<std::pair<Version, bool>, size_t> first_to;  // of each target and direction
    for (size_t edge = 0; edge < EdgeCount(plan); ++edge) {
      if (!graph->LeadsFrom(edge, origin.version)) {
        continue;
      }
      const Upgrade& upgrade = EdgeGraph(plan, edge).upgrade;
      const auto [first, is_first] =
          first_to.try_emplace({graph->VersionOf(edge), upgrade.is_downgrade}, edge);
      if (is_first || is_reported[edge]) {
        continue;
      }
      is_reported[edge] = true;
      Finding finding;
      finding.check = "edge-ambiguous";
      finding.message = fmt::format("two edges lead from {} to {}, at most one may",
                                    FormatVersion(origin.text), FormatVersion(upgrade.to));
      finding.position = upgrade.position;
      finding.second_message = "the other one";
      finding.second_position = EdgeGraph(plan, first->second).upgrade.position;
      finding.hint = "let the origins of the two hold no release in common";
      findings->push_back(std::move(finding));
    }
  }
}

}  // namespace upgraph::plan
