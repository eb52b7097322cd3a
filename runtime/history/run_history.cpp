#include "runtime/history/run_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "plan/verify.h"
#include "runtime/history/window.h"

namespace upgraph::history {
namespace {

Error CannotFollow(const Record& record, const char* state) {
  return {ErrorKind::kDamaged, fmt::format("a record `{}` cannot follow the state `{}`",
                                           RecordKindName(record.kind), state)};
}

// The states from which each record about a step may come.
bool MayFollow(RecordKind kind, StepState state) {
  switch (kind) {
    case RecordKind::kFound:
    case RecordKind::kCaptured:
    case RecordKind::kBaseline:
    case RecordKind::kHeld:
      return state == StepState::kPending;
    case RecordKind::kEnded:
      return state == StepState::kApplied;
    case RecordKind::kBroken:
      // What only looks is not reverted: it is as the way forward left it.
      return state == StepState::kPending || state == StepState::kApplied;
    case RecordKind::kApplied:
      // An observing step is applied without a capture: there is nothing to take back.
      return state == StepState::kCaptured || state == StepState::kPending;
    case RecordKind::kFailed:
      return state == StepState::kPending || state == StepState::kCaptured ||
             state == StepState::kReverting;
    case RecordKind::kReverting:
      return state == StepState::kCaptured || state == StepState::kApplied ||
             state == StepState::kReverting || state == StepState::kStuck ||
             state == StepState::kBlocked;
    case RecordKind::kReverted:
    case RecordKind::kStuck:
    case RecordKind::kDrift:
      return state == StepState::kReverting;
    case RecordKind::kSettled:
    case RecordKind::kAccepted:
      return state == StepState::kStuck || state == StepState::kBlocked;
    case RecordKind::kBlocked:
      return state == StepState::kCaptured || state == StepState::kApplied ||
             state == StepState::kReverting || state == StepState::kStuck ||
             state == StepState::kBlocked;
    case RecordKind::kRunOpen:
    case RecordKind::kFence:
    case RecordKind::kTurningBack:
    case RecordKind::kCommitted:
    case RecordKind::kRolledBack:
    case RecordKind::kIncomplete:
    case RecordKind::kApproved:
    case RecordKind::kUp:
    case RecordKind::kDown:
    case RecordKind::kLate:
    case RecordKind::kUndoGoing:
    case RecordKind::kUndoGone:
    case RecordKind::kNotDurable:
    case RecordKind::kSigned:
    case RecordKind::kInterrupted:
    case RecordKind::kLeft:
    case RecordKind::kParked:
    case RecordKind::kUnparked:
      return false;
  }
  UPGRAPH_UNREACHABLE("record kind");
}

bool IsBackward(RecordKind kind) {
  return kind == RecordKind::kReverting || kind == RecordKind::kReverted ||
         kind == RecordKind::kStuck || kind == RecordKind::kBlocked || kind == RecordKind::kDrift ||
         kind == RecordKind::kBroken;
}

// What a person says of a step, whether or not a runner is about to go on with the way back.
bool IsSettlement(RecordKind kind) {
  return kind == RecordKind::kSettled || kind == RecordKind::kAccepted;
}

}  // namespace

Status RunHistory::Add(const Record& record) {
  if (!is_opened_ && record.kind != RecordKind::kRunOpen) {
    return CannotFollow(record, "not opened");
  }
  const Status added = record.step_id.has_value() ? AddStepRecord(record) : AddRunRecord(record);
  last_kind_ = record.kind;
  return added;
}

// "17", "17 unsynchronised"
Status RunHistory::AddFence(const Record& record) {
  std::string_view text = record.text;
  if (text.ends_with(kUnsynchronised)) {
    text.remove_suffix(std::string_view(kUnsynchronised).size());
  }
  const char* end = text.data() + text.size();
  uint64_t epoch = 0;
  if (std::from_chars(text.data(), end, epoch).ptr != end || epoch <= epoch_) {
    return Error{ErrorKind::kDamaged, "an epoch does not grow"};
  }
  epoch_ = epoch;
  was_left_ = false;
  return OkStatus();
}

// Only a runner's first word can be about the one before it.
Status RunHistory::AddInterrupted(const Record& record) {
  if (last_kind_ != RecordKind::kFence || state_ == RunState::kRolledBack ||
      state_ == RunState::kIncomplete) {
    return CannotFollow(record, last_kind_ == RecordKind::kFence ? RunStateName(state_)
                                                                 : RecordKindName(last_kind_));
  }
  interruptions_.push_back({record.wall_ms, record.text});
  return OkStatus();
}

// "1796004000000 1796007600000"; "0 0" where none was agreed.
Status RunHistory::AddParking(const Record& record) {
  if (record.kind == RecordKind::kParked) {
    if (state_ != RunState::kOpen || !parks_ || CountIn(StepState::kCaptured) > 0) {
      return CannotFollow(record, parks_ ? RunStateName(state_) : "not to be parked");
    }
    state_ = RunState::kParked;
    parked_wall_ms_ = record.wall_ms;
    parked_digest_ = record.digest;
    return OkStatus();
  }
  if (state_ != RunState::kParked ||
      (last_kind_ != RecordKind::kFence && last_kind_ != RecordKind::kEnded)) {
    return CannotFollow(record, RunStateName(state_));
  }
  window_ = WindowOf(record);
  if (!window_.has_value()) {
    return Error{ErrorKind::kDamaged, "a parked run goes on in no window"};
  }
  state_ = RunState::kOpen;
  parks_ = false;
  return OkStatus();
}

bool RunHistory::has_undo() const {
  return std::any_of(steps_.begin(), steps_.end(), [](const StepHistory& step) {
    return step.undo_digest != Digest() && !step.is_undo_removed &&
           step.state != StepState::kCaptured;
  });
}

Status RunHistory::AddUndo(const Record& record) {
  const bool is_over = state_ == RunState::kCommitted || state_ == RunState::kRolledBack;
  const bool is_gone = record.kind == RecordKind::kUndoGone;
  if (!is_over || (is_gone && (undo_going_wall_ms_ == 0 || is_undo_gone_))) {
    return CannotFollow(record, is_over ? "undo kept" : RunStateName(state_));
  }
  is_undo_gone_ = is_gone;
  if (is_gone) {
    return OkStatus();
  }
  undo_going_wall_ms_ = undo_going_wall_ms_ == 0 ? record.wall_ms : undo_going_wall_ms_;
  for (StepHistory& step : steps_) {
    step.is_undo_removed = step.is_undo_removed ||
                           (step.undo_digest != Digest() && step.state != StepState::kCaptured);
  }
  return OkStatus();
}

Status RunHistory::AddRunRecord(const Record& record) {
  switch (record.kind) {
    case RecordKind::kRunOpen:
      if (is_opened_) {
        return CannotFollow(record, RunStateName(state_));
      }
      is_opened_ = true;
      parks_ = record.text.starts_with(kUntilPrepare);
      return OkStatus();
    case RecordKind::kFence:
      return AddFence(record);
    case RecordKind::kNotDurable:
      if (state_ != RunState::kOpen || record.text.empty()) {
        return CannotFollow(record, RunStateName(state_));
      }
      not_durable_ = record.text;
      return OkStatus();
    case RecordKind::kSigned:
      if (state_ != RunState::kOpen || record.text.empty()) {
        return CannotFollow(record, RunStateName(state_));
      }
      signer_ = record.text;
      return OkStatus();
    case RecordKind::kParked:
    case RecordKind::kUnparked:
      return AddParking(record);
    case RecordKind::kInterrupted:
      return AddInterrupted(record);
    case RecordKind::kLeft:
      if (state_ != RunState::kCommitted && state_ != RunState::kTurningBack) {
        return CannotFollow(record, RunStateName(state_));
      }
      was_left_ = true;
      return OkStatus();
    case RecordKind::kApproved:
      return state_ == RunState::kOpen ? OkStatus()
                                       : Status(CannotFollow(record, RunStateName(state_)));
    case RecordKind::kUp:
    case RecordKind::kDown:
      return AddService(record);
    case RecordKind::kUndoGoing:
    case RecordKind::kUndoGone:
      return AddUndo(record);
    case RecordKind::kLate:
      // After the commit only below a point of no return, where the run is not done yet.
      if (state_ == RunState::kRolledBack || late_wall_ms_ != 0) {
        return CannotFollow(record, late_wall_ms_ != 0 ? "late" : RunStateName(state_));
      }
      late_wall_ms_ = record.wall_ms;
      return OkStatus();
    case RecordKind::kTurningBack:
      // From committed: a rollback that a person asked for. From incomplete: another try.
      if (state_ == RunState::kRolledBack || state_ == RunState::kTurningBack ||
          undo_going_wall_ms_ != 0) {
        return CannotFollow(record, undo_going_wall_ms_ != 0 ? "undo gone" : RunStateName(state_));
      }
      state_ = RunState::kTurningBack;
      cause_ = record.text;
      is_up_.clear();
      ForgetBroken();
      return OkStatus();
    case RecordKind::kCommitted:
      if (state_ != RunState::kOpen) {
        return CannotFollow(record, RunStateName(state_));
      }
      state_ = RunState::kCommitted;
      was_committed_ = true;
      committed_wall_ms_ = record.wall_ms;
      return OkStatus();
    case RecordKind::kRolledBack:
    case RecordKind::kIncomplete:
      if (state_ != RunState::kTurningBack) {
        return CannotFollow(record, RunStateName(state_));
      }
      if (record.kind == RecordKind::kRolledBack && has_broken()) {
        return CannotFollow(record, RecordKindName(RecordKind::kBroken));
      }
      state_ =
          record.kind == RecordKind::kRolledBack ? RunState::kRolledBack : RunState::kIncomplete;
      return OkStatus();
    default:
      return Error{ErrorKind::kDamaged, "a record about a step names no step"};
  }
}

Status RunHistory::AddStepRecord(const Record& record) {
  if (record.step_id.index() >= steps_.size()) {
    return Error{ErrorKind::kDamaged, "a record names a step that the plan does not have"};
  }
  StepHistory& step = steps_[record.step_id.index()];
  const bool accepts_broken = record.kind == RecordKind::kAccepted && is_broken(record.step_id);
  if (!accepts_broken && !MayFollow(record.kind, step.state)) {
    return CannotFollow(record, StepStateName(step.state));
  }
  bool is_back = state_ == RunState::kTurningBack;
  bool may_be_forward = state_ == RunState::kOpen || state_ == RunState::kCommitted;
  bool is_right_way = IsSettlement(record.kind) ? is_back || state_ == RunState::kIncomplete
                      : IsBackward(record.kind) ? is_back
                      : record.kind == RecordKind::kFailed ? is_back || may_be_forward
                      : record.kind == RecordKind::kEnded  ? state_ == RunState::kParked
                                                           : may_be_forward;
  if (!is_right_way) {
    return CannotFollow(record, RunStateName(state_));
  }
  if (step.is_accepted && record.kind != RecordKind::kSettled) {
    return CannotFollow(record, "accepted");
  }
  if (record.kind == RecordKind::kBaseline) {
    return AddBaseline(record);
  }
  if (record.kind == RecordKind::kHeld || record.kind == RecordKind::kBroken) {
    return AddCondition(record);
  }
  --counts_[static_cast<size_t>(step.state)];
  Fold(record, &step);
  ++counts_[static_cast<size_t>(step.state)];
  return OkStatus();
}

void RunHistory::Fold(const Record& record, StepHistory* changed) {
  StepHistory& step = *changed;
  step.changed_wall_ms = record.wall_ms;
  switch (record.kind) {
    case RecordKind::kFound:
      step.state = StepState::kFound;
      break;
    case RecordKind::kCaptured:
      step.state = StepState::kCaptured;
      step.undo_digest = record.digest;
      break;
    case RecordKind::kApplied:
      step.state = StepState::kApplied;
      step.was_applied = true;
      step.applied_digest = record.digest;
      break;
    case RecordKind::kEnded:
      step.state = StepState::kPending;
      step.was_applied = false;
      step.undo_digest = {};
      step.applied_digest = {};
      step.text = record.text;
      break;
    case RecordKind::kFailed:
      ++step.attempt_count;
      step.text = record.text;
      break;
    case RecordKind::kReverting:
      step.state = StepState::kReverting;
      step.was_half_back = step.is_half_back;
      step.is_half_back = true;
      break;
    case RecordKind::kReverted:
      step.state = StepState::kReverted;
      break;
    case RecordKind::kStuck:
      step.state = StepState::kStuck;
      // A digest says that nothing was put back.
      step.is_half_back = step.was_half_back || record.digest == Digest{};
      step.text = record.text;
      break;
    case RecordKind::kBlocked:
      step.state = StepState::kBlocked;
      step.text = record.text;
      break;
    case RecordKind::kDrift:
      step.text = record.text;
      break;
    case RecordKind::kSettled:
      step.state = StepState::kReverted;
      step.is_accepted = false;
      step.text = record.text;
      break;
    case RecordKind::kAccepted:
      step.is_accepted = true;
      step.text = record.text;
      break;
    case RecordKind::kBaseline:
    case RecordKind::kHeld:
    case RecordKind::kBroken:
    case RecordKind::kRunOpen:
    case RecordKind::kFence:
    case RecordKind::kTurningBack:
    case RecordKind::kCommitted:
    case RecordKind::kRolledBack:
    case RecordKind::kIncomplete:
    case RecordKind::kApproved:
    case RecordKind::kUp:
    case RecordKind::kDown:
    case RecordKind::kLate:
    case RecordKind::kUndoGoing:
    case RecordKind::kUndoGone:
    case RecordKind::kNotDurable:
    case RecordKind::kSigned:
    case RecordKind::kInterrupted:
    case RecordKind::kLeft:
    case RecordKind::kParked:
    case RecordKind::kUnparked:
      UPGRAPH_UNREACHABLE("a record about the run names a step");
  }
}

// "0 http.code(\"http://localhost/\") is 200"
Status RunHistory::AddService(const Record& record) {
  if (state_ == RunState::kRolledBack || state_ == RunState::kIncomplete) {
    return CannotFollow(record, RunStateName(state_));
  }
  const std::optional<uint32_t> hop = HopOf(record);
  if (!hop) {
    return Error{ErrorKind::kDamaged, "a record about the service names no hop"};
  }
  is_up_[*hop] = record.kind == RecordKind::kUp;
  return OkStatus();
}

bool RunHistory::is_broken(plan::StepId id) const {
  const auto held = held_.find(id);
  return held != held_.end() && !step(id).is_accepted &&
         std::any_of(held->second.begin(), held->second.end(),
                     [](const auto& condition) { return !condition.second.empty(); });
}

bool RunHistory::has_broken() const {
  return std::any_of(held_.begin(), held_.end(),
                     [this](const auto& held) { return is_broken(held.first); });
}

// "2 http.code(\"http://localhost/\") == 200" held; "2 http.code(…) is 503, not == 200" is broken.
Status RunHistory::AddCondition(const Record& record) {
  const std::optional<uint32_t> number = ConditionOf(record);
  if (!number || *number >= plan::kConditionsMax) {
    return Error{ErrorKind::kDamaged, "a record about a condition names none"};
  }
  std::map<uint32_t, std::string>& held = held_[record.step_id];
  if (record.kind == RecordKind::kHeld) {
    if (state_ != RunState::kOpen || !held.try_emplace(*number).second) {
      return CannotFollow(record, RunStateName(state_));
    }
    return OkStatus();
  }
  const auto condition = held.find(*number);
  const std::string seen = BesideNumber(record);
  if (condition == held.end() || seen.empty()) {
    return CannotFollow(record, "never held");
  }
  condition->second = seen;
  StepHistory& step = steps_[record.step_id.index()];
  step.changed_wall_ms = record.wall_ms;
  step.text = kHeldBefore + condition->second;
  return OkStatus();
}

// They are asked again at the end of this try, but for those that a person accepted.
void RunHistory::ForgetBroken() {
  for (auto& [step_id, conditions] : held_) {
    if (!is_broken(step_id)) {
      continue;
    }
    for (auto& [number, seen] : conditions) {
      seen.clear();
    }
    steps_[step_id.index()].text.clear();
  }
}

// "2 0.0315"
Status RunHistory::AddBaseline(const Record& record) {
  const char* end = record.text.data() + record.text.size();
  uint32_t condition = 0;
  double baseline = 0;
  const auto number = std::from_chars(record.text.data(), end, condition);
  if (number.ec != std::errc() || number.ptr == end || *number.ptr != ' ') {
    return Error{ErrorKind::kDamaged, "a baseline belongs to no condition"};
  }
  const auto value = std::from_chars(number.ptr + 1, end, baseline);
  if (value.ec != std::errc() || value.ptr != end || !std::isfinite(baseline) ||
      condition >= plan::kConditionsMax) {
    return Error{ErrorKind::kDamaged, "a baseline is no number"};
  }
  baselines_[record.step_id][condition] = baseline;
  return OkStatus();
}

}  // namespace upgraph::history
