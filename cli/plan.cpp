#include "cli/commands.h"
#include "cli/input.h"
#include "cli/plan_report.h"
#include "cli/way.h"
#include "plan/codec.h"

namespace upgraph::cli {

namespace {

// Without a host: each edge, or the way from `--from`.
int ShowPlans(const Arguments& arguments, const Input& input, Console& console) {
  const Result<std::vector<plan::Plan>> plans = PlansOf(input.plan, arguments);
  if (!plans.ok()) {
    return Fail(console, arguments.command,
                {executor::ExitCode::kUsage, plans.error().message, false, ""});
  }
  Json json =
      EndingJson(CommandName(arguments.command), {executor::ExitCode::kDone, "planned", false, ""});
  std::string text;
  for (const plan::Plan& plan : *plans) {
    const PlanReport report{plan,         plan::PlanDigest(input.plan_bytes).Hex(),
                            input.source, "",
                            "",           plan::Applicability::kApplies,
                            "",           ""};
    if (console.is_json()) {
      Json shown = PlanJson(report);
      if (&plan == &plans->front()) {
        json["plan"] = shown;
      }
      json["plans"].push_back(std::move(shown));
    } else {
      text += (text.empty() ? "" : "\n") + RenderPlan(report, console.use_color());
    }
  }
  console.Out(console.is_json() ? PrettyJson(json) : text);
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
  plan::Resolution on_host;
  Result<plan::Resolution> resolved =
      executor::ResolveOnHost(arguments.root, input->plan, arguments.to);
  if (!resolved.ok()) {
    return Fail(console, arguments.command, Refusal(resolved.error()));
  }
  on_host = std::move(*resolved);
  const bool is_resolved = on_host.applicability == plan::Applicability::kApplies;
  const PlanReport report{
      is_resolved ? on_host.plan : input->plan,
      plan::PlanDigest(input->plan_bytes).Hex(),
      input->source,
      arguments.root,
      on_host.from,
      on_host.applicability,
      on_host.reason,
      on_host.path.run_hop_count < on_host.path.hops.size() ? on_host.path.target : ""};
  // A host that the plan does not lead from is refused, as `apply` would, after the plan was shown.
  const bool is_refused = on_host.applicability == plan::Applicability::kNotFrom;
  const executor::ExitCode code =
      is_refused ? executor::ExitCode::kRefused : executor::ExitCode::kDone;
  if (console.is_json()) {
    Json json = EndingJson(CommandName(arguments.command),
                           {code, is_refused ? on_host.reason : "planned", false, ""});
    json["plan"] = PlanJson(report);
    console.Out(PrettyJson(json));
  } else {
    console.Out(RenderPlan(report, console.use_color()));
    if (is_refused) {
      console.Err("error: " + on_host.reason + "\n");
    }
  }
  return static_cast<int>(code);
}

}  // namespace upgraph::cli
