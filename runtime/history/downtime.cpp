#include "runtime/history/downtime.h"

#include <algorithm>
#include <map>

namespace upgraph::history {
namespace {

struct Span {
  int64_t begin_ms = 0;
  int64_t end_ms = 0;
};

}  // namespace

int64_t DowntimeMs(const plan::Plan& plan, const std::vector<Record>& records) {
  std::map<uint32_t, Span> by_hop;
  for (const Record& record : records) {
    if (!record.step_id.has_value() || record.step_id.index() >= plan.steps.size()) {
      continue;
    }
    const plan::Step& step = plan.step(record.step_id);
    // What only looks is applied without a capture, and is no change.
    if (step.phase != plan::Phase::kSwitch || step.undo == plan::UndoClass::kObserves) {
      continue;
    }
    const bool is_change = record.kind == RecordKind::kCaptured ||
                           record.kind == RecordKind::kApplied ||
                           record.kind == RecordKind::kReverted;
    if (!is_change) {
      continue;
    }
    const auto [span, is_first] = by_hop.try_emplace(step.hop, Span{record.wall_ms, 0});
    // A clock that was set back makes no time negative.
    span->second.end_ms = std::max({span->second.end_ms, record.wall_ms, span->second.begin_ms});
  }
  int64_t sum_ms = 0;
  for (const auto& [hop, span] : by_hop) {
    sum_ms += span.end_ms - span.begin_ms;
  }
  return sum_ms;
}

}  // namespace upgraph::history
