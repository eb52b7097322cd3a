#include <fmt/format.h>

#include "plan/checks/check.h"
#include "plan/checks/origins.h"
#include "plan/edges.h"

namespace upgraph::plan {

extern const char* const kStopRespectedExplanation;
const char* const kStopRespectedExplanation = R"(No edge leads past a stop.

`stops v2.0.0 "why"` says that a run ends at v2.0.0: something has to settle there before the rest of
the way, which is a run of its own. An edge from below the stop to above it would never come by. So
what leads up to a stop ends there, and what leads on begins there. Downgrades pass stops: what has
to settle is what the upgrade began.

Bad:
    stops v2.0.0 "the index is rebuilt for a day"
    upgrade v1.0 ..< v3.0 -> v3.0.0 { ... }

Good:
    stops v2.0.0 "the index is rebuilt for a day"
    upgrade v1.0 ..< v2.0 -> v2.0.0 { ... }
    upgrade v2.0 ..< v3.0 -> v3.0.0 { ... }
)";

void RunStopRespected(const Plan& plan, std::vector<Finding>* findings) {
  const auto graph = VersionGraph::Make(plan);
  if (!graph.ok()) {
    return;
  }
  const std::vector<Origin> origins = OriginsOf(plan, *graph);
  for (const Stop& stop : plan.product.stops) {
    const auto version = ReadVersion(plan.product, stop.version);
    for (size_t edge = 0; version.ok() && edge < EdgeCount(plan); ++edge) {
      const Upgrade& upgrade = EdgeGraph(plan, edge).upgrade;
      for (const Origin& origin : origins) {
        if (upgrade.is_downgrade || !graph->LeadsFrom(edge, origin.version) ||
            origin.version >= *version || graph->VersionOf(edge) <= *version) {
          continue;
        }
        Finding finding;
        finding.check = "stop-respected";
        finding.message = fmt::format(
            "this edge leads from {} to {}, past {}, where every run stops",
            FormatVersion(origin.text), FormatVersion(upgrade.to), FormatVersion(stop.version));
        finding.position = upgrade.position;
        finding.second_message = "the stop: " + stop.reason;
        finding.second_position = stop.position;
        finding.hint =
            fmt::format("end one edge at {} and begin another there", FormatVersion(stop.version));
        findings->push_back(std::move(finding));
        break;
      }
    }
  }
}

}  // namespace upgraph::plan
