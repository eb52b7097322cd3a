#include "cli/commands.h"
#include "cli/run_report.h"
#include "cli/start_run.h"

namespace upgraph::cli {
namespace {

int ShowRun(const Arguments& arguments, Console& console, const executor::HostView& host) {
  const Result<const executor::RunView*> found = FindRun(host, arguments.name);
  if (!found.ok()) {
    return Fail(console, arguments.command,
                {executor::ExitCode::kUsage, found.error().message, false, ""});
  }
  const executor::RunView& run = **found;
  if (console.is_json()) {
    Json json = EndingJson(CommandName(arguments.command),
                           {executor::ExitCode::kDone, "looked", false, run.run_id});
    json.update(RunJson(run));
    console.Out(PrettyJson(json));
  } else {
    console.Out(RenderRun(run, console.use_color()));
  }
  return static_cast<int>(executor::ExitCode::kDone);
}

}  // namespace

int RunHistory(const Arguments& arguments, Console& console) {
  int exit_code = 0;
  const std::optional<std::string> root = FindRoot(arguments, console, &exit_code);
  if (!root.has_value()) {
    return exit_code;
  }
  const Result<executor::HostView> host = executor::ViewHost(*root);
  if (!host.ok()) {
    return Fail(console, arguments.command, Refusal(host.error()));
  }
  if (!arguments.name.empty()) {
    return ShowRun(arguments, console, *host);
  }
  if (console.is_json()) {
    Json json = EndingJson(CommandName(arguments.command),
                           {executor::ExitCode::kDone, "looked", false, ""});
    json.update(HistoryJson(*host));
    console.Out(PrettyJson(json));
  } else {
    console.Out(RenderHistory(*host, console.use_color()));
  }
  return static_cast<int>(executor::ExitCode::kDone);
}

}  // namespace upgraph::cli
