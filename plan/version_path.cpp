#include "plan/version_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "plan/edges.h"

namespace upgraph::plan {

struct VersionGraph::Ways {
  // How good it is to come to a version: fewer hops to the target first, then a higher rank among
  // those with as many.
  struct Place {
    uint32_t hops = 0;
    uint32_t rank = 0;
  };
  std::map<Version, Place> places;
};

Result<VersionGraph> VersionGraph::Make(const Plan& plan, Withdrawals withdrawals) {
  VersionGraph graph(plan);
  const Product& product = plan.product;
  for (const std::string& release : product.releases) {
    UPGRAPH_ASSIGN(Version version, ReadVersion(product, release));
    graph.releases_.push_back(std::move(version));
  }
  for (const Withdrawn& withdrawn : product.withdrawn) {
    UPGRAPH_ASSIGN(Version version, ReadVersion(product, withdrawn.version));
    if (withdrawals == Withdrawals::kPassed) {
      graph.releases_.push_back(std::move(version));
    } else {
      graph.withdrawn_.push_back(std::move(version));
    }
  }
  for (const Stop& stop : product.stops) {
    UPGRAPH_ASSIGN(Version version, ReadVersion(product, stop.version));
    graph.stops_.push_back(std::move(version));
  }
  std::sort(graph.releases_.begin(), graph.releases_.end());
  for (size_t i = 0; i < EdgeCount(plan); ++i) {
    const Upgrade& upgrade = EdgeGraph(plan, i).upgrade;
    UPGRAPH_ASSIGN(Version to, ReadVersion(product, upgrade.to));
    Edge edge{to, {}, upgrade.is_downgrade, graph.WhyRefused(to).empty()};
    for (const VersionRange& range : upgrade.from) {
      UPGRAPH_ASSIGN(Version lower, ReadVersion(product, range.lower));
      Range read{range, std::move(lower), std::nullopt};
      if (!range.upper.empty()) {
        UPGRAPH_ASSIGN(Version upper, ReadVersion(product, range.upper));
        read.upper = std::move(upper);
      }
      edge.from.push_back(std::move(read));
    }
    graph.edges_.push_back(std::move(edge));
  }
  return graph;
}

const Withdrawn* VersionGraph::FindWithdrawn(const Version& version) const {
  for (size_t i = 0; i < withdrawn_.size(); ++i) {
    if (withdrawn_[i] == version) {
      return &plan_.product.withdrawn[i];
    }
  }
  return nullptr;
}

std::string VersionGraph::WhyRefused(const Version& version) const {
  if (const Withdrawn* withdrawn = FindWithdrawn(version)) {
    return "was withdrawn: " + withdrawn->reason;
  }
  if (!plan_.product.releases.empty() &&
      !std::binary_search(releases_.begin(), releases_.end(), version)) {
    return fmt::format("is not among the releases of `{}`", plan_.product.name);
  }
  return "";
}

std::string VersionGraph::WhyNoOrigin(const Version& version) const {
  const bool is_named = std::any_of(edges_.begin(), edges_.end(), [&](const Edge& edge) {
    return std::any_of(edge.from.begin(), edge.from.end(),
                       [&](const Range& range) { return !range.upper && range.lower == version; });
  });
  return is_named && FindWithdrawn(version) != nullptr ? "" : WhyRefused(version);
}

bool VersionGraph::LeadsFrom(size_t edge, const Version& version) const {
  const Edge& one = edges_[edge];
  if (one.is_downgrade ? version <= one.to : version >= one.to) {
    return false;
  }
  const bool is_withdrawn = FindWithdrawn(version) != nullptr;
  return std::any_of(one.from.begin(), one.from.end(), [&](const Range& range) {
    return range.upper ? !is_withdrawn && version >= range.lower && version < *range.upper &&
                             !version.IsPrereleaseOf(*range.upper)
                       : version == range.lower;
  });
}

const Version* VersionGraph::FindStop(const Version& version) const {
  const auto found = std::find(stops_.begin(), stops_.end(), version);
  return found == stops_.end() ? nullptr : &*found;
}

// The edge that a way from there takes first, and another one that would do as well.
std::optional<size_t> VersionGraph::BestEdge(const Version& from, const Ways& ways, bool is_down,
                                             std::optional<size_t>* tie) const {
  std::optional<size_t> best;
  const Ways::Place* best_place = nullptr;
  for (size_t i = 0; i < edges_.size(); ++i) {
    if (edges_[i].is_downgrade != is_down || !edges_[i].is_open || !LeadsFrom(i, from)) {
      continue;
    }
    const auto place = ways.places.find(edges_[i].to);
    if (place == ways.places.end()) {
      continue;
    }
    const auto key = [](const Ways::Place& one) { return std::pair(one.hops, ~one.rank); };
    if (!best || key(place->second) < key(*best_place)) {
      best = i;
      best_place = &place->second;
      tie->reset();
    } else if (key(place->second) == key(*best_place)) {
      *tie = i;
    }
  }
  return best;
}

// From the target backwards, all versions with one hop, with two, and so on. Of those with as many
// hops the rank goes by the way they take first, then by their own version: ways are compared from
// their ends.
VersionGraph::Ways VersionGraph::FindWays(const Version& target, bool is_down) const {
  Ways ways;
  ways.places.emplace(target, Ways::Place{});
  for (uint32_t hops = 1;; ++hops) {
    std::map<std::pair<uint32_t, Version>, bool> layer;  // rank of what comes next, version
    for (const Edge& edge : edges_) {
      if (!edge.is_open || edge.is_downgrade != is_down || ways.places.count(edge.to) > 0) {
        continue;
      }
      std::optional<size_t> tie;
      const std::optional<size_t> best = BestEdge(edge.to, ways, is_down, &tie);
      if (best) {
        layer.emplace(std::pair(ways.places.at(edges_[*best].to).rank, edge.to), true);
      }
    }
    if (layer.empty()) {
      return ways;
    }
    uint32_t rank = 0;
    for (const auto& [key, is_there] : layer) {
      ways.places.emplace(key.second, Ways::Place{hops, rank++});
    }
  }
}

VersionPath VersionGraph::Follow(const std::string& installed, const Version& from,
                                 const Ways& ways, bool is_down) const {
  VersionPath path;
  std::string text = installed;
  Version version = from;
  while (ways.places.count(version) == 0 || ways.places.at(version).hops > 0) {
    std::optional<size_t> tie;
    const std::optional<size_t> best = BestEdge(version, ways, is_down, &tie);
    if (!best) {
      return path;
    }
    if (tie) {
      const SourcePosition& one = EdgeGraph(plan_, *best).upgrade.position;
      const SourcePosition& other = EdgeGraph(plan_, *tie).upgrade.position;
      path.kind = PathKind::kAmbiguous;
      path.reason = fmt::format("two edges lead from v{} to v{}, at {}:{} and {}:{}", text,
                                EdgeGraph(plan_, *best).upgrade.to, one.path, one.line, other.path,
                                other.line);
      path.hops.clear();
      return path;
    }
    const std::string& to = EdgeGraph(plan_, *best).upgrade.to;
    path.hops.push_back({*best, text, to});
    version = edges_[*best].to;
    text = to;
    if (!is_down && path.run_hop_count == 0 && FindStop(version) != nullptr) {
      path.run_hop_count = path.hops.size();
    }
  }
  path.kind = PathKind::kFound;
  path.target = text;
  path.run_hop_count = path.run_hop_count == 0 ? path.hops.size() : path.run_hop_count;
  return path;
}

std::vector<std::string> VersionGraph::Targets(bool is_down) const {
  std::map<Version, std::string> targets;
  for (size_t i = 0; i < edges_.size(); ++i) {
    if (edges_[i].is_open && edges_[i].is_downgrade == is_down) {
      targets.emplace(edges_[i].to, EdgeGraph(plan_, i).upgrade.to);
    }
  }
  std::vector<std::string> texts;
  for (auto& [version, text] : targets) {
    texts.push_back(std::move(text));
  }
  return texts;
}

std::string VersionGraph::Origins(bool is_down) const {
  constexpr size_t kShownMax = 4;
  std::string text;
  size_t count = 0;
  for (size_t i = 0; i < edges_.size(); ++i) {
    if (edges_[i].is_downgrade != is_down) {
      continue;
    }
    if (++count > kShownMax) {
      return text + ", …";
    }
    std::string from;
    for (const Range& range : edges_[i].from) {
      from += (from.empty() ? "" : ", ") + FormatRange(range.text);
    }
    text += fmt::format("{}{} to {}", text.empty() ? "" : "; ", from,
                        FormatVersion(EdgeGraph(plan_, i).upgrade.to));
  }
  return text;
}

std::string FarthestTarget(const Plan& plan) {
  const auto graph = VersionGraph::Make(plan);
  const std::vector<std::string> targets =
      graph.ok() ? graph->Targets(false) : std::vector<std::string>();
  return targets.empty() ? plan.upgrade.to : targets.back();
}

Result<VersionPath> VersionGraph::Find(const std::string& installed,
                                       const std::string& target) const {
  UPGRAPH_ASSIGN(Version from, ReadVersion(plan_.product, installed));
  VersionPath none;
  const bool has_upgrades = std::any_of(edges_.begin(), edges_.end(),
                                        [](const Edge& edge) { return !edge.is_downgrade; });
  bool is_down = !has_upgrades;
  std::vector<Version> wanted;  // the best first
  if (target.empty()) {
    for (const Edge& edge : edges_) {
      if (edge.is_open && edge.is_downgrade == is_down) {
        wanted.push_back(edge.to);
      }
    }
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    if (!is_down) {
      std::reverse(wanted.begin(), wanted.end());
    }
  } else {
    UPGRAPH_ASSIGN(Version to, ReadVersion(plan_.product, target));
    is_down = to < from;
    wanted.push_back(std::move(to));
  }
  if (!wanted.empty() && wanted.front() == from) {
    none.kind = PathKind::kAtTarget;
    none.target = installed;
    return none;
  }
  const std::string refused = WhyNoOrigin(from);
  if (!refused.empty()) {
    none.reason = fmt::format("v{} is installed, which {}", installed, refused);
    return none;
  }
  for (const Version& to : wanted) {
    if (is_down ? to >= from : to <= from) {
      continue;
    }
    VersionPath path = Follow(installed, from, FindWays(to, is_down), is_down);
    if (path.kind != PathKind::kNone) {
      return path;
    }
  }
  const char* word = is_down ? "downgrade" : "upgrade";
  const std::string origins = Origins(is_down);
  none.reason =
      origins.empty() ? fmt::format("v{} is installed; there is no {}", installed, word)
      : edges_.size() == 1
          ? fmt::format("v{} is installed; this {} leads from {}", installed, word, origins)
          : fmt::format("v{} is installed; no {} leads from there{}: they lead from {}", installed,
                        word, target.empty() ? "" : " to v" + target, origins);
  return none;
}

}  // namespace upgraph::plan
