#include "runtime/executor/floor.h"

#include <fmt/format.h>

#include <vector>

#include "plan/version.h"

namespace upgraph::executor {
namespace {

std::vector<std::string> KnownVersions(const plan::Plan& plan) {
  std::vector<std::string> known = plan.product.releases;
  known.push_back(plan.upgrade.to);
  for (const auto& edge : plan.other_edges) {
    known.push_back(edge.upgrade.to);
  }
  return known;
}

}  // namespace

std::string WhyBelowFloor(const Host& host, const plan::Plan& plan) {
  const auto standing = host.standing.find(plan.product.name);
  if (standing == host.standing.end()) {
    return "";
  }
  const StandingRun& run = standing->second;
  const auto floor = plan::ReadVersion(plan.product, run.to);
  if (!floor.ok()) {
    return fmt::format("run {} left {} at v{}, which is no version as this package writes them: {}",
                       run.run_id, plan.product.name, run.to, floor.error().message);
  }
  std::string highest;
  for (const std::string& text : KnownVersions(plan)) {
    const auto version = plan::ReadVersion(plan.product, text);
    if (version.ok() && *version >= *floor) {
      return "";
    }
    if (version.ok() && (highest.empty() || *version > *plan::ReadVersion(plan.product, highest))) {
      highest = text;
    }
  }
  return fmt::format(
      "the package is too old: run {} left {} at v{}, and the highest version that it knows is "
      "v{}; "
      "a newer package leads to older versions as well, by a `downgrade` or with `--to`",
      run.run_id, plan.product.name, run.to, highest);
}

}  // namespace upgraph::executor
