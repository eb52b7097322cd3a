#pragma once

// The timer of systemd that calls `upgraph tick`: it is there while something of a run waits for
// its time, in this boot and in those after it. docs/later.md

#include <string>

#include "base/result.h"
#include "runtime/env/process.h"
#include "runtime/executor/linked_unit.h"
#include "runtime/executor/run.h"
#include "runtime/executor/taken_host.h"

namespace upgraph::executor {

// Whether something of the run waits for `upgraph tick`: a cleanup, a watch and what answers it,
// that what it captured goes, an announcement that nobody has got yet. `is_superseded`: a later run
// is there that was not rolled back, and nothing of this one is watched any more.
bool HasLater(env::Env& env, const std::string& run_id, const plan::Plan& plan,
              const history::RunHistory& history, bool is_superseded);

class TickTimer {
 public:
  // `system`: the files of the system. Both outlive this. `root`: of the runs, absolute. `program`:
  // this one, absolute. Without `installs` it is only ever taken away.
  TickTimer(env::Files& system, env::Processes& processes, const std::string& root,
            const std::string& program, bool installs);

  const std::string& name() const { return timer_.name(); }  // "upgraph-tick-0c5e1f6a.timer"
  bool installs() const { return installs_; }
  bool IsThere() const { return timer_.IsThere(); }

  // Writes the timer and what it starts, durably, and has systemd read its files and start it.
  Status Install() const;
  // Stops it and takes both away. Absent is fine.
  Status Remove() const;

 private:
  Status Ask(std::vector<std::string> arguments) const;

  env::Files& system_;
  env::Processes& processes_;
  std::string root_;
  std::string program_;
  std::string service_;  // its path
  LinkedUnit timer_;
  bool installs_;
};

// The texts are to be added to a reason, mostly empty. A run ends, and more of it is to come:
std::string KeepTickTimer(const RunOptions& options, env::Env& env, const LoadedRun& run,
                          const history::RunHistory& history);
// After a tick: nothing of any run is to come.
std::string ForgetTickTimer(const RunOptions& options, env::Env& env);

}  // namespace upgraph::executor
