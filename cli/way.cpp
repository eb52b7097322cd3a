#include "cli/way.h"

#include "plan/edges.h"
#include "plan/resolve.h"

namespace upgraph::cli {

std::string WithoutV(const std::string& version) {
  return version.substr(version.starts_with("v") ? 1 : 0);
}

namespace {

Result<std::vector<plan::Plan>> PlansOf(const plan::Plan& plan, const Arguments& arguments) {
  std::vector<plan::Plan> plans;
  if (arguments.from.empty() && !arguments.to.empty()) {
    return Error{ErrorKind::kInvalid,
                 "`--to` says where a way ends; say with `--from` where it begins"};
  }
  if (arguments.from.empty()) {
    plan::ForEachEdge(plan, [&](const plan::Plan& edge) { plans.push_back(edge); });
    return plans;
  }
  plan::HostFacts facts;
  facts.installed = arguments.from;
  facts.target = arguments.to;
  // Other facts are known on a host only: they stand for themselves.
  for (const plan::Fact& fact : plan.facts) {
    facts.answers.emplace_back(fact.name, "${" + fact.name + "}");
  }
  UPGRAPH_ASSIGN(plan::Resolution resolution, plan::Resolve(plan, facts));
  if (resolution.applicability == plan::Applicability::kAtTarget) {
    return Error{ErrorKind::kInvalid, "already there: v" + resolution.from + " is the target"};
  }
  if (resolution.applicability == plan::Applicability::kNotFrom) {
    return Error{ErrorKind::kInvalid, resolution.reason};
  }
  plans.push_back(std::move(resolution.plan));
  return plans;
}

}  // namespace

std::optional<std::vector<plan::Plan>> ChoosePlans(const plan::Plan& plan,
                                                   const Arguments& arguments, Console& console,
                                                   int* exit_code) {
  Result<std::vector<plan::Plan>> plans = PlansOf(plan, arguments);
  if (!plans.ok()) {
    *exit_code = Fail(console, arguments.command,
                      {executor::ExitCode::kUsage, plans.error().message, false, ""});
    return std::nullopt;
  }
  return std::move(*plans);
}

}  // namespace upgraph::cli
