#pragma once

// The unit of systemd that lets a boot do what `Recover` does: it is there while a boot would have
// something to do for a run, and else the system is as before. docs/reboot.md

#include <string>

#include "base/result.h"
#include "runtime/env/files.h"
#include "runtime/executor/run.h"

namespace upgraph::executor {

// Where units of this system's administrator lie, and what a boot starts of them.
inline constexpr const char* kUnitFolder = "/etc/systemd/system";
inline constexpr const char* kWantsFolder = "/etc/systemd/system/multi-user.target.wants";

class BootUnit {
 public:
  // `system`: the files of the system that boots, and outlives this. `root`: of the runs, absolute.
  // `program`: this one, absolute. Without `installs` it is only ever taken away.
  BootUnit(env::Files& system, const std::string& root, const std::string& program, bool installs);

  const std::string& name() const { return name_; }  // "upgraph-recover-0c5e1f6a.service"
  bool installs() const { return installs_; }
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
  std::string root_;
  std::string program_;
  std::string name_;
  bool installs_;
};

// What a run does with it, where there is one: before its first change, and when a boot has nothing
// more to do for it. The text is to be added to a reason, mostly empty.
Status KeepBootUnit(const RunOptions& options);
std::string ForgetBootUnit(const RunOptions& options);

}  // namespace upgraph::executor
