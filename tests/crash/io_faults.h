#pragma once

// System calls that fail: which errors a call may give, and a run in which one of them does.

#include <string>
#include <vector>

#include "tests/crash/kill_points.h"

namespace upgraph::crash {

// What becomes of one call of a run.
struct Fault {
  int error = 0;             // an errno; 0: it is a read or a write that moves half of its bytes
  bool is_for_good = false;  // so it goes with all later calls that the same trouble meets
  std::string Text() const;  // "ENOSPC for good"
};

// All that may become of a call of that name; empty: it is never made to fail.
std::vector<Fault> FaultsOf(const std::string& name);

struct DisturbedRun {
  bool was_reached = false;  // it made the call
  int exit_code = -1;        // 128 and the signal when one ended it
  // Once the journal could not be written, nothing new may begin: what did nevertheless.
  std::string began_later;
};

// Runs `arguments` on `host`; the call at `point` meets `fault`.
DisturbedRun RunDisturbed(const std::vector<std::string>& arguments, const std::string& host,
                          const Point& point, const Fault& fault, const std::string& log);

}  // namespace upgraph::crash
