#pragma once

// A host that a command has taken for itself: files, lock, epoch, and every run on it, judged.

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/executor/host_access.h"
#include "runtime/executor/run.h"
#include "runtime/executor/run_folder.h"
#include "runtime/executor/step_work.h"
#include "runtime/locks/host_lock.h"

namespace upgraph::executor {

// A run that is over, with something whose time has come: a cleanup, a watch that looks, what
// answers what a watch has found, or that what it captured goes.
struct DueRun {
  std::shared_ptr<LoadedRun> run;
  std::vector<plan::StepId> watches;
  bool has_cleanup = false;
  bool is_undo_due = false;
};

// The newest committed run of a product that was not rolled back since.
struct StandingRun {
  std::string run_id;
  std::string to;
};

struct Host {
  std::unique_ptr<env::Files> files;
  std::unique_ptr<env::Env> env;
  std::unique_ptr<locks::HostLock> lock;
  // A run may be several of these; it is there once.
  std::vector<std::shared_ptr<LoadedRun>> unfinished;
  std::vector<std::shared_ptr<LoadedRun>> announcing;  // those that tell somebody something
  std::vector<DueRun> due;
  std::map<std::string, StandingRun> standing;  // by product
  std::shared_ptr<LoadedRun> last;              // the newest run, finished or not; null: none
};

// Whether a committed run has a cleanup to do, or an answer to a watch, that waited for its time.
bool HasDueCleanup(const plan::Plan& plan, const history::RunHistory& history, int64_t wall_ms);

// The files of the host alone; nothing is taken.
Result<std::unique_ptr<Host>> OpenHost(const std::string& root, const HostAccess& access);

// Takes the host and judges every run on it. Old finished runs are judged too: what cannot be
// believed stops us before anything is changed.
Result<std::unique_ptr<Host>> TakeHost(const RunOptions& options);

const HostAccess& AccessOf(const RunOptions& options);

// What the steps of the run work in, on a host that is taken for it. All that is given outlives it.
RunContext ContextOf(const RunOptions& options, const Host& host, const LoadedRun& run,
                     steps::RunStaging* staging, const std::atomic<bool>& cancel);

Outcome Refuse(const std::string& reason);
// kDamaged has an exit code of its own; everything else is a refusal.
Outcome FromError(const Error& error);

}  // namespace upgraph::executor
