#pragma once

// What a report about a run says in both of its forms, as a page and for programs. Pure.

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/executor/view.h"
#include "runtime/history/timeline.h"

namespace upgraph::cli {

struct ReportedRun {
  const executor::RunDetails& details;
  std::vector<history::Try> tries;
};
ReportedRun ReportOf(const executor::RunDetails& details);

// "done: v5.0.0 is in place", "the rollback is incomplete: 2 steps need a person"
std::string VerdictOf(const executor::RunDetails& details);

// Why it turned back, the last time; empty when it did not.
std::string CauseOf(const executor::RunView& run);

// Whether a try did not go straight: it failed, is stuck, was interrupted or is open.
bool IsOdd(history::TryEnd end);

// "back, try 1: 4.2s, reverted"; with the reason where there is one.
std::string TryText(const history::Try& one);

// A record that a report lists: who approved, what drifted, what a person settled, what happened to
// the whole run.
struct Noted {
  const history::Record* record = nullptr;
  int64_t since_open_ms = 0;
  plan::StepId step_id;  // of those about a step
};
std::vector<Noted> NotedRecords(const executor::RunDetails& details,
                                const std::vector<history::RecordKind>& kinds);

// What happens to the whole run.
const std::vector<history::RecordKind>& RunEvents();

// What a record says, for people.
std::string EventText(const history::Record& record);

// "support: anna (user 0)" in two.
struct ApprovalWords {
  std::string role;
  std::string by;
};
ApprovalWords ReadApproval(const std::string& text);

}  // namespace upgraph::cli
