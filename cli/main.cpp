#include <stdio.h>

#include <string>
#include <vector>

#ifdef UPGRAPH_MIMALLOC
#include "cli/allocator.h"
#endif
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/process_setup.h"
#include "cli/runner.h"

namespace upgraph::cli {
namespace {

// Whether it is about runs, not about specs.
[[maybe_unused]] bool IsAboutRuns(CommandKind command) {
  switch (command) {
    case CommandKind::kApply:
    case CommandKind::kResume:
    case CommandKind::kRollback:
    case CommandKind::kResolve:
    case CommandKind::kRecover:
    case CommandKind::kTick:
    case CommandKind::kRunner:
    case CommandKind::kStatus:
    case CommandKind::kHistory:
    case CommandKind::kReport:
      return true;
    default:
      return false;
  }
}

int RunCommand(const Arguments& arguments) {
#ifdef UPGRAPH_MIMALLOC
  if (IsAboutRuns(arguments.command)) {
    GiveBackFreedMemory();
  }
#endif
  if (arguments.command == CommandKind::kRunner) {
    return RunRunner(arguments);
  }
  Console console(arguments.format);
  switch (arguments.command) {
    case CommandKind::kCheck:
      return RunCheck(arguments, console);
    case CommandKind::kPlan:
      return RunPlan(arguments, console);
    case CommandKind::kPack:
      return RunPack(arguments, console);
    case CommandKind::kSign:
      return RunSign(arguments, console);
    case CommandKind::kVerify:
      return RunVerify(arguments, console);
    case CommandKind::kApprove:
      return RunApprove(arguments, console);
    case CommandKind::kApply:
      return RunApply(arguments, console);
    case CommandKind::kResume:
      return RunResume(arguments, console);
    case CommandKind::kRollback:
      return RunRollback(arguments, console);
    case CommandKind::kResolve:
      return RunResolve(arguments, console);
    case CommandKind::kRecover:
    case CommandKind::kTick:
      return RunTick(arguments, console);
    case CommandKind::kStatus:
      return RunStatus(arguments, console);
    case CommandKind::kHistory:
      return RunHistory(arguments, console);
    case CommandKind::kReport:
      return RunReport(arguments, console);
    case CommandKind::kRunbook:
      return RunRunbook(arguments, console);
    case CommandKind::kGraph:
      return RunGraph(arguments, console);
    case CommandKind::kMatrix:
      return RunMatrix(arguments, console);
    case CommandKind::kPaths:
      return RunPaths(arguments, console);
    case CommandKind::kDocs:
      return RunDocs(arguments, console);
    case CommandKind::kExplain:
      return RunExplain(arguments, console);
    case CommandKind::kFmt:
      return RunFmt(arguments, console);
    case CommandKind::kTest:
      return RunTest(arguments, console);
    case CommandKind::kRunner:
      break;
  }
  UPGRAPH_UNREACHABLE("command");
}

}  // namespace
}  // namespace upgraph::cli

int main(int argc, char** argv) {
  upgraph::cli::SetUpProcess();
  const upgraph::cli::ParsedArguments parsed =
      upgraph::cli::ParseArguments(std::vector<std::string>(argv + 1, argv + argc));
  fputs(parsed.out.c_str(), stdout);
  fputs(parsed.err.c_str(), stderr);
  if (!parsed.arguments.has_value()) {
    return parsed.exit_code;
  }
  return upgraph::cli::RunCommand(*parsed.arguments);
}
