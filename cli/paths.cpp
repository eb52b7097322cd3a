// Each release with its way over the version graph, one line each, so that `grep` finds it.

#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.h"
#include "cli/format.h"
#include "cli/input.h"
#include "cli/plan_report.h"
#include "cli/way.h"
#include "plan/edges.h"
#include "plan/graph.h"
#include "plan/version_path.h"

namespace upgraph::cli {
namespace {

// What an edge takes, whatever the host.
struct EdgeTimes {
  int64_t downtime_ms = 0;
  int64_t window_ms = 0;
};

struct Path {
  std::string from;  // without v
  plan::VersionPath path;
  std::string withdrawn;  // why; empty: it is not
  bool is_down = false;
};

class PathList {
 public:
  explicit PathList(const plan::Plan& plan) : plan_(plan) {
    for (size_t i = 0; i < plan::EdgeCount(plan); ++i) {
      const plan::StepGraph& edge = plan::EdgeGraph(plan, i);
      const plan::Duration downtime =
          plan::CriticalPath(edge, plan::Phase::kSwitch, plan::Phase::kSwitch);
      times_.push_back({downtime.forward_ms, edge.upgrade.window_ms});
    }
  }

  // The releases and what was withdrawn, in the order of their versions; or the one that was asked
  // for.
  std::vector<std::string> Origins(const std::string& asked) const;
  Result<Path> PathFrom(const plan::VersionGraph& graph, const std::string& version,
                        const std::string& target) const;
  // The ways down from there, the highest target first. Nobody goes down without asking for it with
  // `--to`, so they stand beside the way up.
  Result<std::vector<Path>> PathsDown(const plan::VersionGraph& graph,
                                      const std::string& version) const;
  Json ToJson(const Path& path) const;
  std::vector<Table::Cell> Row(const Path& path) const;

 private:
  int64_t Downtime(const plan::VersionPath& path) const;
  std::string Windows(const plan::VersionPath& path) const;
  std::string Way(const plan::VersionPath& path) const;

