#pragma once

// What a boot does not start by itself while a run is unfinished: the units that the run changes
// and its way back does not need. A generator of systemd gives each of them a condition, which
// holds as soon as a runner is there. docs/reboot.md

#include <string>
#include <vector>

#include "base/result.h"
#include "plan/plan.h"
#include "runtime/env/files.h"
#include "runtime/env/process.h"
#include "runtime/history/run_history.h"

namespace upgraph::executor {

inline constexpr const char* kGeneratorFolder = "/etc/systemd/system-generators";

// Of a host's plan: what its steps write, start or stop before the commit, but for what a step that
// has a way back needs. Sorted.
std::vector<std::string> UnitsToHold(const plan::Plan& plan);

// Those of `units` that run where the plan stands now, as far as its steps say: not between a step
// that stops one and the step that starts it again, nor before it is started for the first time.
std::vector<std::string> UnitsUp(const plan::Plan& plan, const history::RunHistory& history,
                                 const std::vector<std::string>& units);

class HeldUnits {
 public:
  // `system`: the files of the system that boots. Both outlive this. `boot_unit`: what goes on with
  // the run, which has the name of its own for each root.
  HeldUnits(env::Files& system, env::Processes& processes, const std::string& boot_unit);

  // What the next boot holds back. Empty: nothing.
  std::vector<std::string> Names() const;
  // From the next boot on `units` are held back: durably, and no folder but our own changes.
  Status Install(const std::vector<std::string>& units) const;
  // No boot holds anything back any more. Absent is fine.
  Status Remove() const;

  // A runner is there: from now on whoever likes may start them, above all the runner.
  Status Free() const;
  // This boot has held them back, and Start() was not called since.
  bool AreDown() const;
  // Starts those that this boot would have started of the system as it is now, and waits for none.
  Status Start(const std::vector<std::string>& units) const;

  // What the generator is. Public for tests.
  std::string Text(const std::vector<std::string>& units, bool makes_folder) const;

 private:
  Result<std::string> Ask(std::vector<std::string> arguments) const;
  Status Mark(bool are_down) const;

  env::Files& system_;
  env::Processes& processes_;
  std::string boot_unit_;
  std::string generator_;
  std::string marker_;
};

}  // namespace upgraph::executor
