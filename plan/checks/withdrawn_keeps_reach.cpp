#include <fmt/format.h>

#include <map>
#include <optional>
#include <utility>

#include "plan/checks/check.h"
#include "plan/checks/origins.h"
#include "plan/edges.h"

namespace upgraph::plan {

extern const char* const kWithdrawnKeepsReachExplanation;
const char* const kWithdrawnKeepsReachExplanation =
    R"(Withdrawing a release takes no other release its way.

No way leads to a withdrawn release or over one: its edges stay in the spec, but no run takes them.
Where such an edge was the only way on, the hosts before it are cut off from the highest target. They
need another edge around it.

Bad:
    releases  v1.0.0, v2.0.0, v3.0.0
    withdrawn v2.0.0 "loses sessions"
    upgrade v1.0 ..< v2.0 -> v2.0.0 { ... }
    upgrade v2.0 ..< v3.0 -> v3.0.0 { ... }

Good:
    releases  v1.0.0, v2.0.0, v2.0.1, v3.0.0
    withdrawn v2.0.0 "loses sessions"
    upgrade v1.0 ..< v2.0 -> v2.0.1 { ... }
    upgrade v2.0.0 -> v2.0.1 { ... }             // a host that has it leaves it
    upgrade v2.0 ..< v3.0 -> v3.0.0 { ... }
)";

void RunWithdrawnKeepsReach(const Plan& plan, std::vector<Finding>* findings) {
  const auto graph = VersionGraph::Make(plan);
  const auto with_withdrawn = VersionGraph::Make(plan, VersionGraph::Withdrawals::kPassed);
  if (!graph.ok() || !with_withdrawn.ok() || plan.product.withdrawn.empty()) {
    return;
  }
  // Where every target was withdrawn, the highest of them is what hosts were promised.
  std::optional<size_t> highest = HighestUpgrade(plan, *graph);
  highest = highest ? highest : HighestUpgrade(plan, *with_withdrawn);
  if (!highest) {
    return;
  }
  const std::string& target = EdgeGraph(plan, *highest).upgrade.to;
  std::map<size_t, std::string> cut_off;  // of each lost edge, the origins that took it
  for (const Origin& origin : OriginsOf(plan, *graph)) {
    if (origin.version < graph->VersionOf(*highest)) {
      if (const auto hop = LostHop(*graph, *with_withdrawn, origin, target)) {
        std::string& origins = cut_off[hop->edge];
        origins += (origins.empty() ? "" : ", ") + FormatVersion(origin.text);
      }
    }
  }
  for (const auto& [edge, origins] : cut_off) {
    const Upgrade& upgrade = EdgeGraph(plan, edge).upgrade;
    const Withdrawn* withdrawn = graph->FindWithdrawn(graph->VersionOf(edge));
    Finding finding;
    finding.check = "withdrawn-keeps-reach";
    const bool is_last = graph->VersionOf(edge) == graph->VersionOf(*highest);
    finding.message =
        fmt::format("the way from {} led {}{}, which was withdrawn, and there is no other", origins,
                    is_last ? "to " : fmt::format("to {} over ", FormatVersion(target)),
                    FormatVersion(upgrade.to));
    finding.position = upgrade.position;
    finding.second_message = "withdrawn: " + withdrawn->reason;
    finding.second_position = withdrawn->position;
    finding.hint = fmt::format("add an upgrade from {} to a release that stands", origins);
    findings->push_back(std::move(finding));
  }
}

}  // namespace upgraph::plan
