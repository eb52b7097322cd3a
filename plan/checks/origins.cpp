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
  std::vector<Origin> origins;
  for (const std::string& text : texts) {
    auto version = ReadVersion(plan.product, text);
    if (version.ok() && graph.WhyRefused(*version).empty()) {
      origins.push_back({text, std::move(*version)});
    }
  }
  std::stable_sort(origins.begin(), origins.end(),
                   [](const Origin& a, const Origin& b) { return a.version < b.version; });
  const auto is_same = [](const Origin& a, const Origin& b) { return a.version == b.version; };
  origins.erase(std::unique(origins.begin(), origins.end(), is_same), origins.end());
  return origins;
}

}  // namespace upgraph::plan
