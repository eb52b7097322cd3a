#pragma once

// The command line as data. CLI11 is used in arguments.cpp only.

#include <optional>
#include <string>
#include <vector>

#include "cli/graph_text.h"
#include "compiler/diagnostics/levels.h"
#include "compiler/driver/given_inputs.h"
#include "runtime/executor/run.h"

namespace upgraph::cli {

enum class CommandKind {
  kCheck,
  kPlan,
  kPack,
  kSign,
  kVerify,
  kApprove,
  kApply,
  kResume,
  kRollback,
  kResolve,
  kTick,
  kRecover,
  kStatus,
  kHistory,
  kReport,
  kRunbook,
  kGraph,
  kMatrix,
  kPaths,
  kDocs,
  kExplain,
  kFmt,
  kTest,
  kRunner,  // started by ourselves: carries a run, apart from any terminal
};
const char* CommandName(CommandKind kind);

enum class OutputFormat { kHuman, kJson, kSarif, kGithub, kHtml };

// Who carries a run: a transient service of systemd, or a process of its own session.
enum class RunnerKind { kAuto, kService, kProcess };

// What `check` shows instead of its summary.
enum class DumpKind { kNone, kAst, kSema, kPlan };

struct Arguments {
  CommandKind command = CommandKind::kCheck;
  OutputFormat format = OutputFormat::kHuman;
  std::string input;                // a spec, a package, or "-"
  std::vector<std::string> inputs;  // of fmt: specs and folders, or "-"; of resolve: steps
  bool is_check = false;            // of fmt: change nothing
  std::string filter;               // of test: a part of the names
  std::string junit;                // of test: the file to write; empty: none
  bool is_list = false;             // of test: names only
  bool is_verbose = false;          // of test: what happened to the steps
  bool is_fix = false;              // of check: mend what can be mended
  bool is_dry_run = false;          // of check: say what would be mended
  std::string signature;            // of sign: the file of minisign; empty: beside the package
  std::string public_key;           // of sign and verify: a file; empty: the host's trust store
  bool is_removed = false;          // of sign: take the signature off
  std::string output;               // of pack, sign, graph, report and runbook
  GraphForm graph_form = GraphForm::kDot;
  bool is_back = false;  // of graph
  std::string from;      // of paths, plan and graph: one version
  std::string to;        // of apply, plan, graph and paths: where to; empty: as far as it leads
  std::string root = "/";
  bool has_root = false;  // `--root` was given
  int jobs = 4;
  std::vector<executor::Approval> approvals;                        // of apply
  std::vector<std::string> approval_files;                          // of apply: what was signed
  std::vector<std::string> hosts;                                   // of approve
  bool is_any_host = false;                                         // of approve
  executor::SettledAs settled_as = executor::SettledAs::kReverted;  // of resolve
  std::string because;                                              // of resolve
  std::string window;  // of apply and approve: when the window begins, as it was written; empty:
                       // with the run
  bool until_prepare = false;  // of apply
  bool may_reboot = false;     // of apply
  bool is_early = false;       // of recover
  bool is_yes = false;
  bool accepts_not_durable = false;  // of apply
  bool is_foreground = false;
  bool is_detached = false;
  bool is_following = false;
  RunnerKind runner = RunnerKind::kAuto;
  DumpKind dump = DumpKind::kNone;
  diagnostics::Levels levels;  // `-W`
  driver::GivenInputs given;   // `--set`, `--inputs`
  std::string name;            // of a check, a module, a run, or a role
  std::string session;         // of kRunner: the folder that holds its request
};

// Either arguments, or the text to show and the exit code to end with.
struct ParsedArguments {
  std::optional<Arguments> arguments;
  int exit_code = 0;
  std::string out;
  std::string err;
};

// `words` are those after the program's name. Pure.
ParsedArguments ParseArguments(const std::vector<std::string>& words);

}  // namespace upgraph::cli
