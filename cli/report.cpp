#include "cli/commands.h"
#include "cli/report_json.h"
#include "cli/report_page.h"
#include "cli/report_words.h"
#include "cli/run_report.h"
#include "cli/start_run.h"
#include "cli/written_output.h"

namespace upgraph::cli {
namespace {

// The name of the run that is meant; an error for people when there is none.
Result<std::string> ChooseRun(const std::string& root, const std::string& name) {
  UPGRAPH_ASSIGN(const executor::HostView host, executor::ViewHost(root));
  if (!name.empty()) {
    UPGRAPH_ASSIGN(const executor::RunView* run, FindRun(host, name));
    return run->run_id;
  }
  const executor::RunView* run = CurrentRun(host);
  if (run == nullptr) {
    return Error{ErrorKind::kNotFound, "there is no run on this host yet, so nothing to report"};
  }
  return run->run_id;
}

}  // namespace

int RunReport(const Arguments& arguments, Console& console) {
  int exit_code = 0;
  const std::optional<std::string> root = FindRoot(arguments, console, &exit_code);
  if (!root.has_value()) {
    return exit_code;
  }
  const Result<std::string> run_id = ChooseRun(*root, arguments.name);
  if (!run_id.ok()) {
    return Fail(console, arguments.command,
                {executor::ExitCode::kUsage, run_id.error().message, false, ""});
  }
  const Result<executor::RunDetails> details = executor::ViewRunDetails(*root, *run_id);
  if (!details.ok()) {
    return Fail(console, arguments.command, Refusal(details.error()));
  }
  const bool is_damaged = !details->run.damage.empty();
  const Ending ending{is_damaged ? executor::ExitCode::kDamaged : executor::ExitCode::kDone,
                      is_damaged ? details->run.damage : "looked", false, *run_id};
  const ReportedRun report = ReportOf(*details);
  std::string text;
  if (console.is_json()) {
    Json json = EndingJson(CommandName(arguments.command), ending);
    json.update(ReportJson(report));
    text = PrettyJson(json);
  } else {
    text = RenderReportPage(report);
  }
  const int written = WriteOutput(arguments, text, console);
  return written != 0 ? written : static_cast<int>(ending.exit_code);
}

}  // namespace upgraph::cli
