#pragma once

// A unit of systemd that is there for a while: its file, and a link by which a target starts it.
// The folders keep their times, and when it is gone the system is as before.

#include <string>

#include "base/result.h"
#include "runtime/env/files.h"

namespace upgraph::executor {

// Where units of this system's administrator lie.
inline constexpr const char* kUnitFolder = "/etc/systemd/system";

// "upgraph-recover.service": one for each root of runs.
std::string UnitNameFor(const std::string& what, const std::string& root, const std::string& type);

// One word of a command line in a unit: nothing of it is expanded.
std::string QuoteForUnit(const std::string& word);

class LinkedUnit {
 public:
  // `system`: the files of the system that boots, and outlives this.
  LinkedUnit(env::Files& system, const std::string& name, const std::string& target);

  const std::string& name() const { return name_; }
  bool IsThere() const;

  // Writes the unit and its link, durably. One that is there already is enough, whoever wrote it.
  Status Install(const std::string& text) const;
  // Takes both away, and the folder of the link where Install() made it. Absent is fine.
  Status Remove() const;

 private:
  env::Files& system_;
  std::string name_;
  std::string wants_;  // what the target starts
  std::string unit_;
  std::string link_;
};

}  // namespace upgraph::executor
