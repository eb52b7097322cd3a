#include "cli/commands.h"
#include "cli/input.h"
#include "cli/plan_report.h"
#include "plan/codec.h"

namespace upgraph::cli {

int RunPlan(const Arguments& arguments, Console& console) {
  int exit_code = 0;
  const std::optional<Input> input = ReadInput(arguments, false, console, &exit_code);
  if (!input.has_value()) {
    return exit_code;
  }
  plan::Resolution on_host;
  on_host.applicability = plan::Applicability::kApplies;
  if (arguments.has_root) {
    Result<plan::Resolution> resolved = executor::ResolveOnHost(arguments.root, input->plan);
    if (!resolved.ok()) {
      return Fail(console, arguments.command, Refusal(resolved.error()));
    }
    on_host = std::move(*resolved);
  }
  const bool is_resolved =
      arguments.has_root && on_host.applicability == plan::Applicability::kApplies;
  const PlanReport report{is_resolved ? on_host.plan : input->plan,
                          plan::PlanDigest(input->plan_bytes).Hex(),
                          input->source,
                          arguments.has_root ? arguments.root : "",
                          on_host.from,
                          on_host.applicability,
                          on_host.reason};
  // A host that the plan does not lead from is refused, as `apply` would, after the plan was shown.
  const bool is_refused =
      arguments.has_root && on_host.applicability == plan::Applicability::kNotFrom;
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
