#include "plan/version_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "plan/edges.h"

namespace upgraph::plan {

// How a way goes on from a version: over an edge, and another one that would do as well.
struct VersionGraph::Choice {
  size_t edge = 0;
  std::optional<size_t> tie;
};

// The best way to one target from each end that has one.
struct VersionGraph::Ways {
  static constexpr uint32_t kNoWay = std::numeric_limits<uint32_t>::max();
  // How good it is to come to an end: fewer hops from there to the target first, then a higher rank
  // among those with as many.
  struct Place {
    uint32_t hops = kNoWay;
    uint32_t rank = 0;
    Choice next;

    bool IsBetterThan(const Place& other) const {
      return hops != other.hops ? hops < other.hops : rank > other.rank;
    }
  };
  std::vector<Place> places;
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
  UPGRAPH_TRY(graph.ReadEdges());
  graph.LinkEnds();
  return graph;
}

Status VersionGraph::ReadEdges() {
  for (size_t i = 0; i < EdgeCount(plan_); ++i) {
    const Upgrade& upgrade = EdgeGraph(plan_, i).upgrade;
    UPGRAPH_ASSIGN(Version to, ReadVersion(plan_.product, upgrade.to));
    Edge edge{to, {}, upgrade.is_downgrade, WhyRefused(to).empty()};
    for (const VersionRange& range : upgrade.from) {
      UPGRAPH_ASSIGN(ReadRange read, ReadVersionRange(plan_.product, range));
      edge.from.push_back(std::move(read));
    }
    if (edge.is_open) {
      ends_.push_back(edge.to);
    }
    edges_.push_back(std::move(edge));
  }
  return OkStatus();
}

void VersionGraph::LinkEnds() {
  std::sort(ends_.begin(), ends_.end());
  ends_.erase(std::unique(ends_.begin(), ends_.end()), ends_.end());
  edges_to_.resize(ends_.size());
  ends_before_.resize(edges_.size());
  for (size_t i = 0; i < edges_.size(); ++i) {
    Edge& edge = edges_[i];
    if (!edge.is_open) {
      continue;
    }
    edge.end =
        static_cast<size_t>(std::lower_bound(ends_.begin(), ends_.end(), edge.to) - ends_.begin());
    edges_to_[edge.end].push_back(i);
    for (size_t end = 0; end < ends_.size(); ++end) {
      if (LeadsFrom(i, ends_[end])) {
        ends_before_[i].push_back(end);
      }
    }
  }
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
    return std::any_of(edge.from.begin(), edge.from.end(), [&](const ReadRange& range) {
      return !range.upper && range.lower == version;
    });
  });
  return is_named && FindWithdrawn(version) != nullptr ? "" : WhyRefused(version);
}

bool VersionGraph::LeadsFrom(size_t edge, const Version& version) const {
  const Edge& one = edges_[edge];
  if (one.is_downgrade ? version <= one.to : version >= one.to) {
    return false;
  }
  const bool is_withdrawn = FindWithdrawn(version) != nullptr;
  return std::any_of(one.from.begin(), one.from.end(), [&](const ReadRange& range) {
    return !(is_withdrawn && range.upper) && range.Holds(version);
  });
}

const Version* VersionGraph::FindStop(const Version& version) const {
  const auto found = std::find(stops_.begin(), stops_.end(), version);
  return found == stops_.end() ? nullptr : &*found;
}

// From the target backwards, all ends with one hop, with two, and so on. Of those with as many hops
// the rank goes by the way they take first, then by their own version: ways are compared from their
// ends.
VersionGraph::Ways VersionGraph::FindWays(size_t target, bool is_down) const {
  Ways ways;
  ways.places.resize(ends_.size());
  ways.places[target].hops = 0;
  std::vector<size_t> layer = {target};
  for (uint32_t hops = 1; !layer.empty(); ++hops) {
    std::vector<size_t> next_layer;
    // Ranks ascend in a layer: what comes later is better.
    for (size_t end : layer) {
      for (size_t edge : edges_to_[end]) {
        if (edges_[edge].is_downgrade != is_down) {
          continue;
        }
        for (size_t before : ends_before_[edge]) {
          Ways::Place& place = ways.places[before];
          if (place.hops == Ways::kNoWay) {
            next_layer.push_back(before);
          } else if (place.hops != hops) {
            continue;
          }
          const bool is_tie = place.hops == hops && edges_[place.next.edge].end == end;
          place.hops = hops;
          place.next = is_tie ? Choice{place.next.edge, edge} : Choice{edge, std::nullopt};
        }
      }
    }
    const auto key = [&](size_t end) {
      return std::pair(ways.places[edges_[ways.places[end].next.edge].end].rank, end);
    };
    std::sort(next_layer.begin(), next_layer.end(),
              [&](size_t a, size_t b) { return key(a) < key(b); });
    for (size_t i = 0; i < next_layer.size(); ++i) {
      ways.places[next_layer[i]].rank = static_cast<uint32_t>(i);
    }
    layer = std::move(next_layer);
  }
  return ways;
}

