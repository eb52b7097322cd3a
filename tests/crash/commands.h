#pragma once

// The commands of a trial, as people give them.

#include <string>
#include <vector>

#include "tests/crash/campaign.h"

namespace upgraph::crash {

// Exit codes of the program: docs/architecture.md.
inline constexpr int kDone = 0;
inline constexpr int kRolledBack = 3;
inline constexpr int kIncomplete = 4;
inline constexpr int kRefused = 5;
inline constexpr int kInterrupted = 6;
inline constexpr int kNeedsPerson = 7;

// "apply", "resume", "rollback", "resolve", "tick" or "prepare" (campaign.h) on a host.
std::vector<std::string> Arguments(const Tools& tools, const Scenario& scenario,
                                   const std::string& verb, const std::string& host);

// One command that nobody kills, "mend" too, on the host of a trial; its exit code.
int Do(const Tools& tools, const Scenario& scenario, const std::string& verb,
       const std::string& folder, const std::string& log);

// Does `verb`; where that leaves something over, a person mends it, says so, and does it again.
int DoToTheEnd(const Tools& tools, const Scenario& scenario, const std::string& verb,
               const std::string& folder, const std::string& log);

}  // namespace upgraph::crash
