#pragma once

// What happened in a run: its records folded into states. Pure; the journal feeds it, the scheduler
// and the rollback read it.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/history/record.h"
#include "runtime/history/window.h"

namespace upgraph::history {

struct StepHistory {
  StepState state = StepState::kPending;
  uint32_t attempt_count = 0;  // how often apply was tried and failed
  bool was_applied = false;    // an applied record stands: `applied_digest` is valid
  // A revert of it was begun and may have got half-way. Else what stands there is still what apply
  // left, or somebody else's.
  bool is_half_back = false;
  bool was_half_back = false;    // before the last record `reverting`
  bool is_accepted = false;      // stuck or blocked, and a person says that it stays so
  bool is_undo_removed = false;  // what it captured is being removed, or is
  Digest undo_digest;            // from captured on
  Digest applied_digest;
  int64_t changed_wall_ms = 0;  // of the last record about it
  std::string text;             // of the last record about it that gives a reason
};

// A runner was cut off: when the next one found that, and where the run was.
struct Interruption {
  int64_t wall_ms = 0;
  std::string where;
};

// How the reason of a step begins of which a condition is broken.
inline constexpr const char* kHeldBefore = "it held before the run and does not now: ";

class RunHistory {
 public:
  // All steps pending.
  explicit RunHistory(uint32_t step_count) : steps_(step_count) { counts_[0] = step_count; }

  // Folds one more record in. kDamaged when it cannot follow what came before: no runner writes
  // such a record, so the journal is not to be believed.
  Status Add(const Record& record);

  RunState state() const { return state_; }
  bool was_committed() const { return was_committed_; }
  int64_t committed_wall_ms() const { return committed_wall_ms_; }  // 0: it was not
  // When it was seen that the window was over and the run was not; 0: it was not seen.
  int64_t late_wall_ms() const { return late_wall_ms_; }
  // When it was written down that what the steps captured goes: nothing turns back since. 0: it is
  // kept.
  int64_t undo_going_wall_ms() const { return undo_going_wall_ms_; }
  // Whether that was finished, of all that was captured before it was last begun.
  bool is_undo_gone() const { return is_undo_gone_; }
  // Whether a step captured what could be removed and is not: one in doubt still needs it.
  bool has_undo() const;
  Direction direction() const {
    return state_ == RunState::kTurningBack || state_ == RunState::kRolledBack ||
                   state_ == RunState::kIncomplete
               ? Direction::kBack
               : Direction::kForward;
  }
  const std::vector<StepHistory>& steps() const { return steps_; }
  const StepHistory& step(plan::StepId id) const { return steps_[id.index()]; }
  // How many steps are in this state; joins are pending for ever.
  uint32_t CountIn(StepState state) const { return counts_[static_cast<size_t>(state)]; }
  // Of each gate: what the signals of its conditions were before the run, by their numbers.
  const std::map<plan::StepId, std::map<uint32_t, double>>& baselines() const { return baselines_; }
  // Of each step of `verify`: which of its conditions held before the run, by their numbers, and
  // what was seen of it when everything was back and it no longer held; empty: it was not asked, or
  // it held.
  const std::map<plan::StepId, std::map<uint32_t, std::string>>& held() const { return held_; }
  // Whether one of them did not hold when it was asked last, and nobody has accepted that.
  bool is_broken(plan::StepId id) const;
  bool has_broken() const;  // the same of any step
  // Whether anything had to go back, so that what held before is asked again at its end.
  bool has_gone_back() const {
    return CountIn(StepState::kReverted) + CountIn(StepState::kStuck) +
               CountIn(StepState::kBlocked) >
           0;
  }
  // Whether the service was seen to be up when it was last looked at for that hop, since the run
  // last changed its direction.
  bool is_up(uint32_t hop) const {
    const auto known = is_up_.find(hop);
    return known != is_up_.end() && known->second;
  }
  const std::string& cause() const { return cause_; }  // of turning back
  // On what the state of the run lies, where that does not outlive a reboot and somebody accepted
  // it; mostly empty.
  const std::string& not_durable() const { return not_durable_; }
  // Whether it is to be parked when prepare is done, or is; no longer when it has gone on.
  bool parks() const { return parks_; }
  int64_t parked_wall_ms() const { return parked_wall_ms_; }  // 0: it never was
  const Digest& parked_digest() const { return parked_digest_; }
  // As it was agreed when a parked run went on; none: the window is the one of its opening.
  const std::optional<Window>& window() const { return window_; }
  // Who signed the package, as the host's trust store had it then; empty: nobody was asked for.
  const std::string& signer() const { return signer_; }
  uint64_t epoch() const { return epoch_; }  // of the last runner; 0: there was none
  const std::vector<Interruption>& interruptions() const { return interruptions_; }
  // The last runner has ended and said who is next: nobody has cut it off.
  bool was_left() const { return was_left_; }

 private:
  Status AddRunRecord(const Record& record);
  Status AddFence(const Record& record);
  Status AddInterrupted(const Record& record);
  Status AddUndo(const Record& record);
  Status AddParking(const Record& record);
  Status AddStepRecord(const Record& record);
  Status AddBaseline(const Record& record);
  Status AddCondition(const Record& record);
  void ForgetBroken();
  Status AddService(const Record& record);
  // A record that may follow, and is no baseline.
  static void Fold(const Record& record, StepHistory* changed);

  std::vector<StepHistory> steps_;
  std::array<uint32_t, kStepStateCount> counts_{};  // of steps_, by state
  RunState state_ = RunState::kOpen;
  bool is_opened_ = false;
  bool was_committed_ = false;
  int64_t committed_wall_ms_ = 0;
  int64_t late_wall_ms_ = 0;
  int64_t undo_going_wall_ms_ = 0;
  bool is_undo_gone_ = false;
  std::map<plan::StepId, std::map<uint32_t, double>> baselines_;
  std::map<plan::StepId, std::map<uint32_t, std::string>> held_;
  std::map<uint32_t, bool> is_up_;  // by the number of the hop
  std::string cause_;
  std::string not_durable_;
  std::string signer_;
  uint64_t epoch_ = 0;
  std::vector<Interruption> interruptions_;
  bool was_left_ = false;
  bool parks_ = false;
  int64_t parked_wall_ms_ = 0;
  Digest parked_digest_;
  std::optional<Window> window_;
  RecordKind last_kind_ = RecordKind::kRunOpen;
};

}  // namespace upgraph::history
