// Which releases the upgrade leads from, and why it does not lead from the others.

#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.h"
#include "cli/format.h"
#include "cli/input.h"
#include "cli/plan_report.h"
#include "plan/resolve.h"
#include "plan/version.h"

namespace upgraph::cli {
namespace {

struct Path {
  std::string from;  // with v
  plan::Applicability applicability = plan::Applicability::kNotFrom;
  std::string why_not;    // of kNotFrom
  std::string withdrawn;  // why; empty: it is not
};

Result<Path> PathFrom(const plan::Plan& plan, const std::string& version) {
  UPGRAPH_ASSIGN(plan::Resolution resolution, plan::Resolve(plan, {version}));
  Path path{"v" + version, resolution.applicability, resolution.reason, ""};
  for (const plan::Withdrawn& withdrawn : plan.product.withdrawn) {
    auto one = plan::ReadVersion(plan.product, withdrawn.version);
    auto other = plan::ReadVersion(plan.product, version);
    if (one.ok() && other.ok() && *one == *other) {
      path.withdrawn = withdrawn.reason;
    }
  }
  return path;
}

// The releases and what was withdrawn, in the order of their versions; or the one that was asked
// for.
std::vector<std::string> Origins(const plan::Plan& plan, const std::string& asked) {
  if (!asked.empty()) {
    return {asked.substr(asked.starts_with("v") ? 1 : 0)};
  }
  std::vector<std::string> versions = plan.product.releases;
  for (const plan::Withdrawn& withdrawn : plan.product.withdrawn) {
    versions.push_back(withdrawn.version);
  }
  const auto is_before = [&](const std::string& a, const std::string& b) {
    auto first = plan::ReadVersion(plan.product, a);
    auto second = plan::ReadVersion(plan.product, b);
    return first.ok() && second.ok() && *first < *second;
  };
  std::stable_sort(versions.begin(), versions.end(), is_before);
  versions.erase(std::unique(versions.begin(), versions.end()), versions.end());
  return versions;
}

const char* WordOf(plan::Applicability applicability) {
  switch (applicability) {
    case plan::Applicability::kApplies:
      return "applies";
    case plan::Applicability::kAtTarget:
      return "at-target";
    case plan::Applicability::kNotFrom:
      return "no-path";
  }
  UPGRAPH_UNREACHABLE("applicability");
}

std::string Sentence(const Path& path, const std::string& target) {
  switch (path.applicability) {
    case plan::Applicability::kApplies:
      return "-> v" + target;
    case plan::Applicability::kAtTarget:
      return "already there";
    case plan::Applicability::kNotFrom:
      return "no path: " + path.why_not;
  }
  UPGRAPH_UNREACHABLE("applicability");
}

}  // namespace

int RunPaths(const Arguments& arguments, Console& console) {
  int exit_code = 0;
  const std::optional<Input> input = ReadInput(arguments, false, console, &exit_code);
  if (!input.has_value()) {
    return exit_code;
  }
  const plan::Plan& plan = input->plan;
  Json list = Json::array();
  Table table;
  for (const std::string& version : Origins(plan, arguments.from)) {
    const Result<Path> path = PathFrom(plan, version);
    if (!path.ok()) {
      return Fail(console, arguments.command,
                  {executor::ExitCode::kUsage, path.error().message, false, ""});
    }
    list.push_back({{"from", path->from},
                    {"path", WordOf(path->applicability)},
                    {"to", "v" + plan.upgrade.to},
                    {"reason", path->why_not},
                    {"withdrawn", path->withdrawn}});
    table.Add({{path->from, Color::kBold}, {Sentence(*path, plan.upgrade.to)}});
  }
  if (console.is_json()) {
    Json json = EndingJson(CommandName(arguments.command),
                           {executor::ExitCode::kDone, "listed", false, ""});
    json["paths"] = std::move(list);
    console.Out(PrettyJson(json));
  } else {
    console.Out(table.Render("", console.use_color()));
  }
  return 0;
}

}  // namespace upgraph::cli
