#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "cli/commands.h"
#include "cli/format.h"
#include "cli/input.h"
#include "cli/plan_report.h"
#include "cli/text_diff.h"
#include "cli/whole_file.h"
#include "compiler/diagnostics/report_formats.h"
#include "compiler/driver/fix_spec.h"
#include "plan/codec.h"
#include "plan/edges.h"
#include "runtime/package/extract_policy.h"

namespace upgraph::cli {
namespace {

std::string Problems(const Compiled& compiled) {
  return fmt::format("{}, {}", Count(compiled.error_count, "error", "errors"),
                     Count(compiled.warning_count, "warning", "warnings"));
}

Json EdgeJson(const plan::Plan& edge) {
  const PlanTimes times = TimesOf(edge);
  return {{"upgrade", FormatUpgrade(edge.upgrade)},
          {"steps", edge.steps.size()},
          {"forward_ms", times.forward_ms},
          {"rollback_ms", times.rollback_ms},
          {"downtime_ms", times.downtime_ms}};
}

// One edge is what the summary is about; several are a list beside it.
Json SummaryJson(const Compiled& compiled) {
  const plan::Plan& plan = *compiled.plan;
  Json json = EdgeJson(plan);
  json["product"] = plan.product.name;
  json["plan_digest"] = plan::PlanDigest(plan::Encode(plan)).Hex();
  json["edges"] = Json::array();
  plan::ForEachEdge(plan, [&](const plan::Plan& edge) { json["edges"].push_back(EdgeJson(edge)); });
  return json;
}

uint64_t StepCount(const plan::StepGraph& graph) {
  return static_cast<uint64_t>(
      std::count_if(graph.steps.begin(), graph.steps.end(),
                    [](const plan::Step& step) { return step.kind != plan::StepKind::kJoin; }));
}

// Of several edges the times of none are those of a run: the greatest stand for them here, and
// `upgraph paths` adds up each way.
std::string Summary(const Compiled& compiled, bool use_color) {
  const plan::Plan& plan = *compiled.plan;
  uint64_t step_count = 0;
  PlanTimes times;
  plan::ForEachEdge(plan, [&](const plan::Plan& edge) {
    const PlanTimes of_edge = TimesOf(edge);
    step_count += StepCount(edge);
    times.forward_ms = std::max(times.forward_ms, of_edge.forward_ms);
    times.rollback_ms = std::max(times.rollback_ms, of_edge.rollback_ms);
    times.downtime_ms = std::max(times.downtime_ms, of_edge.downtime_ms);
  });
  const bool has_others = !plan.other_edges.empty();
  std::string text =
      fmt::format("{} {}: {}, {}; {}forward {}, rollback {}, downtime {}",
                  Paint(Color::kGreen, "good:", use_color), package::Printable(plan.product.name),
                  has_others ? Count(plan::EdgeCount(plan), "edge", "edges")
                             : package::Printable(FormatUpgrade(plan.upgrade)),
                  Count(step_count, "step", "steps"), has_others ? "each at most " : "",
                  plan::FormatDuration(times.forward_ms), plan::FormatDuration(times.rollback_ms),
                  plan::FormatDuration(times.downtime_ms));
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

// What there is to say about a compilation; `extra` is said by the formats that programs read.
int Report(const Arguments& arguments, Console& console, const Compiled& compiled, Json extra) {
  const executor::ExitCode code =
      compiled.error_count == 0 ? executor::ExitCode::kDone : executor::ExitCode::kSpecWrong;
  const bool is_good = compiled.plan.has_value();
  if (console.format() == OutputFormat::kSarif) {
    console.Out(diagnostics::RenderSarif(compiled.list, *compiled.sources, driver::ToolVersion(),
                                         driver::ExplainDiagnostic));
  } else if (console.format() == OutputFormat::kGithub) {
    console.Out(diagnostics::RenderGithub(compiled.list, *compiled.sources));
  } else if (console.is_json()) {
    Json json = EndingJson(CommandName(arguments.command),
                           {code, is_good ? "good" : Problems(compiled), false, ""});
    json["diagnostics"] = compiled.diagnostics_json;
    json["plan"] = is_good ? SummaryJson(compiled) : Json(nullptr);
    json.update(extra);
    console.Out(PrettyJson(json));
  } else {
    console.Err(compiled.diagnostics);
    if (is_good) {
      console.Out(Summary(compiled, console.use_color()));
    } else {
      console.Err(Problems(compiled) + "\n");
    }
  }
  return static_cast<int>(code);
}

// Enough to judge it by; the file itself shows the rest.
constexpr size_t kFixDiffLinesMax = 200;

void SayFixes(const Arguments& arguments, Console& console, const driver::FixedSpec& spec) {
  const std::string name = package::Printable(arguments.input);
  for (const driver::AppliedFix& fix : spec.applied) {
    console.Out(fmt::format("{} {}:{}:{}: {} [{}]\n", arguments.is_dry_run ? "would fix" : "fixed",
                            name, fix.line, fix.column, package::Printable(fix.message), fix.name));
  }
  if (arguments.is_dry_run) {
    console.Out(LineDiff(spec.before, spec.after, kFixDiffLinesMax, console.use_color()));
  }
  if (spec.applied.empty()) {
    console.Out("nothing to fix\n");
  }
}

Json FixesJson(const Arguments& arguments, const driver::FixedSpec& spec) {
  Json fixes = Json::array();
  for (const driver::AppliedFix& fix : spec.applied) {
    fixes.push_back(
        {{"name", fix.name}, {"message", fix.message}, {"line", fix.line}, {"column", fix.column}});
  }
  return {{"fixes", std::move(fixes)},
          {"is_written", !arguments.is_dry_run && spec.after != spec.before}};
}

int RunFix(const Arguments& arguments, const driver::Options& options, Console& console) {
  const auto fail = [&](executor::ExitCode code, const std::string& reason) {
    return Fail(console, arguments.command, {code, reason, false, ""});
  };
  if (arguments.input == kStandardInput) {
    return fail(executor::ExitCode::kUsage, "`--fix` mends a file; standard input is none");
  }
  Result<driver::FixedSpec> spec = driver::FixSpec(arguments.input, options);
  if (!spec.ok()) {
    return fail(executor::ExitCode::kSpecWrong, spec.error().message);
  }
  const bool is_changed = spec->after != spec->before;
  if (is_changed && !arguments.is_dry_run) {
    if (const Status written = RewriteFile(arguments.input, spec->after); !written.ok()) {
      return fail(executor::ExitCode::kRefused, written.error().message);
    }
  }
  const bool is_for_people = console.format() == OutputFormat::kHuman;
  if (is_for_people) {
    SayFixes(arguments, console, *spec);
  }
  const Compiled compiled = Describe(std::move(spec->compilation), console.use_color());
  if (!arguments.is_dry_run || !is_for_people) {
    const int code = Report(arguments, console, compiled, FixesJson(arguments, *spec));
    return arguments.is_dry_run && is_changed ? static_cast<int>(executor::ExitCode::kSpecWrong)
                                              : code;
  }
  // Places in a text that stands nowhere help nobody.
  console.Out(fmt::format("{}; {} would be left\n", Count(spec->applied.size(), "fix", "fixes"),
                          Problems(compiled)));
  return static_cast<int>(is_changed || compiled.error_count > 0 ? executor::ExitCode::kSpecWrong
                                                                 : executor::ExitCode::kDone);
}

}  // namespace

int RunCheck(const Arguments& arguments, Console& console) {
  driver::Options options = OptionsOf(arguments);
  options.dump = DumpOf(arguments.dump);
  if (arguments.is_fix) {
    return RunFix(arguments, options, console);
  }
  // Never freed: piece by piece that takes longer than for the process to end.
  static auto* const kept = new std::deque<Result<Compiled>>;
  const Result<Compiled>& compiled =
      kept->emplace_back(CompileSpec(arguments.input, options, console.use_color()));
  if (!compiled.ok()) {
    return Fail(console, arguments.command,
                {executor::ExitCode::kSpecWrong, compiled.error().message, false, ""});
  }
  if (arguments.dump != DumpKind::kNone) {
    console.Err(compiled->diagnostics);
    console.Out(compiled->dump);
    return static_cast<int>(compiled->error_count == 0 ? executor::ExitCode::kDone
                                                       : executor::ExitCode::kSpecWrong);
  }
  return Report(arguments, console, *compiled, Json::object());
}

}  // namespace upgraph::cli
