#pragma once

// The unit of systemd that lets a boot do what `Recover` does: it is there while a boot would have
// something to do for a run, and else the system is as before. docs/reboot.md

#include <string>

#include "base/result.h"
#include "plan/plan.h"
#include "runtime/env/files.h"
#include "runtime/env/process.h"
#include "runtime/executor/held_units.h"
#include "runtime/executor/run.h"

namespace upgraph::executor {

// Where units of this system's administrator lie, and what a boot starts of them.
inline constexpr const char* kUnitFolder = "/etc/systemd/system";
inline constexpr const char* kWantsFolder = "/etc/systemd/system/multi-user.target.wants";

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

  const std::string& name() const { return name_; }  // "upgraph-recover-0c5e1f6a.service"
  bool installs() const { return options_.installs; }
  bool holds() const { return options_.holds; }
  const HeldUnits& held() const { return held_; }
  bool IsThere() const;

  // Writes the unit and its link, durably; the folders keep their times. One that is there already
  // is enough, whoever wrote it.
  Status Install() const;
  // Takes both away, and the folder of the link where Install() made it. Absent is fine.
  Status Remove() const;

  // What the unit says. Public for tests.
  std::string Text(bool makes_folder) const;

 private:
  env::Files& system_;
  BootUnitOptions options_;
  std::string name_;
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
// A boot has nothing more to do for the run: what this one has held back is started, and all of it
// goes.
std::string ForgetBootUnit(const RunOptions& options);
// The runner ends. An incomplete rollback waits for a person: no boot has anything to do for it,
// but to hold its units back.
std::string LeaveBootUnit(const RunOptions& options, bool is_unfinished, history::RunState state);

}  // namespace upgraph::executor
