#include "runtime/history/timeline.h"

#include <algorithm>
#include <optional>

#include "base/check.h"

namespace upgraph::history {
namespace {

using plan::StepId;

bool IsOfStep(const plan::Plan& plan, const Record& record) {
  return record.step_id.has_value() && record.step_id.index() < plan.steps.size();
}

// For each step the time at which all that it waits for was done, the first time; joins are done
// when what they join is. 0: nothing of that is known.
std::vector<int64_t> ReadyTimes(const plan::Plan& plan, const std::vector<Record>& records,
                                const std::vector<int64_t>& times_ms) {
  std::vector<int64_t> done_ms(plan.steps.size(), 0);
  int64_t committed_ms = 0;
  for (size_t i = 0; i < records.size(); ++i) {
    const RecordKind kind = records[i].kind;
    if (kind == RecordKind::kCommitted) {
      committed_ms = times_ms[i];
    } else if ((kind == RecordKind::kApplied || kind == RecordKind::kFound) &&
               IsOfStep(plan, records[i]) && done_ms[records[i].step_id.index()] == 0) {
      done_ms[records[i].step_id.index()] = times_ms[i];
    }
  }
  std::vector<int64_t> ready_ms(plan.steps.size(), 0);
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    const plan::Step& step = plan.steps[i];
    for (const StepId before : step.after) {
      ready_ms[i] = std::max(ready_ms[i], done_ms[before.index()]);
    }
    if (step.phase == plan::Phase::kCleanup && committed_ms > 0) {
      ready_ms[i] = std::max(ready_ms[i], committed_ms + step.delay_ms);
    }
    if (step.kind == plan::StepKind::kJoin) {
      done_ms[i] = ready_ms[i];
    }
  }
  return ready_ms;
}

class TryFold {
 public:
  TryFold(const plan::Plan& plan, const std::vector<Record>& records,
          const std::vector<int64_t>& times_ms)
      : plan_(plan), ready_ms_(ReadyTimes(plan, records, times_ms)), steps_(plan.steps.size()) {}

  void Add(const Record& record, int64_t ms) {
    if (record.kind == RecordKind::kFence || record.kind == RecordKind::kTurningBack) {
      // Who began it is dead, and died at the last record before or later.
      InterruptAll(record.kind == RecordKind::kFence ? last_ms_ : ms);
      runner_since_ms_ = ms;
    } else if (IsOfStep(plan_, record)) {
      AddOfStep(record, ms);
    }
    last_ms_ = ms;
  }

  std::vector<Try> End(int64_t now_ms) {
    for (StepState& step : steps_) {
      if (step.open.has_value()) {
        step.open->end_ms = std::max(now_ms, step.open->begin_ms);
        tries_.push_back(std::move(*step.open));
      }
    }
    return std::move(tries_);
  }

 private:
  struct StepState {
    std::optional<Try> open;
    uint32_t forward_count = 0;
    uint32_t back_count = 0;
    int64_t last_end_ms = 0;
  };

  void AddOfStep(const Record& record, int64_t ms) {
    const StepId id = record.step_id;
    switch (record.kind) {
      case RecordKind::kCaptured:
        Begin(id, Direction::kForward, ms, false);
        return;
      case RecordKind::kReverting:
        Begin(id, Direction::kBack, ms, false);
        return;
      case RecordKind::kApplied:
        Close(id, Direction::kForward, ms, TryEnd::kApplied, "");
        return;
      case RecordKind::kFailed:
        Close(id, Direction::kForward, ms, TryEnd::kFailed, record.text);
        return;
      case RecordKind::kFound:
        Begin(id, Direction::kForward, ms, false);
        Close(id, Direction::kForward, ms, TryEnd::kFound, "");
        return;
      case RecordKind::kReverted:
        Close(id, Direction::kBack, ms, TryEnd::kReverted, "");
        return;
      case RecordKind::kStuck:
        Close(id, Direction::kBack, ms, TryEnd::kStuck, record.text);
        return;
      default:
        return;  // they begin and end no try
    }
  }

  void Begin(StepId id, Direction direction, int64_t ms, bool is_guessed) {
    StepState& step = steps_[id.index()];
    if (step.open.has_value()) {
      Finish(&step, ms, TryEnd::kInterrupted, "");
    }
    Try begun;
    begun.step_id = id;
    begun.direction = direction;
    begun.attempt = ++(direction == Direction::kForward ? step.forward_count : step.back_count);
    begun.begin_ms = ms;
    begun.is_begin_guessed = is_guessed;
    step.open = std::move(begun);
  }

  void Close(StepId id, Direction direction, int64_t ms, TryEnd end, const std::string& text) {
    StepState& step = steps_[id.index()];
    if (!step.open.has_value() || step.open->direction != direction) {
      Begin(id, direction, GuessBegin(id, ms), true);
    }
    Finish(&step, ms, end, text);
  }

  int64_t GuessBegin(StepId id, int64_t ms) const {
    // What looks before the run is opened is recorded when that has opened.
    if (plan_.step(id).phase == plan::Phase::kPreflight) {
      return ms;
    }
    const int64_t begin_ms =
        std::max({ready_ms_[id.index()], steps_[id.index()].last_end_ms, runner_since_ms_});
    return begin_ms == 0 ? ms : std::min(begin_ms, ms);
  }

  void Finish(StepState* step, int64_t ms, TryEnd end, const std::string& text) {
    step->open->end_ms = std::max(ms, step->open->begin_ms);
    step->open->end = end;
    step->open->text = text;
    step->last_end_ms = step->open->end_ms;
    tries_.push_back(std::move(*step->open));
    step->open.reset();
  }

  void InterruptAll(int64_t ms) {
    for (StepState& step : steps_) {
      if (step.open.has_value()) {
        Finish(&step, ms, TryEnd::kInterrupted, "");
      }
    }
  }

  const plan::Plan& plan_;
  const std::vector<int64_t> ready_ms_;
  std::vector<StepState> steps_;
  std::vector<Try> tries_;
  int64_t last_ms_ = 0;
  int64_t runner_since_ms_ = 0;
};

}  // namespace

const char* TryEndName(TryEnd end) {
  switch (end) {
    case TryEnd::kApplied:
      return "applied";
    case TryEnd::kFound:
      return "found";
    case TryEnd::kFailed:
      return "failed";
    case TryEnd::kReverted:
      return "reverted";
    case TryEnd::kStuck:
      return "stuck";
    case TryEnd::kInterrupted:
      return "interrupted";
    case TryEnd::kOpen:
      return "open";
  }
  UPGRAPH_UNREACHABLE("end of a try");
}

std::vector<Try> TriesOf(const plan::Plan& plan, const std::vector<Record>& records,
                         const std::vector<int64_t>& times_ms, int64_t now_ms) {
  UPGRAPH_CHECK(times_ms.size() == records.size());
  TryFold fold(plan, records, times_ms);
  for (size_t i = 0; i < records.size(); ++i) {
    fold.Add(records[i], times_ms[i]);
  }
  return fold.End(now_ms);
}

}  // namespace upgraph::history
