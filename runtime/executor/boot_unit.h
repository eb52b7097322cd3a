#pragma once

// The unit of systemd that lets a boot do what `Recover` does: it is there while a boot would have
// something to do for a run, and else the system is as before. docs/reboot.md

#include <string>

#include "base/result.h"
#include "plan/plan.h"
#include "runtime/env/files.h"
#include "runtime/env/process.h"
#include "runtime/executor/held_units.h"
#include "runtime/executor/linked_unit.h"
#include "runtime/executor/run.h"

namespace upgraph::executor {

struct BootUnitOptions {
  std::string root;       // of the runs, absolute
  std::string program;    // this one, absolute
  bool installs = false;  // else it is only ever taken away
  bool holds = false;     // the plan's units are those of this system: a boot holds them back
};

class BootUnit {
 public:
  // `system`: the files of the system that boots. Both outlive this.
  BootUnit(env::Files& system, env::Processes& processes, BootUnitOptions options);

  const std::string& name() const { return unit_.name(); }  // "upgraph-recover-0c5e1f6a.service"
  bool installs() const { return options_.installs; }
  bool holds() const { return options_.holds; }
  const HeldUnits& held() const { return held_; }
  bool IsThere() const { return unit_.IsThere(); }

  // Two of them: the early one puts back what needs only files, before a boot starts anything that
  // could read them. The other one does everything, also where there is no early one.
  Status Install() const;
  Status Remove() const;

  // What the units say. Public for tests.
  std::string Text() const;
  std::string EarlyText() const;

 private:
  BootUnitOptions options_;
  LinkedUnit unit_;
  LinkedUnit early_;
  HeldUnits held_;
};

// What a run does with it, where there is one. The texts are to be added to a reason; they are
// mostly empty.
//
// Before the first change of a run.
Status KeepBootUnit(const RunOptions& options, const plan::Plan& plan);
// A runner is there: what this boot has held back may be started.
void FreeHeldUnits(const RunOptions& options);
// The run goes on forward: what runs where it stands is started, if this boot has held it back.
std::string StartHeldUnits(const RunOptions& options, const plan::Plan& plan,
                           const history::RunHistory& history);
// The old host is there again, and what it serves is about to be asked: what this boot has held
// back is started. Where that fails, the end of the run tries again and says so.
void StartHeldUnitsOfOldHost(const RunOptions& options);
// A boot has nothing more to do for the run: what this one has held back is started, and all of it
// goes.
std::string ForgetBootUnit(const RunOptions& options);
// The runner ends. An incomplete rollback waits for a person: no boot has anything to do for it,
// but to hold its units back.
std::string LeaveBootUnit(const RunOptions& options, bool is_unfinished, history::RunState state);

}  // namespace upgraph::executor
