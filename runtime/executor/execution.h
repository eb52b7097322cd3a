#pragma once

// Everything that executes one run from here to its end: a runner with its journal, and what the
// ends of its walks come to.

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/executor/announce.h"
#include "runtime/executor/runner.h"
#include "runtime/executor/taken_host.h"

namespace upgraph::executor {

// Why a run that nobody goes on with turns back.
inline constexpr const char* kUnfinishedCause = "an unfinished run was found";

// Removes what a run that is rolled back had set aside. Returns what is to be said of it, to be
// added to a reason: what is kept, or what went wrong; mostly nothing.
std::string ClearStaging(const Host& host, const LoadedRun& run);

// What a runner says with its fence.
struct FirstWords {
  bool is_new = false;                    // there was no runner before
  std::vector<plan::StepId> ended;        // of a parked run: what they had issued is gone
  std::optional<history::Window> window;  // it goes on, in this window; none: it does not
};

class Execution {
 public:
  // All of it outlives this. The history of `run` goes on with what is recorded.
  Execution(const RunOptions& options, Host* host, LoadedRun* run);
  ~Execution();
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

  // Opens the journal for writing and writes the fence record; beside it, where the runner before
  // was cut off, that it was, which is told at once.
  Status Begin(const FirstWords& words = {});

  Runner& runner() { return *runner_; }

  // Tells what is durable by now: at the end of a run, with its outcome, whoever has to answer;
  // before that without waiting. Nobody is told of what is only simulated.
  void Announce(Outcome* outcome);

  // Before it goes on forward in a boot that has held units back: those that run here are started.
  void StartHeld();
  Outcome Forward();
  // Everything after the commit that is due.
  Outcome CleanUp();
  // The watches look, and whatever that or the time made due is done.
  Outcome Tend(const std::vector<plan::StepId>& watches);
  // Removes what the steps captured, if that is due, and adds what came of it to `outcome`.
  void RemoveUndo(Outcome* outcome);
  // `success` is what it is called when everything went back.
  Outcome Back(const std::string& cause, ExitCode success);
  // Of a boot that has nothing but files yet: reverts those steps and ends nothing. early.cpp
  Outcome BackEarly(const std::vector<bool>& early);
  // Takes a person's word for what is left over of a rollback; see run.h.
  Outcome Settle(const std::vector<bool>& chosen, SettledAs as, const std::string& text);

 private:
  // From the first change to the end of this a shutdown waits for the runner, where that can be.
  void InhibitShutdown();
  int StopLevel() const { return options_.stop == nullptr ? 0 : options_.stop->load(); }
  // `commit` was passed: the run is committed, and goes on forward only.
  Status TryRemoveUndo(std::string* note);
  bool IsBelowNoReturn() const { return runner_->history().was_committed(); }
  Outcome Park();
  Outcome Finished();
  Outcome Interrupted(const std::string& why);
  // Below a point of no return or after the commit: it ends, and a person is needed.
  Outcome NeedsPerson(const std::string& why);
  Outcome Reboots();
  Outcome End(ExitCode code, const std::string& reason);

  const RunOptions& options_;
  Host& host_;
  LoadedRun& run_;
  std::atomic<bool> cancel_{false};
  steps::RunStaging staging_;
  std::unique_ptr<journal::Journal> journal_;
  std::unique_ptr<Runner> runner_;
  Courier courier_;
  bool inhibits_ = false;
  std::string held_note_;  // what went wrong with what a boot has held back; mostly empty
};

}  // namespace upgraph::executor
