#include <fmt/format.h>

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
  const std::vector<Origin> origins = OriginsOf(plan, *graph);
  for (size_t second = 1; second < EdgeCount(plan); ++second) {
    for (size_t first = 0; first < second; ++first) {
      const Upgrade& one = EdgeGraph(plan, first).upgrade;
      const Upgrade& other = EdgeGraph(plan, second).upgrade;
      if (one.is_downgrade != other.is_downgrade ||
          !(graph->VersionOf(first) == graph->VersionOf(second))) {
        continue;
      }
      for (const Origin& origin : origins) {
        if (graph->LeadsFrom(first, origin.version) && graph->LeadsFrom(second, origin.version)) {
          Finding finding;
          finding.check = "edge-ambiguous";
          finding.message = fmt::format("two edges lead from {} to {}, at most one may",
                                        FormatVersion(origin.text), FormatVersion(other.to));
          finding.position = other.position;
          finding.second_message = "the other one";
          finding.second_position = one.position;
          finding.hint = "let the origins of the two hold no release in common";
          findings->push_back(std::move(finding));
          break;
        }
      }
    }
  }
}

}  // namespace upgraph::plan
