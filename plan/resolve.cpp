#include "plan/resolve.h"

#include <algorithm>
#include <utility>

#include "plan/arms.h"
#include "plan/edges.h"
#include "plan/fill.h"
#include "plan/join_hops.h"
#include "plan/list_answer.h"
#include "plan/turns.h"
#include "plan/verify.h"
#include "plan/version_path.h"

namespace upgraph::plan {
namespace {

// Facts come from files that people write: spaces around the version do not count.
std::string InstalledVersion(const std::string& text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) {
    return "";
  }
  const size_t last = text.find_last_not_of(" \t\r\n");
  std::string version = text.substr(first, last - first + 1);
  if (version.front() == 'v') {
    version.erase(0, 1);
  }
  return version;
}

// What the facts' names stand for.
Result<TemplateNames> NamesOf(const Plan& plan, const HostFacts& facts) {
  TemplateNames names;
  for (const auto& [name, answer] : facts.answers) {
    const auto fact = std::find_if(plan.facts.begin(), plan.facts.end(),
                                   [&](const Fact& known) { return known.name == name; });
    if (fact != plan.facts.end() && fact->elements_max > 0) {
      UPGRAPH_TRY(NameElements(*fact, answer, &names));
    } else {
      names[name] = answer;
    }
  }
  return names;
}

// The graph of an edge; taken out of `spare`, which is the plan itself or null.
StepGraph CopyOrTake(const Plan& plan, Plan* spare, size_t edge) {
  if (spare == nullptr) {
    return EdgeGraph(plan, edge);
  }
  return std::move(edge == 0 ? static_cast<StepGraph&>(*spare) : spare->other_edges[edge - 1]);
}

// One hop, its graph given, as a graph without templates.
Result<StepGraph> FillHop(const Plan& plan, const PathHop& hop, StepGraph graph,
                          TemplateNames names, const std::string& installed) {
  names["from"] = hop.from;
  names["to"] = hop.to;
  names["installed"] = installed;
  UPGRAPH_TRY(FillGraph(&graph, names));
  UPGRAPH_TRY(DecideArms(plan.product, names, &graph));
  NameTurns(&graph);
  return graph;
}

// `spare` is the plan itself, when it may be taken apart; else null.
Result<Plan> MakeHostPlan(const Plan& plan, Plan* spare, const HostFacts& facts,
                          const std::string& installed, const std::vector<PathHop>& path) {
  Plan host;
  host.format_version = plan.format_version;
  host.tool_version = plan.tool_version;
  host.stdlib_digest = plan.stdlib_digest;
  host.product = plan.product;
  host.facts = plan.facts;
  host.configs = plan.configs;
  host.people = plan.people;
  host.inputs = plan.inputs;
  host.purpose = plan.purpose;
  host.meanings = plan.meanings;
  UPGRAPH_ASSIGN(TemplateNames names, NamesOf(plan, facts));
  std::vector<StepGraph> graphs;
  for (const PathHop& hop : path) {
    StepGraph own = CopyOrTake(plan, path.size() == 1 ? spare : nullptr, hop.edge);
    UPGRAPH_ASSIGN(StepGraph graph, FillHop(plan, hop, std::move(own), names, installed));
    if (&hop != &path.back()) {
      LeaveOutWatches(&graph);
    }
    Upgrade& head = graph.upgrade;
    host.hops.push_back(
        {hop.from, hop.to, head.window_ms, head.downtime_ms, std::move(head.up_when)});
    head.up_when.clear();
    graphs.push_back(std::move(graph));
  }
  static_cast<StepGraph&>(host) = JoinHops(host.hops, std::move(graphs));
  names["from"] = names["installed"] = installed;
  names["to"] = host.hops.back().to;
  UPGRAPH_TRY(FillConfigs(&host, names));
  SortResources(&host);
  return host;
}

Result<Resolution> ResolveEither(const Plan& plan, Plan* spare, const HostFacts& facts) {
  Resolution resolution;
  resolution.from = InstalledVersion(facts.installed);
  resolution.answers = facts.answers;
  if (auto installed = ReadVersion(plan.product, resolution.from); !installed.ok()) {
    return installed.error().Within("the installed version");
  }
  UPGRAPH_ASSIGN(VersionGraph graph, VersionGraph::Make(plan));
  UPGRAPH_ASSIGN(resolution.path, graph.Find(resolution.from, InstalledVersion(facts.target)));
  switch (resolution.path.kind) {
    case PathKind::kAtTarget:
      resolution.applicability = Applicability::kAtTarget;
      return resolution;
    case PathKind::kNone:
    case PathKind::kAmbiguous:
      resolution.reason = resolution.path.reason;
      return resolution;
    case PathKind::kFound:
      break;
  }
  std::vector<PathHop> hops = resolution.path.hops;
  hops.resize(resolution.path.run_hop_count);
  resolution.applicability = Applicability::kApplies;
  UPGRAPH_ASSIGN(resolution.plan, MakeHostPlan(plan, spare, facts, resolution.from, hops));
  // Names have changed, and hops were put together.
  UPGRAPH_TRY(Verify(resolution.plan));
  return resolution;
}

}  // namespace

Result<Resolution> Resolve(const Plan& plan, const HostFacts& facts) {
  return ResolveEither(plan, nullptr, facts);
}

Result<Resolution> Resolve(Plan&& plan, const HostFacts& facts) {
  return ResolveEither(plan, &plan, facts);
}

std::vector<std::string> HostPaths(const Plan& plan, const PathHop& hop, const HostFacts& facts) {
  Result<TemplateNames> names = NamesOf(plan, facts);
  Result<StepGraph> graph = names.ok() ? FillHop(plan, hop, EdgeGraph(plan, hop.edge), *names,
                                                 InstalledVersion(facts.installed))
                                       : names.error();
  std::vector<std::string> paths;
  for (const Step& step : (graph.ok() ? *graph : EdgeGraph(plan, hop.edge)).steps) {
    paths.push_back(step.path);
  }
  return paths;
}

}  // namespace upgraph::plan
