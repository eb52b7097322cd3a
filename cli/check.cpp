#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.h"
#include "cli/format.h"
#include "cli/input.h"
#include "cli/plan_report.h"
#include "compiler/diagnostics/report_formats.h"
#include "plan/codec.h"
#include "runtime/package/extract_policy.h"

namespace upgraph::cli {
namespace {

std::string Problems(const Compiled& compiled) {
  return fmt::format("{}, {}", Count(compiled.error_count, "error", "errors"),
                     Count(compiled.warning_count, "warning", "warnings"));
}

Json SummaryJson(const Compiled& compiled) {
  const plan::Plan& plan = *compiled.plan;
  const PlanTimes times = TimesOf(plan);
  Json json = Json::object();
  json["product"] = plan.product.name;
  json["upgrade"] = FormatUpgrade(plan.upgrade);
  json["steps"] = plan.steps.size();
  json["plan_digest"] = plan::PlanDigest(plan::Encode(plan)).Hex();
  json["forward_ms"] = times.forward_ms;
  json["rollback_ms"] = times.rollback_ms;
  json["downtime_ms"] = times.downtime_ms;
  return json;
}

std::string Summary(const Compiled& compiled, bool use_color) {
  const plan::Plan& plan = *compiled.plan;
  const PlanTimes times = TimesOf(plan);
  const uint64_t step_count = static_cast<uint64_t>(
      std::count_if(plan.steps.begin(), plan.steps.end(),
                    [](const plan::Step& step) { return step.kind != plan::StepKind::kJoin; }));
  std::string text =
      fmt::format("{} {}: {}, {}; forward {}, rollback {}, downtime {}",
                  Paint(Color::kGreen, "good:", use_color), package::Printable(plan.product.name),
                  package::Printable(FormatUpgrade(plan.upgrade)),
                  Count(step_count, "step", "steps"), plan::FormatDuration(times.forward_ms),
                  plan::FormatDuration(times.rollback_ms), plan::FormatDuration(times.downtime_ms));
  if (compiled.warning_count > 0) {
    text += "; " + Count(compiled.warning_count, "warning", "warnings");
  }
  return text + "\n";
}

driver::Dump DumpOf(DumpKind kind) {
  switch (kind) {
    case DumpKind::kNone:
      return driver::Dump::kNothing;
    case DumpKind::kAst:
      return driver::Dump::kAst;
    case DumpKind::kSema:
      return driver::Dump::kSema;
    case DumpKind::kPlan:
      return driver::Dump::kPlan;
  }
  UPGRAPH_UNREACHABLE("dump kind");
}

}  // namespace

int RunCheck(const Arguments& arguments, Console& console) {
  driver::Options options;
  options.dump = DumpOf(arguments.dump);
  options.levels = arguments.levels;
  const Result<Compiled> compiled = CompileSpec(arguments.input, options, console.use_color());
  if (!compiled.ok()) {
    return Fail(console, arguments.command,
                {executor::ExitCode::kSpecWrong, compiled.error().message, false, ""});
  }
  const executor::ExitCode code =
      compiled->error_count == 0 ? executor::ExitCode::kDone : executor::ExitCode::kSpecWrong;
  const bool is_good = compiled->plan.has_value();
  if (arguments.dump != DumpKind::kNone) {
    console.Err(compiled->diagnostics);
    console.Out(compiled->dump);
    return static_cast<int>(code);
  }
  if (console.format() == OutputFormat::kSarif) {
    console.Out(diagnostics::RenderSarif(compiled->list, *compiled->sources, driver::ToolVersion(),
                                         driver::ExplainDiagnostic));
  } else if (console.format() == OutputFormat::kGithub) {
    console.Out(diagnostics::RenderGithub(compiled->list, *compiled->sources));
  } else if (console.is_json()) {
    Json json = EndingJson(CommandName(arguments.command),
                           {code, is_good ? "good" : Problems(*compiled), false, ""});
    json["diagnostics"] = compiled->diagnostics_json;
    json["plan"] = is_good ? SummaryJson(*compiled) : Json(nullptr);
    console.Out(PrettyJson(json));
  } else {
    console.Err(compiled->diagnostics);
    if (is_good) {
      console.Out(Summary(*compiled, console.use_color()));
    } else {
      console.Err(Problems(*compiled) + "\n");
    }
  }
  return static_cast<int>(code);
}

}  // namespace upgraph::cli
