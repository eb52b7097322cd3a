#include "cli/report_words.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/format.h"
#include "plan/version.h"
#include "runtime/history/window.h"

namespace upgraph::cli {

using executor::RunDetails;
using executor::RunView;
using history::RecordKind;
using history::RunState;
using history::Try;
using history::TryEnd;

namespace {

size_t AcceptedCount(const RunView& run) {
  return static_cast<size_t>(
      std::count_if(run.steps.begin(), run.steps.end(),
                    [](const executor::StepView& step) { return step.history.is_accepted; }));
}

std::string CommittedVerdict(const RunDetails& details) {
  const std::string to = plan::FormatVersion(details.run.to);
  if (!details.run.leftovers.empty()) {
    return fmt::format(
        "committed: {} is in place, and {} a person", to,
        Count(details.run.leftovers.size(), "step after it needs", "steps after it need"));
  }
  if (!details.run.is_finished) {
    return fmt::format("committed: {} is in place, and something after it is still to be done", to);
  }
  const auto waits = std::count_if(
      details.run.steps.begin(), details.run.steps.end(), [](const executor::StepView& step) {
        return step.history.state == history::StepState::kPending && step.due_wall_ms > 0;
      });
  return fmt::format("done: {} is in place", to) +
         (waits > 0 ? fmt::format(", and {} for its time",
                                  Count(static_cast<uint64_t>(waits), "step waits", "steps wait"))
                    : "");
}

}  // namespace

ReportedRun ReportOf(const RunDetails& details) {
  return {details, history::TriesOf(details.plan, details.run.records, details.times_ms,
                                    details.is_running || details.times_ms.empty()
                                        ? details.run.now.ms
                                        : details.times_ms.back())};
}

std::string VerdictOf(const RunDetails& details) {
  const RunView& run = details.run;
  if (!run.damage.empty()) {
    return "damaged: what the journal says cannot be believed";
  }
  const std::string from = plan::FormatVersion(run.from);
  const size_t accepted = AcceptedCount(run);
  const char* who = details.is_running ? "a runner is at work" : "nobody works on it";
  switch (run.state) {
    case RunState::kCommitted:
      return CommittedVerdict(details);
    case RunState::kRolledBack:
      return accepted == 0 ? fmt::format("rolled back: {} is there as it was before", from)
                           : fmt::format("rolled back to {}, but for {} that a person accepted",
                                         from, Count(accepted, "step", "steps"));
    case RunState::kIncomplete:
      return run.leftovers.empty()
                 ? "the rollback is incomplete: nothing is left over, and `upgraph resume` ends it"
                 : fmt::format("the rollback is incomplete: {} a person",
                               Count(run.leftovers.size(), "step needs", "steps need"));
    case RunState::kTurningBack:
      return fmt::format("unfinished: it is turning back, and {}", who);
    case RunState::kParked:
      return fmt::format("parked: {} is prepared, and nothing after that was begun",
                         plan::FormatVersion(run.to));
    case RunState::kOpen:
      return fmt::format("unfinished: {}", who);
  }
  UPGRAPH_UNREACHABLE("run state");
}

std::string CauseOf(const RunView& run) {
  std::string cause;
  for (const history::Record& record : run.records) {
    if (record.kind == RecordKind::kTurningBack) {
      cause = record.text;
    }
  }
  return cause;
}

bool IsOdd(TryEnd end) {
  return end == TryEnd::kFailed || end == TryEnd::kStuck || end == TryEnd::kInterrupted ||
         end == TryEnd::kOpen;
}

std::string TryText(const Try& one) {
  const bool is_back = one.direction == history::Direction::kBack;
  std::string text = is_back ? "back" : "forward";
  if (one.attempt > 1 || one.end == TryEnd::kFailed) {
    text += fmt::format(", try {}", one.attempt);
  }
  if (!one.is_begin_guessed) {
    text += fmt::format(": {}, ", FormatElapsed(one.end_ms - one.begin_ms));
  } else if (one.end_ms > one.begin_ms) {
    text += fmt::format(": at most {}, ", FormatElapsed(one.end_ms - one.begin_ms));
  } else {
    text += ": ";
  }
  text += history::TryEndName(one.end);
  return one.text.empty() ? text : text + ": " + one.text;
}

std::vector<Noted> NotedRecords(const RunDetails& details, const std::vector<RecordKind>& kinds) {
  std::vector<Noted> noted;
  const std::vector<history::Record>& records = details.run.records;
  for (size_t i = 0; i < records.size() && i < details.times_ms.size(); ++i) {
    if (std::find(kinds.begin(), kinds.end(), records[i].kind) == kinds.end()) {
      continue;
    }
    const bool is_of_step =
        records[i].step_id.has_value() && records[i].step_id.index() < details.plan.steps.size();
    noted.push_back({&records[i], details.times_ms[i] - details.times_ms[0],
                     is_of_step ? records[i].step_id : plan::StepId()});
  }
  return noted;
}

const std::vector<RecordKind>& RunEvents() {
  static const std::vector<RecordKind> kEvents = {
      RecordKind::kRunOpen,    RecordKind::kFence,      RecordKind::kApproved,
      RecordKind::kLate,       RecordKind::kUp,         RecordKind::kDown,
      RecordKind::kBroken,     RecordKind::kCommitted,  RecordKind::kTurningBack,
      RecordKind::kRolledBack, RecordKind::kIncomplete, RecordKind::kInterrupted,
      RecordKind::kLeft,       RecordKind::kParked,     RecordKind::kUnparked};
  return kEvents;
}

std::string EventText(const history::Record& record) {
  if (record.kind == RecordKind::kBroken) {
    return history::kHeldBefore + history::BesideNumber(record);
  }
  if (record.kind == RecordKind::kUnparked) {
    const std::optional<history::Window> window = history::WindowOf(record);
    return window.has_value() && window->is_agreed()
               ? fmt::format("its window is from {} to {}", FormatWallTime(window->begin_wall_ms),
                             FormatWallTime(window->end_wall_ms))
               : "it has no window";
  }
  if (record.kind != RecordKind::kFence) {
    return record.text;
  }
  const bool is_kept = !record.text.ends_with(history::kUnsynchronised);
  return fmt::format("runner {} of this host took over{}",
                     record.text.substr(0, record.text.find(' ')),
                     is_kept ? "" : "; nobody kept the wall clock right");
}

ApprovalWords ReadApproval(const std::string& text) {
  const size_t colon = text.find(": ");
  return colon == std::string::npos ? ApprovalWords{"", text}
                                    : ApprovalWords{text.substr(0, colon), text.substr(colon + 2)};
}

}  // namespace upgraph::cli
