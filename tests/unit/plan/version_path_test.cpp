#include "plan/version_path.h"

#include <rapidcheck/catch.h>

#include <functional>

#include "plan/edges.h"
#include "tests/support/catch.h"

namespace upgraph::plan {
namespace {

struct EdgeText {
  std::string lower;
  std::string upper;
  std::string to;
  bool is_downgrade = false;
};

Plan PlanOf(const std::vector<EdgeText>& edges, std::vector<std::string> releases = {}) {
  Plan plan;
  plan.product.name = "box";
  plan.product.releases = std::move(releases);
  for (const EdgeText& edge : edges) {
    StepGraph graph;
    graph.upgrade.from = {{edge.lower, edge.upper}};
    graph.upgrade.to = edge.to;
    graph.upgrade.is_downgrade = edge.is_downgrade;
    graph.upgrade.position = {"box.upg", static_cast<uint32_t>(&edge - edges.data() + 1), 1, 1};
    if (&edge == edges.data()) {
      static_cast<StepGraph&>(plan) = graph;
    } else {
      plan.other_edges.push_back(graph);
    }
  }
  return plan;
}

// "2 5" for the ends of the hops, or the kind and the reason.
std::string Way(const Plan& plan, const std::string& from, const std::string& to = "") {
  const auto graph = VersionGraph::Make(plan);
  REQUIRE(graph.ok());
  const auto path = graph->Find(from, to);
  REQUIRE(path.ok());
  switch (path->kind) {
    case PathKind::kAtTarget:
      return "there";
    case PathKind::kNone:
      return "none: " + path->reason;
    case PathKind::kAmbiguous:
      return "ambiguous: " + path->reason;
    case PathKind::kFound:
      break;
  }
  std::string text;
  for (size_t i = 0; i < path->hops.size(); ++i) {
    text += (text.empty() ? "" : " ") + path->hops[i].to;
    text += i + 1 == path->run_hop_count && i + 1 < path->hops.size() ? "!" : "";
  }
  return text;
}

TEST_CASE("the fewest hops win, then the highest version before the target") {
  const Plan plan = PlanOf({{"1", "2", "2"},
                            {"1", "2", "3"},
                            {"2", "3", "5"},
                            {"3", "4", "5"},
                            {"3", "4", "4"},
                            {"4", "5", "5"}});
  CHECK(Way(plan, "1") == "3 5");
  CHECK(Way(plan, "2") == "5");
  CHECK(Way(plan, "4") == "5");
  CHECK(Way(plan, "5") == "there");
  CHECK(Way(plan, "1", "4") == "3 4");
  CHECK(Way(plan, "1", "3") == "3");
  CHECK(Way(plan, "1.5") == "3 5");
}

TEST_CASE("ways with as many hops are compared from their ends") {
  // Of 1 -> 4 -> 5 -> 9 and 1 -> 3 -> 6 -> 9 the last stretch decides, not the first.
  const Plan plan =
      PlanOf({{"1", "2", "4"}, {"1", "2", "3"}, {"4", "5", "5"}, {"3", "4", "6"}, {"5", "7", "9"}});
  CHECK(Way(plan, "1") == "3 6 9");
}

TEST_CASE("two edges with the same ends leave the way open") {
  const Plan plan = PlanOf({{"1", "2", "2"}, {"1.5", "2", "2"}, {"2", "3", "3"}});
  CHECK(Way(plan, "1.0") == "2 3");
  CHECK(Way(plan, "1.5") ==
        "ambiguous: two edges lead from v1.5 to v2, at box.upg:1 and box.upg:2");
  // Elsewhere it does no harm.
  CHECK(Way(plan, "2") == "3");
}

TEST_CASE("withdrawn and unlisted versions are neither left nor passed") {
  Plan plan = PlanOf({{"1", "2", "2"}, {"2", "3", "3"}, {"1", "2", "1.9"}, {"1.9", "2", "3"}},
                     {"1", "1.9", "2", "3"});
  CHECK(Way(plan, "1") == "2 3");
  plan.product.withdrawn = {{"2", "loses sessions", {}}};
  CHECK(Way(plan, "1") == "1.9 3");
  CHECK(Way(plan, "2") == "none: v2 is installed, which was withdrawn: loses sessions");
  CHECK(Way(plan, "1.2") == "none: v1.2 is installed, which is not among the releases of `box`");
}

TEST_CASE("a withdrawn version is left by an edge that names it, not by a range") {
  Plan plan = PlanOf({{"1", "3", "4"}, {"2", "", "3"}, {"3", "4", "4"}}, {"1", "3", "4"});
  plan.product.withdrawn = {{"2", "loses sessions", {}}};
  CHECK(Way(plan, "1") == "4");
  CHECK(Way(plan, "2") == "3 4");
  const auto passed = VersionGraph::Make(plan, VersionGraph::Withdrawals::kPassed);
  CHECK(passed->Find("2", "4")->hops.size() == 1);
}

TEST_CASE("as far as it leads, where the highest target is out of reach") {
  const Plan plan = PlanOf({{"1", "2", "2"}, {"3", "4", "4"}});
  CHECK(Way(plan, "1") == "2");
  CHECK(Way(plan, "3") == "4");
  CHECK(Way(plan, "2") ==
        "none: v2 is installed; no upgrade leads from there: they lead from v1 ..< v2 to v2; v3 "
        "..< v4 to v4");
  CHECK(
      Way(plan, "1", "4").starts_with("none: v1 is installed; no upgrade leads from there to v4"));
}

TEST_CASE("a stop ends the run, not the way") {
  Plan plan = PlanOf({{"1", "2", "2"}, {"2", "3", "3"}, {"3", "4", "4"}});
  plan.product.stops = {{"3", "why", {}}, {"4", "why", {}}};
  CHECK(Way(plan, "1") == "2 3! 4");
  CHECK(Way(plan, "3") == "4");
}

TEST_CASE("downgrades are a graph of their own") {
  const Plan plan =
      PlanOf({{"1", "2", "2"}, {"2", "3", "3"}, {"3", "", "2", true}, {"2", "", "1", true}});
  CHECK(Way(plan, "1") == "2 3");
  CHECK(Way(plan, "3", "1") == "2 1");
  CHECK(Way(plan, "2", "1") == "1");
  CHECK(Way(plan, "3") == "there");
  Plan stopping = plan;
  stopping.product.stops = {{"2", "why", {}}};
  CHECK(Way(stopping, "1") == "2! 3");
  CHECK(Way(stopping, "3", "1") == "2 1");
  CHECK(Way(plan, "1", "1") == "there");
  const Plan down = PlanOf({{"3", "", "2", true}});
  CHECK(Way(down, "3") == "2");
}

TEST_CASE("an edge never leads against its direction") {
  // What an origin holds beyond the target is left alone.
  const Plan plan = PlanOf({{"1", "9", "3"}});
  CHECK(Way(plan, "2") == "3");
  CHECK(Way(plan, "4").starts_with("none"));
}

// All ways, by trying them.
std::vector<std::vector<int>> AllWays(const std::vector<std::tuple<int, int, int>>& edges, int from,
                                      int to) {
  std::vector<std::vector<int>> ways;
  std::vector<int> way;
  std::function<void(int)> go = [&](int version) {
    if (version == to) {
      ways.push_back(way);
      return;
    }
    for (const auto& [lower, upper, target] : edges) {
      if (version >= lower && version < upper && target > version) {
        way.push_back(target);
        go(target);
        way.pop_back();
      }
    }
  };
  go(from);
  return ways;
}

TEST_CASE("the way is the best of all ways, and a tie is found when there is one") {
  rc::prop("as by trying all", [] {
    const auto edges = *rc::gen::container<std::vector<std::tuple<int, int, int>>>(
        rc::gen::tuple(rc::gen::inRange(1, 8), rc::gen::inRange(1, 9), rc::gen::inRange(2, 9)));
    std::vector<EdgeText> texts;
    std::vector<std::tuple<int, int, int>> used;
    for (const auto& [lower, upper, target] : edges) {
      if (lower < upper && used.size() < 9) {
        used.emplace_back(lower, upper, target);
        texts.push_back({std::to_string(lower), std::to_string(upper), std::to_string(target)});
      }
    }
    RC_PRE(!texts.empty());
    const int from = *rc::gen::inRange(1, 8);
    const int to = *rc::gen::inRange(from + 1, 9);
    std::vector<std::vector<int>> ways = AllWays(used, from, to);
    const Plan plan = PlanOf(texts);
    const auto graph = VersionGraph::Make(plan);
    RC_ASSERT(graph.ok());
    const auto path = graph->Find(std::to_string(from), std::to_string(to));
    RC_ASSERT(path.ok());
    if (ways.empty()) {
      RC_ASSERT(path->kind == PathKind::kNone);
      return;
    }
    const auto is_better = [](const std::vector<int>& a, const std::vector<int>& b) {
      return a.size() != b.size()
                 ? a.size() < b.size()
                 : std::vector<int>(a.rbegin(), a.rend()) > std::vector<int>(b.rbegin(), b.rend());
    };
    std::sort(ways.begin(), ways.end(), is_better);
    if (ways.size() > 1 && ways[0] == ways[1]) {
      RC_ASSERT(path->kind == PathKind::kAmbiguous);
      return;
    }
    RC_ASSERT(path->kind == PathKind::kFound);
    std::vector<int> found;
    for (const PathHop& hop : path->hops) {
      found.push_back(std::stoi(hop.to));
    }
    RC_ASSERT(found == ways[0]);
  });
}

}  // namespace
}  // namespace upgraph::plan
