#pragma once

// Runs: applying a package to a host, going on after a crash, and going back. This is what the
// program calls; threads are started here and nowhere else in runtime/.

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "plan/resolve.h"
#include "runtime/env/env.h"
#include "runtime/history/run_history.h"
#include "runtime/package/package.h"

namespace upgraph::executor {

// The state of all runs of a host, a host path. Made, root-only, by the first run.
inline constexpr const char* kStateFolder = "/var/lib/upgraph";

class BootUnit;    // runtime/executor/boot_unit.h
class TickTimer;   // runtime/executor/tick_timer.h
class HostAccess;  // runtime/executor/host_access.h

// Frozen: scripts read them.
enum class ExitCode : int {
  kDone = 0,
  kSpecWrong = 1,
  kUsage = 2,
  kRolledBack = 3,
  kIncomplete = 4,   // rollback incomplete: a person is needed
  kRefused = 5,      // before anything was touched, or another run is alive
  kInterrupted = 6,  // `resume` goes on
  kNeedsPerson = 7,  // committed; something after it needs a person
  kDamaged = 8,      // the state is damaged; nothing was changed
};

enum class ProgressKind {
  kRunOpened,  // text: "4.8.3 -> 5.0.0"
  kResumed,    // text: the direction and why
  kChecking,   // an observing step begins
  kCapturing,
  kApplying,
  kApplied,   // also: an observing step holds
  kFound,     // the host already is as the step would leave it
  kRetrying,  // text: why
  kFailed,    // text: why
  kReverting,
  kReverted,
  kDrift,         // text: where the foreign state was saved
  kStuck,         // text: why
  kBlocked,       // text: by what
  kSettled,       // a person put it back by hand; text: who says so, and why
  kAccepted,      // the same, and it stays as it is
  kHeldAgain,     // everything is back, and what the step looks at holds as it did before the run
  kBroken,        // the same, and a condition does not hold; text: what was seen
  kNotInhibited,  // nothing holds a shutdown of this system up; text: why
  kLockWaiting,   // text: the locks
  kLockTaken,
  kLockFreed,
  kTurningBack,  // text: the cause
  kLate,         // the window is over and the run is not; text: what still goes on
  kParked,       // prepare is done, and the run waits for somebody to go on with it
  kCommitted,
  kRolledBack,
  kIncomplete,
  kFinished,  // everything after the commit is done as well
};
// Stable and lower-case with dashes: "run-opened"; written to progress files.
const char* ProgressKindName(ProgressKind kind);

struct Progress {
  ProgressKind kind = ProgressKind::kRunOpened;
  std::string run_id;
  std::string step_path;  // empty: not about a step
  std::string step_title;
  history::Direction direction = history::Direction::kForward;
  std::string text;
  int64_t wall_ms = 0;
  uint32_t done_count = 0;  // steps of this direction that are done, and all of them
  uint32_t step_count = 0;
  // By the time of the run; 0: there is no window, or nothing turns back by itself any more.
  int64_t window_end_wall_ms = 0;
  int64_t turn_back_wall_ms = 0;
  int64_t window_left_ms = 0;  // negative: it is over
};

// Called by one thread at a time, only with what is durable where it says that something is done.
class ProgressSink {
 public:
  virtual ~ProgressSink() = default;
  virtual void Report(const Progress& progress) = 0;
};

// Set by signal handlers. 1: turn back in order. 2: stop at once, leaving a run that resumes.
// 3, of simulations: the runner is dead, nothing more is written.
using StopRequest = std::atomic<int>;
inline constexpr int kStopKilled = 3;

// Makes a shutdown of this system wait for a run that changes it.
class ShutdownInhibitor {
 public:
  virtual ~ShutdownInhibitor() = default;
  // `why`: for whoever asks what holds the shutdown up. An error: nothing does, and why not.
  virtual Status Take(const std::string& why) = 0;
  // A shutdown that waits goes on. Absent is fine.
  virtual void LetGo() = 0;
};

// Given by a person at the command line: a name that was typed, which proves nothing but is kept.
struct Approval {
  std::string role;  // as the spec's `approvals` says it
  std::string by;    // who gave it, and from where
};

// The same, signed: as `upgraph approve` wrote it, and what minisign made of that.
struct SignedApproval {
  std::string text;
  std::string signature;
};

struct RunOptions {
  std::string root = "/";
  std::string target;  // of Apply: a version; empty: as far as upgrades lead
  // Worker threads, 1 … kJobsMax; 0: the calling thread does the work, always in the same order.
  int jobs = 4;
  std::vector<Approval> approvals;  // for a run that is opened
  std::vector<SignedApproval> signed_approvals;
  // Of Apply, and of a parked run that goes on; 0: it begins then.
  int64_t window_begin_wall_ms = 0;
  // Of Apply: the run is parked when prepare is done. Its window is agreed when it goes on.
  bool until_prepare = false;
  bool keeps_window = true;   // false: there is none, whatever the spec says
  bool may_reboot = false;    // of Apply: the root, a folder, stands for this system
  bool is_early = false;      // of Recover: nothing but local files is there yet
  bool person_asked = false;  // goes on forward where an unattended run would turn back
  // Opens a run also where a reboot or a power cut takes its state away; the run says so then.
  bool accepts_not_durable = false;
  const StopRequest* stop = nullptr;       // may be null
  ProgressSink* progress = nullptr;        // may be null
  const HostAccess* host = nullptr;        // null: the host itself
  const BootUnit* boot_unit = nullptr;     // of the system; null: it has no systemd
  const TickTimer* tick_timer = nullptr;   // the same
  ShutdownInhibitor* inhibitor = nullptr;  // null: the run concerns no system that runs
};
inline constexpr int kJobsMax = 64;

// A step that needs a person.
struct Leftover {
  std::string step_path;
  std::string step_title;
  std::string reason;
  std::string state;              // stuck or blocked; after the commit also pending, captured
  std::vector<std::string> left;  // what of the host is not as it was: `file(/etc/x)`
  std::string kept;               // where what stood there before lies; empty: nowhere as a file
  std::string command;            // that finishes it, once what is said is mended
};

enum class SettledAs {
  kReverted,  // put back by hand: as it was before the run
  kAccepted,  // it stays as it is; nobody touches it any more
};

// What a person says of steps that are stuck or blocked.
struct Settlement {
  std::vector<std::string> step_paths;
  SettledAs as = SettledAs::kReverted;
  std::string text;  // who says so, and why
};

struct Outcome {
  ExitCode exit_code = ExitCode::kDone;
  std::string run_id;  // empty: no run was opened
  std::string reason;  // one line; what happened and what to do
  bool can_retry = false;
  bool is_rebooting = false;  // a step has asked for a reboot: `Recover` goes on after it
  std::vector<Leftover> leftovers;
  std::vector<std::string> findings;  // what preflight found, all of it
};

// Opens a run for the package, or goes on with the unfinished run of the same package: forward
// when `person_asked`, after the commit or when it was parked, else back. A host at the target is
// done; where a stop is on the way, the run ends there and its reason says where to go on to. A
// package that nobody needs any more is moved in: the run reads its own copy again, and a large one
// does not stand there twice.
Outcome Apply(const RunOptions& options, package::Package package);

// Goes on with the unfinished run, forward unless it was turning back, or with a parked one.
Outcome Resume(const RunOptions& options);

// What a boot does, with nobody asking: turns the unfinished run back, but for one whose plan
// ordered the reboot (and none came after that): it goes on forward while the rest fits and the
// facts are what they were. Nothing is unfinished, or it is parked: done. With `is_early` it only
// puts back what needs nothing but files, of a run that turns back whatever else is true, and
// leaves the rest and the end of the run to the one that is called later.
Outcome Recover(const RunOptions& options);

// Turns the unfinished run back; or the last committed one, as long as its undo is kept.
// Asking again for what was rolled back changes nothing.
Outcome Rollback(const RunOptions& options);

// Takes a person's word for what a rollback left over, and writes it down; the steps are not
// touched, and `Resume` goes on. What is said to be reverted must look so, where that can be seen
// (else kIncomplete, and nothing is written); what waits for another step is settled after that
// one, or with it.
Outcome Settle(const RunOptions& options, const Settlement& settlement);

// Does what waited for its time after the commits of earlier runs: `cleanup after 7d`. Nothing is
// due: done. Asked for again and again, by a timer.
Outcome Tick(const RunOptions& options);

// What a plan would do on this host, without touching it: which version is installed, and the plan
// with everything filled in.
Result<plan::Resolution> ResolveOnHost(const std::string& root, const plan::Plan& plan,
                                       const std::string& target);

}  // namespace upgraph::executor
