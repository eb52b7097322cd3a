#pragma once

// The runner: the process that carries a run. It knows no terminal. It is this process with
// --foreground, else a process of its own session, or a transient service of systemd.

#include <optional>
#include <string>

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/event_writer.h"
#include "runtime/executor/run.h"
#include "runtime/package/package.h"

namespace upgraph::cli {

struct RunnerRequest {
  CommandKind command = CommandKind::kApply;  // kApply, kResume or kRollback; here also others
  std::string root;                           // absolute
  int jobs = 4;
  bool person_asked = false;
  std::optional<package::Package> package;         // of kApply
  std::string target;                              // of kApply; empty: as far as it leads
  std::vector<executor::Approval> approvals = {};  // of kApply
  std::vector<executor::SignedApproval> signed_approvals = {};  // of kApply
  int64_t window_begin_wall_ms = 0;      // of kApply and kResume; 0: with the run
  bool until_prepare = false;            // of kApply
  bool accepts_not_durable = false;      // of kApply
  bool may_reboot = false;               // of kApply
  bool is_early = false;                 // of kRecover
  bool is_service = false;               // a service of systemd carries it
  executor::Settlement settlement = {};  // of kResolve, which no other process carries
};

// Carries the run to its end and says how it ended. Blocks signals; call before any thread is
// started. `announce_stop` is called when a signal asked to stop; it may be null.
executor::Outcome CarryRun(RunnerRequest request, EventWriter& events,
                           void (*announce_stop)(int level));

// A runner that was started and is on its way.
struct StartedRunner {
  int channel_fd = -1;  // owned by the caller; its lines are events
  int child_pid = 0;    // of a process; 0: a service
  int log_fd = -1;      // owned; what the process wrote to standard error before the run opened
  std::string unit;     // of a service
};

// Starts a runner that outlives this process. kAuto takes a service when systemd runs this system
// and the root is its own, and a process when that cannot be started. Single-threaded callers only.
Result<StartedRunner> StartRunner(RunnerRequest request, RunnerKind kind);

// Whether a run that is started so is recovered by a boot: a service carries it, or the host is
// this system itself.
bool IsRecoveredAtBoot(RunnerKind kind, const std::string& root);

// The `runner` command: what a service executes. Takes the request out of the session's folder and
// removes the folder.
int RunRunner(const Arguments& arguments);

}  // namespace upgraph::cli
