#pragma once

// One function for each command, one file each. They return the exit code.

#include "cli/arguments.h"
#include "cli/console.h"

namespace upgraph::cli {

int RunCheck(const Arguments& arguments, Console& console);
int RunPlan(const Arguments& arguments, Console& console);
int RunPack(const Arguments& arguments, Console& console);
int RunSign(const Arguments& arguments, Console& console);
int RunVerify(const Arguments& arguments, Console& console);
int RunApprove(const Arguments& arguments, Console& console);
int RunApply(const Arguments& arguments, Console& console);
int RunResume(const Arguments& arguments, Console& console);
int RunRollback(const Arguments& arguments, Console& console);
int RunResolve(const Arguments& arguments, Console& console);
int RunTick(const Arguments& arguments, Console& console);
int RunStatus(const Arguments& arguments, Console& console);
int RunHistory(const Arguments& arguments, Console& console);
int RunReport(const Arguments& arguments, Console& console);
int RunRunbook(const Arguments& arguments, Console& console);
int RunGraph(const Arguments& arguments, Console& console);
int RunMatrix(const Arguments& arguments, Console& console);
int RunPaths(const Arguments& arguments, Console& console);
int RunDocs(const Arguments& arguments, Console& console);
int RunExplain(const Arguments& arguments, Console& console);
int RunFmt(const Arguments& arguments, Console& console);
int RunTest(const Arguments& arguments, Console& console);

}  // namespace upgraph::cli
