#pragma once

// What a trial came to: whether what was told is so, and whether the host is one of its two ends.

#include <string>

#include "tests/crash/campaign.h"

namespace upgraph::crash {

// A file of the host's state that holds what a step captured, or the content of an object that it
// replaced; empty: none does.
std::string FindUndo(const std::string& host);

// What a disturbed command says of its end must be so, there and then. Empty: it is.
std::string JudgeTold(const Tools& tools, const Job& job, int code, const std::string& folder,
                      Snapshots* snapshots);

// The host must be the one that the job's recovery leads to, or say that it can only go forward.
// `told` is the exit code of a last command that was disturbed. As RunJob.
std::string JudgeEnd(const Tools& tools, const Job& job, int told, const std::string& folder,
                     Snapshots* snapshots);

}  // namespace upgraph::crash
