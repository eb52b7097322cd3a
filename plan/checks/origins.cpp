#include "plan/checks/origins.h"

#include <algorithm>

#include "plan/edges.h"

namespace upgraph::plan {

std::vector<Origin> OriginsOf(const Plan& plan, const VersionGraph& graph) {
  std::vector<std::string> texts = plan.product.releases;
  for (size_t i = 0; plan.product.releases.empty() && i < EdgeCount(plan); ++i) {
    const Upgrade& upgrade = EdgeGraph(plan, i).upgrade;
    texts.push_back(upgrade.to);
    for (const VersionRange& range : upgrade.from) {
      texts.push_back(range.lower);
    }
  }
  for (const Withdrawn& withdrawn : plan.product.withdrawn) {
    texts.push_back(withdrawn.version);
  }
  std::vector<Origin> origins;
  for (const std::string& text : texts) {
    auto version = ReadVersion(plan.product, text);
    if (version.ok() && graph.WhyNoOrigin(*version).empty()) {
      origins.push_back({text, std::move(*version)});
    }
  }
  std::stable_sort(origins.begin(), origins.end(),
                   [](const Origin& a, const Origin& b) { return a.version < b.version; });
  const auto is_same = [](const Origin& a, const Origin& b) { return a.version == b.version; };
  origins.erase(std::unique(origins.begin(), origins.end(), is_same), origins.end());
  return origins;
}

std::optional<size_t> HighestUpgrade(const Plan& plan, const VersionGraph& graph) {
  std::optional<size_t> highest;
  for (size_t i = 0; i < EdgeCount(plan); ++i) {
    if (!EdgeGraph(plan, i).upgrade.is_downgrade && graph.IsOpen(i) &&
        (!highest || graph.VersionOf(i) > graph.VersionOf(*highest))) {
      highest = i;
    }
  }
  return highest;
}

std::optional<PathHop> LostHop(const VersionGraph& graph, const VersionGraph& with_withdrawn,
                               const Origin& origin, const std::string& target) {
  const auto path = graph.Find(origin.text, target);
  const auto before = with_withdrawn.Find(origin.text, target);
  if (!path.ok() || !before.ok() || path->kind != PathKind::kNone ||
      before->kind != PathKind::kFound) {
    return std::nullopt;
  }
  for (const PathHop& hop : before->hops) {
    if (!graph.IsOpen(hop.edge)) {
      return hop;
    }
  }
  return std::nullopt;  // it begins at a withdrawn release, or leaves one by a range
}

}  // namespace upgraph::plan