const VersionGraph::Ways& VersionGraph::WaysTo(size_t end, bool is_down) const {
  std::shared_ptr<const Ways>& ways = ways_[{end, is_down}];
  if (ways == nullptr) {
    ways = std::make_shared<const Ways>(FindWays(end, is_down));
  }
  return *ways;
}

VersionPath VersionGraph::Follow(const std::string& installed, const Version& from, size_t target,
                                 bool is_down) const {
  const Ways& ways = WaysTo(target, is_down);
  VersionPath path;
  // The first hop begins anywhere, the others at the end of the one before.
  std::optional<Choice> next;
  const Ways::Place* best = nullptr;
  for (size_t i = 0; i < edges_.size(); ++i) {
    const Edge& edge = edges_[i];
    if (!edge.is_open || edge.is_downgrade != is_down ||
        ways.places[edge.end].hops == Ways::kNoWay || !LeadsFrom(i, from)) {
      continue;
    }
    const Ways::Place& place = ways.places[edge.end];
    if (next && edges_[next->edge].end == edge.end) {
      next->tie = i;
    } else if (!next || place.IsBetterThan(*best)) {
      next = Choice{i, std::nullopt};
      best = &place;
    }
  }
  if (!next) {
    return path;
  }
  std::string text = installed;
  while (true) {
    const StepGraph& edge = EdgeGraph(plan_, next->edge);
    if (next->tie) {
      const SourcePosition& one = edge.upgrade.position;
      const SourcePosition& other = EdgeGraph(plan_, *next->tie).upgrade.position;
      path = VersionPath();
      path.kind = PathKind::kAmbiguous;
      path.reason = fmt::format("two edges lead from v{} to v{}, at {}:{} and {}:{}", text,
                                edge.upgrade.to, one.path, one.line, other.path, other.line);
      return path;
    }
    path.hops.push_back({next->edge, text, edge.upgrade.to});
    text = edge.upgrade.to;
    if (!is_down && path.run_hop_count == 0 && FindStop(edges_[next->edge].to) != nullptr) {
      path.run_hop_count = path.hops.size();
    }
    const Ways::Place& place = ways.places[edges_[next->edge].end];
    if (place.hops == 0) {
      break;
    }
    next = place.next;
  }
  path.kind = PathKind::kFound;
  path.target = text;
  path.run_hop_count = path.run_hop_count == 0 ? path.hops.size() : path.run_hop_count;
  return path;
}

std::vector<std::string> VersionGraph::Targets(bool is_down) const {
  std::vector<std::string> texts;
  for (const std::vector<size_t>& edges : edges_to_) {
    const auto found = std::find_if(edges.begin(), edges.end(), [&](size_t edge) {
      return edges_[edge].is_downgrade == is_down;
    });
    if (found != edges.end()) {
      texts.push_back(EdgeGraph(plan_, *found).upgrade.to);
    }
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
    for (const VersionRange& range : EdgeGraph(plan_, i).upgrade.from) {
      from += (from.empty() ? "" : ", ") + FormatRange(range);
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
    for (const std::string& text : Targets(is_down)) {
      UPGRAPH_ASSIGN(Version to, ReadVersion(plan_.product, text));
      wanted.push_back(std::move(to));
    }
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
    const auto end = std::lower_bound(ends_.begin(), ends_.end(), to);
    if ((is_down ? to >= from : to <= from) || end == ends_.end() || *end != to) {
      continue;
    }
    VersionPath path = Follow(installed, from, static_cast<size_t>(end - ends_.begin()), is_down);
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
