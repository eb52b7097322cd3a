#include "runtime/history/downtime.h"

#include <algorithm>
#include <map>

namespace upgraph::history {
namespace {

using plan::Phase;

// One hop: periods in which it was down, one after the other.
class HopTime {
 public:
  explicit HopTime(bool is_looked_at) : is_looked_at_(is_looked_at) {}

  // A change of `switch`, forward or back.
  void Change(int64_t wall_ms) {
    if (!is_begun_ || (is_turned_ && is_looked_at_ && !is_down_)) {
      GoDown(wall_ms);
    }
    is_begun_ = true;
    is_turned_ = false;
    Reach(wall_ms);
  }
  void Reach(int64_t wall_ms) { last_ms_ = std::max(last_ms_, wall_ms); }

  void GoDown(int64_t wall_ms) {
    is_down_ = true;
    since_ms_ = last_ms_ = wall_ms;
  }
  // A clock that was set back makes no time negative.
  void GoUp(int64_t wall_ms) {
    sum_ms_ += is_down_ ? std::max<int64_t>(wall_ms - since_ms_, 0) : 0;
    is_down_ = false;
  }
  // What comes next are the changes of the way back.
  void TurnBack(bool was_committed) {
    is_turned_ = true;
    if (was_committed) {
      is_unseen_ = is_unseen();
      GoUp(last_ms_);
      is_begun_ = false;
    }
  }

  bool is_begun() const { return is_begun_; }
  bool is_down() const { return is_down_; }
  bool is_looked_at() const { return is_looked_at_; }
  bool is_unseen() const { return is_unseen_ || (is_looked_at_ && is_down_); }
  int64_t sum_ms() const { return sum_ms_ + (is_down_ ? last_ms_ - since_ms_ : 0); }

 private:
  bool is_looked_at_;
  bool is_begun_ = false;
  bool is_turned_ = false;  // the run, and nothing of the hop was changed since
  bool is_down_ = false;
  bool is_unseen_ = false;
  int64_t since_ms_ = 0;
  int64_t last_ms_ = 0;
  int64_t sum_ms_ = 0;
};

// What only looks is applied without a capture, and is no change.
bool IsChange(const plan::Step& step, RecordKind kind) {
  return step.phase == Phase::kSwitch && step.undo != plan::UndoClass::kObserves &&
         (kind == RecordKind::kCaptured || kind == RecordKind::kApplied ||
          kind == RecordKind::kReverting || kind == RecordKind::kReverted);
}

}  // namespace

Downtime DowntimeOf(const plan::Plan& plan, const std::vector<Record>& records) {
  std::map<uint32_t, HopTime> by_hop;
  const auto hop_time = [&](uint32_t hop) -> HopTime& {
    return by_hop.try_emplace(hop, HopTime(!plan::UpWhenOf(plan, hop).empty())).first->second;
  };
  bool was_committed = false;
  for (const Record& record : records) {
    if (record.step_id.has_value() && record.step_id.index() < plan.steps.size()) {
      const plan::Step& step = plan.step(record.step_id);
      HopTime& time = hop_time(step.hop);
      if (IsChange(step, record.kind)) {
        time.Change(record.wall_ms);
      } else if (time.is_looked_at() && time.is_down() && step.phase == Phase::kVerify &&
                 record.kind == RecordKind::kApplied) {
        time.Reach(record.wall_ms);
      }
    } else if (record.kind == RecordKind::kUp || record.kind == RecordKind::kDown) {
      HopTime& time = hop_time(HopOf(record).value_or(0));
      if (record.kind == RecordKind::kUp) {
        time.GoUp(record.wall_ms);
      } else if (time.is_begun() && !time.is_down()) {
        time.GoDown(record.wall_ms);
      }
    } else if (record.kind == RecordKind::kTurningBack) {
      for (auto& [hop, time] : by_hop) {
        time.TurnBack(was_committed);
      }
    }
    was_committed = was_committed || record.kind == RecordKind::kCommitted;
  }
  Downtime downtime;
  for (const auto& [hop, time] : by_hop) {
    downtime.ms += time.sum_ms();
    downtime.is_unseen = downtime.is_unseen || time.is_unseen();
  }
  return downtime;
}

}  // namespace upgraph::history
