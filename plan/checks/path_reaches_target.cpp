#include <fmt/format.h>

#include <optional>

#include "plan/checks/check.h"
#include "plan/checks/origins.h"
#include "plan/edges.h"

namespace upgraph::plan {

extern const char* const kPathReachesTargetExplanation;
const char* const kPathReachesTargetExplanation =
    R"(Every release that an upgrade leads from reaches the highest target.

A host goes over as many hops as it takes. Where one of them ends at a release from which nothing
leads on, hosts are left half-way, and nobody hears of it before the window. No way leads over a
withdrawn release: see withdrawn-keeps-reach. In a spec with several upgrades, releases below the highest
target from which nothing leads at all are named as a warning.

Bad:
    releases v1.0.0, v1.5.0, v2.0.0, v3.0.0
    upgrade v1.0 ..< v1.5 -> v1.5.0 { ... }      // and from there?
    upgrade v2.0 ..< v3.0 -> v3.0.0 { ... }

Good:
    releases v1.0.0, v1.5.0, v2.0.0, v3.0.0
    upgrade v1.0 ..< v1.5 -> v1.5.0 { ... }
    upgrade v1.5 ..< v2.0 -> v2.0.0 { ... }
    upgrade v2.0 ..< v3.0 -> v3.0.0 { ... }
)";

namespace {

size_t UpgradeCount(const Plan& plan) {
  size_t count = 0;
  for (size_t i = 0; i < EdgeCount(plan); ++i) {
    count += EdgeGraph(plan, i).upgrade.is_downgrade ? 0 : 1;
  }
  return count;
}

// The first upgrade that leads from there and may be taken.
std::optional<size_t> FirstEdge(const Plan& plan, const VersionGraph& graph,
                                const Version& version) {
  for (size_t i = 0; i < EdgeCount(plan); ++i) {
    if (!EdgeGraph(plan, i).upgrade.is_downgrade && graph.IsOpen(i) &&
        graph.LeadsFrom(i, version)) {
      return i;
    }
  }
  return std::nullopt;
}

}  // namespace

void RunPathReachesTarget(const Plan& plan, std::vector<Finding>* findings) {
  const auto graph = VersionGraph::Make(plan);
  const auto with_withdrawn = VersionGraph::Make(plan, VersionGraph::Withdrawals::kPassed);
  if (!graph.ok() || !with_withdrawn.ok()) {
    return;
  }
  const std::optional<size_t> highest = HighestUpgrade(plan, *graph);
  if (!highest) {
    return;
  }
  const Upgrade& target = EdgeGraph(plan, *highest).upgrade;
  std::vector<bool> is_reported(EdgeCount(plan), false);
  std::string left_alone;
  for (const Origin& origin : OriginsOf(plan, *graph)) {
    if (origin.version >= graph->VersionOf(*highest)) {
      continue;
    }
    const auto path = graph->Find(origin.text, target.to);
    if (!path.ok() || path->kind != PathKind::kNone ||
        LostHop(*graph, *with_withdrawn, origin, target.to)) {
      continue;  // a lost hop is for withdrawn-keeps-reach to tell
    }
    const std::optional<size_t> edge = FirstEdge(plan, *graph, origin.version);
    if (!edge) {
      left_alone += (left_alone.empty() ? "" : ", ") + FormatVersion(origin.text);
      continue;
    }
    if (is_reported[*edge]) {
      continue;
    }
    is_reported[*edge] = true;
    Finding finding;
    finding.check = "path-reaches-target";
    finding.message = fmt::format(
        "from {} hosts come to {}, and from there nothing leads to {}", FormatVersion(origin.text),
        FormatVersion(EdgeGraph(plan, *edge).upgrade.to), FormatVersion(target.to));
    finding.position = EdgeGraph(plan, *edge).upgrade.position;
    finding.second_message = "the highest target";
    finding.second_position = target.position;
    finding.hint = fmt::format("add an upgrade that leads on from {}",
                               FormatVersion(EdgeGraph(plan, *edge).upgrade.to));
    findings->push_back(std::move(finding));
  }
  // A spec with one upgrade is about that upgrade; what came before it is another spec's.
  if (!left_alone.empty() && UpgradeCount(plan) > 1 && !plan.product.releases.empty()) {
    Finding finding;
    finding.check = "path-reaches-target";
    finding.severity = FindingSeverity::kWarning;
    finding.message =
        fmt::format("nothing leads from {}, hosts there stay as they are", left_alone);
    finding.position = plan.product.position;
    finding.second_message = "the highest target";
    finding.second_position = target.position;
    finding.hint = "widen the origins of an upgrade, or take what no host has out of `releases`";
    findings->push_back(std::move(finding));
  }
}

}  // namespace upgraph::plan
