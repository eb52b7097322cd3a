#include "cli/commands.h"
#include "cli/input.h"
#include "cli/plan_report.h"
#include "cli/runbook.h"
#include "cli/way.h"
#include "cli/written_output.h"
#include "plan/codec.h"
#include "plan/edges.h"

namespace upgraph::cli {

namespace {

// `shown` says of each plan what `facts` says of the first.
void Print(const std::vector<plan::Plan>& shown, const PlanReport& facts, const Ending& ending,
           const Arguments& arguments, Console& console) {
  Json json = EndingJson(CommandName(arguments.command), ending);
  std::string text;
  for (const plan::Plan& plan : shown) {
    PlanReport report{plan,          facts.plan_digest, facts.source,
                      facts.root,    facts.installed,   facts.applicability,
                      facts.why_not, facts.goes_on_to,  facts.signature};
    if (console.is_json()) {
      Json one = PlanJson(report);
      if (&plan == &shown.front()) {
        json["plan"] = one;
      }
      json["plans"].push_back(std::move(one));
    } else {
      text += (text.empty() ? "" : "\n") + RenderPlan(report, console.use_color());
    }
  }
  console.Out(console.is_json() ? PrettyJson(json) : text);
}

std::string SignatureOf(const Input& input) {
  return input.package.has_value() ? SignatureText(*input.package) : "not signed";
}

// Without a host: each edge, or the way from `--from`.
int ShowPlans(const Arguments& arguments, const Input& input, Console& console) {
  int exit_code = 0;
  const auto plans = ChoosePlans(input.plan, arguments, console, &exit_code);
  if (!plans.has_value()) {
    return exit_code;
  }
  const PlanReport facts{plans->front(),
                         input.plan_digest.Hex(),
                         input.source,
                         "",
                         "",
                         plan::Applicability::kApplies,
                         "",
                         "",
                         SignatureOf(input)};
  Print(*plans, facts, {executor::ExitCode::kDone, "planned", false, ""}, arguments, console);
  return 0;
}

}  // namespace

int RunPlan(const Arguments& arguments, Console& console) {
  int exit_code = 0;
  const std::optional<Input> input = ReadInput(arguments, false, console, &exit_code);
  if (!input.has_value()) {
    return exit_code;
  }
  if (!arguments.has_root) {
    return ShowPlans(arguments, *input, console);
  }
  Result<plan::Resolution> on_host =
      executor::ResolveOnHost(arguments.root, input->plan, arguments.to);
  if (!on_host.ok()) {
    return Fail(console, arguments.command, Refusal(on_host.error()));
  }
  // A host that the plan does not lead from is refused, as `apply` would, after each edge was
  // shown.
  std::vector<plan::Plan> shown;
  if (on_host->applicability == plan::Applicability::kApplies) {
    shown.push_back(std::move(on_host->plan));
  } else {
    plan::ForEachEdge(input->plan, [&](const plan::Plan& edge) { shown.push_back(edge); });
  }
  const PlanReport facts{
      shown.front(),
      input->plan_digest.Hex(),
      input->source,
      arguments.root,
      on_host->from,
      on_host->applicability,
      on_host->reason,
      on_host->path.run_hop_count < on_host->path.hops.size() ? on_host->path.target : "",
      SignatureOf(*input)};
  const bool is_refused = on_host->applicability == plan::Applicability::kNotFrom;
  const executor::ExitCode code =
      is_refused ? executor::ExitCode::kRefused : executor::ExitCode::kDone;
  Print(shown, facts, {code, is_refused ? on_host->reason : "planned", false, ""}, arguments,
        console);
  if (is_refused && !console.is_json()) {
    console.Err("error: " + on_host->reason + "\n");
  }
  return static_cast<int>(code);
}

int RunRunbook(const Arguments& arguments, Console& console) {
  int exit_code = 0;
  const std::optional<Input> input = ReadInput(arguments, false, console, &exit_code);
  if (!input.has_value()) {
    return exit_code;
  }
  const auto plans = ChoosePlans(input->plan, arguments, console, &exit_code);
  if (!plans.has_value()) {
    return exit_code;
  }
  std::string text;
  for (const plan::Plan& plan : *plans) {
    text +=
        (text.empty() ? "" : "\n") + RenderRunbook({plan, input->plan_digest.Hex(), input->source,
                                                    "", "", plan::Applicability::kApplies, "", ""});
  }
  return WriteOutput(arguments, text, console);
}

}  // namespace upgraph::cli