  const plan::Plan& plan_;
  std::vector<EdgeTimes> times_;
};

Result<Path> PathList::PathFrom(const plan::VersionGraph& graph, const std::string& version,
                                const std::string& target) const {
  Path path{version, {}, ""};
  UPGRAPH_ASSIGN(path.path, graph.Find(version, target));
  for (const plan::Withdrawn& withdrawn : plan_.product.withdrawn) {
    const auto one = plan::ReadVersion(plan_.product, withdrawn.version);
    const auto other = plan::ReadVersion(plan_.product, version);
    if (one.ok() && other.ok() && *one == *other) {
      path.withdrawn = withdrawn.reason;
    }
  }
  return path;
}

std::vector<std::string> PathList::Origins(const std::string& asked) const {
  if (!asked.empty()) {
    return {WithoutV(asked)};
  }
  std::vector<std::string> versions = plan_.product.releases;
  for (const plan::Withdrawn& withdrawn : plan_.product.withdrawn) {
    versions.push_back(withdrawn.version);
  }
  const auto is_before = [&](const std::string& a, const std::string& b) {
    auto first = plan::ReadVersion(plan_.product, a);
    auto second = plan::ReadVersion(plan_.product, b);
    return first.ok() && second.ok() && *first < *second;
  };
  std::stable_sort(versions.begin(), versions.end(), is_before);
  versions.erase(std::unique(versions.begin(), versions.end()), versions.end());
  return versions;
}

Result<std::vector<Path>> PathList::PathsDown(const plan::VersionGraph& graph,
                                              const std::string& version) const {
  std::vector<Path> paths;
  UPGRAPH_ASSIGN(plan::Version from, plan::ReadVersion(plan_.product, version));
  const std::vector<std::string> targets = graph.Targets(true);
  for (auto target = targets.rbegin(); target != targets.rend(); ++target) {
    UPGRAPH_ASSIGN(plan::Version to, plan::ReadVersion(plan_.product, *target));
    if (to >= from) {
      continue;
    }
    UPGRAPH_ASSIGN(Path path, PathFrom(graph, version, *target));
    path.is_down = true;
    if (path.path.kind == plan::PathKind::kFound || path.path.kind == plan::PathKind::kAmbiguous) {
      paths.push_back(std::move(path));
    }
  }
  return paths;
}

const char* WordOf(plan::PathKind kind) {
  switch (kind) {
    case plan::PathKind::kFound:
      return "applies";
    case plan::PathKind::kAtTarget:
      return "at-target";
    case plan::PathKind::kNone:
      return "no-path";
    case plan::PathKind::kAmbiguous:
      return "ambiguous";
  }
  UPGRAPH_UNREACHABLE("path kind");
}

// -> v4.8.3 (stop) -> v5.0.0
std::string PathList::Way(const plan::VersionPath& path) const {
  std::string text;
  for (size_t i = 0; i < path.hops.size(); ++i) {
    text += (text.empty() ? "-> " : " -> ") + plan::FormatVersion(path.hops[i].to);
    text += i + 1 == path.run_hop_count && i + 1 < path.hops.size() ? " (stop)" : "";
  }
  return text;
}

int64_t PathList::Downtime(const plan::VersionPath& path) const {
  int64_t sum_ms = 0;
  for (const plan::PathHop& hop : path.hops) {
    sum_ms += times_[hop.edge].downtime_ms;
  }
  return sum_ms;
}

// Of the run up to the first stop; what comes after it is negotiated anew. Empty: not said.
std::string PathList::Windows(const plan::VersionPath& path) const {
  int64_t sum_ms = 0;
  for (size_t i = 0; i < path.run_hop_count; ++i) {
    if (times_[path.hops[i].edge].window_ms == 0) {
      return "";
    }
    sum_ms += times_[path.hops[i].edge].window_ms;
  }
  return plan::FormatDuration(sum_ms);
}

std::vector<Table::Cell> PathList::Row(const Path& path) const {
  const std::string from = plan::FormatVersion(path.from);
  switch (path.path.kind) {
    case plan::PathKind::kFound: {
      const std::string window = Windows(path.path);
      return {{from, Color::kBold},
              {Way(path.path) + (path.is_down ? " (only with --to)" : "")},
              {"downtime " + plan::FormatDuration(Downtime(path.path))},
              {window.empty() ? "no window said" : "window " + window}};
    }
    case plan::PathKind::kAtTarget:
      return {{from, Color::kBold}, {"already there"}};
    case plan::PathKind::kNone:
      return {{from, Color::kBold}, {"no path: " + path.path.reason}};
    case plan::PathKind::kAmbiguous:
      return {{from, Color::kBold}, {"ambiguous: " + path.path.reason}};
  }
  UPGRAPH_UNREACHABLE("path kind");
}

Json PathList::ToJson(const Path& path) const {
  Json json = {{"from", "v" + path.from},
               {"path", WordOf(path.path.kind)},
               {"to", path.path.target.empty() ? "" : "v" + path.path.target},
               {"hops", Json::array()},
               {"downtime_ms", Downtime(path.path)},
               {"reason", path.path.reason},
               {"withdrawn", path.withdrawn},
               {"is_downgrade", path.is_down}};
  for (size_t i = 0; i < path.path.hops.size(); ++i) {
    const plan::PathHop& hop = path.path.hops[i];
    json["hops"].push_back({{"from", "v" + hop.from},
                            {"to", "v" + hop.to},
                            {"downtime_ms", times_[hop.edge].downtime_ms},
                            {"window_ms", times_[hop.edge].window_ms},
                            {"is_in_run", i < path.path.run_hop_count}});
  }
  return json;
}

}  // namespace

int RunPaths(const Arguments& arguments, Console& console) {
  int exit_code = 0;
  const std::optional<Input> input = ReadInput(arguments, false, console, &exit_code);
  if (!input.has_value()) {
    return exit_code;
  }
  const auto graph = plan::VersionGraph::Make(input->plan);
  if (!graph.ok()) {
    return Fail(console, arguments.command, Refusal(graph.error()));
  }
  const PathList list(input->plan);
  Json paths = Json::array();
  Table table;
  for (const std::string& version : list.Origins(arguments.from)) {
    const Result<Path> path = list.PathFrom(*graph, version, WithoutV(arguments.to));
    if (!path.ok()) {
      return Fail(console, arguments.command,
                  {executor::ExitCode::kUsage, path.error().message, false, ""});
    }
    std::vector<Path> found = {*path};
    if (arguments.to.empty() && !graph->Targets(false).empty()) {
      auto down = list.PathsDown(*graph, version);
      found.insert(found.end(), down->begin(), down->end());
    }
    for (const Path& one : found) {
      paths.push_back(list.ToJson(one));
      table.Add(list.Row(one));
    }
  }
  if (console.is_json()) {
    Json json = EndingJson(CommandName(arguments.command),
                           {executor::ExitCode::kDone, "listed", false, ""});
    json["paths"] = std::move(paths);
    console.Out(PrettyJson(json));
  } else {
    console.Out(table.Render("", console.use_color()));
  }
  return 0;
}

}  // namespace upgraph::cli
