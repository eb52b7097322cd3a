#pragma once

// The loop that executes a run: asks the graph walk what may begin, lets workers do it, and writes
// the journal before and after each act. One thread owns everything here; workers only get copies.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/executor/reboot.h"
#include "runtime/executor/run.h"
#include "runtime/executor/step_work.h"
#include "runtime/executor/up_watch.h"
#include "runtime/executor/verified.h"
#include "runtime/executor/worker_pool.h"
#include "runtime/journal/journal.h"
#include "runtime/scheduler/graph_walk.h"
#include "runtime/scheduler/turn_back.h"

namespace upgraph::executor {

// How a walk ended.
enum class WalkEnd {
  kDone,     // every step of it is done
  kFailed,   // a step failed for good; nothing runs any more
  kStopped,  // a person asked to stop or to turn back
  kReboots,  // a step has asked for a reboot: another runner goes on after it
  kCrashed,  // the journal failed: nothing may be done any more
};

// Of the steps that may begin, so many are begun at a time. Their work and its results take memory,
// and a commit holds no more anyway.
inline constexpr size_t kOpenStepsMax = 2'048;

// What somebody else did to a host while a run was parked on it.
struct ParkedDrift {
  std::vector<std::string> changed;  // steps that do not stand as they were left, and what does
  std::vector<plan::StepId> ended;   // those that issue something, which is gone
};

class Runner {
 public:
  // Everything borrowed outlives the runner. `contents` is what the journal said when it was
  // opened, and the fence since; its history goes on with what is recorded.
  Runner(const RunOptions& options, RunContext context, std::atomic<bool>* cancel,
         journal::Journal* journal, journal::Contents* contents);

  // Of what was seen before the first change, here and next: verified.cpp.
  // Preflight held and the baselines were taken, before the run was opened: says so. False when
  // the journal failed.
  bool RecordPreflight(Baselines baselines);
  // The same of the baselines alone, taken anew.
  bool RecordBaselines(Baselines baselines);
  // Durable with the next record that is.
  void RecordHeld(const HeldConditions& held);
  // The same, of a run whose runner died before it could say what held: looks now, if nothing was
  // begun.
  void LookIfNothingBegan();
  void RecordApprovals(const std::vector<Approval>& approvals);
  // The same: on what the state lies, where that does not last. Nothing when it is empty.
  void RecordNotDurable(const std::string& where);
  void RecordSigner(const std::string& signer);
  // Runs the phases first … last forward, what is not done of them; of cleanup what is due. Up to
  // prepare, that is the one of the first hop: the others come after a switch.
  WalkEnd RunForward(plan::Phase first, plan::Phase last);
  // Records that the run turns back, and turns it back. kDone also when steps are stuck.
  WalkEnd TurnBack(const std::string& cause);
  // Of a boot that has nothing but files yet: early.cpp.
  // What of the way back can be done then, whatever state the run is in; empty: nothing.
  std::vector<bool> FindEarly() const;
  // Records that the run turns back, and reverts those. kDone: all of them are back.
  WalkEnd TurnBackEarly(const std::string& cause, const std::vector<bool>& early);
  WalkEnd Commit();
  // `facts`: of what they were when it was parked. kCrashed or kDone.
  WalkEnd Park(const Digest& facts);
  // What is said of the run as a whole: that what the steps captured goes, or is gone; that a
  // runner ends here and a person is needed. kCrashed or kDone.
  WalkEnd RecordOfRun(history::RecordKind kind, const std::string& text = "");
  // Lets each of these watches look once, and records what came of it. What it found is added to
  // `breaches`. kCrashed or kDone.
  WalkEnd LookAtWatches(const std::vector<plan::StepId>& watches,
                        std::vector<std::string>* breaches);

  // The step whose reboot led to this boot, and no other reboot since; none: the plan did not order
  // it.
  plan::StepId OrderedReboot() const;
  // Reboots that were ordered and have come are applied.
  void ConfirmReboots();
  // The first fact that is not what it was when the run was opened, and how it is; empty: none.
  std::string FindChangedFact() const;

  // Why what is left of the run and its way back do not fit the window any more; empty: they do,
  // or none was agreed.
  std::string WhyNoTime() const;
  // How long the window was over when the rollback ended, or is: for the last line. Mostly empty.
  std::string LateNote() const;
  // Called when everything is back, before it is asked whether what held before holds again.
  void SetOnAllBack(std::function<void()> on_all_back) { on_all_back_ = std::move(on_all_back); }
  // Called when it is durable that the run is late.
  void SetOnLate(std::function<void()> on_late) { on_late_ = std::move(on_late); }

  const history::RunHistory& history() const { return history_; }
  const std::string& failure() const { return failure_; }  // of kFailed and kCrashed
  // What needs a person; see leftovers.h.
  std::vector<Leftover> Leftovers() const;

  // Of a committed run: steps whose result is no longer as they left it, and what stands there.
  // Only the last writer of a thing is asked.
  std::vector<std::string> FindDrift() const;
  // The same of a parked run, and of what was found.
  ParkedDrift FindParkedDrift() const;

  // What a person says was put back by hand, and the host shows otherwise: which step, and how it
  // is. Empty: nothing speaks against it.
  std::vector<std::string> FindDoubts(const std::vector<bool>& put_back) const;
  // Makes durable what was put back by hand, and then what was said of it; all or nothing.
  Status Settle(const std::vector<bool>& chosen, SettledAs as, const std::string& text);

  void Report(ProgressKind kind, plan::StepId step_id, const std::string& text);

 private:
  void RecordTurningBack(const std::string& cause);
  WalkEnd Walk(scheduler::GraphWalk* walk, history::Direction direction);
  // Of what held before the run: verified.cpp.
  WalkEnd AskWhatHeld();
  void TakeAskedAgain(const WorkResult& result);
  // Of reboots: reboot.cpp.
  WalkEnd RebootBack(const std::vector<plan::StepId>& reboots);
  bool HasRebooted(plan::StepId step_id) const;
  void StartReady(scheduler::GraphWalk* walk, history::Direction direction);
  void StartForward(scheduler::GraphWalk* walk, plan::StepId step_id);
  void PassNoReturn(scheduler::GraphWalk* walk, plan::StepId step_id);
  void StartBack(scheduler::GraphWalk* walk, plan::StepId step_id);
  int64_t RetryWaitMs(plan::StepId step_id) const;
  void StartApplies();
  void StartReverts();
  void TakeResult(scheduler::GraphWalk* walk, WorkResult result);
  void TakeForwardFailure(const WorkResult& result);
  void TakeRevertResult(scheduler::GraphWalk* walk, const WorkResult& result);
  void FinishStep(scheduler::GraphWalk* walk, plan::StepId step_id);
  // Of locks: scope_locks.cpp.
  void TakeScopeResult(scheduler::GraphWalk* walk, WorkResult result);
  std::string FindLostLock(plan::StepId step_id) const;
  // False, and the walk fails, when one was lost.
  bool HasItsLocks(plan::StepId step_id);
  // Of the window: keep_window.cpp.
  int64_t NowMs() const;
  bool IsWindowKept() const { return window_.is_agreed() && !history_.was_committed(); }
  bool MayStart(plan::StepId step_id, int64_t wait_ms);
  bool MayTryAgain(plan::StepId step_id) const;
  int64_t GateEndBootMs(plan::StepId step_id);
  void KeepWindow(history::Direction direction);
  void ReportWindow(Progress* progress) const;
  void Fail(const std::string& why);

  void Record(history::RecordKind kind, plan::StepId step_id, const std::string& text,
              const Digest& digest = {});
  void RecordAndReport(history::RecordKind kind, plan::StepId step_id, const std::string& text,
                       ProgressKind progress, const Digest& digest = {});
  void RecordStuck(plan::StepId step_id, const std::string& why, bool is_half_back);
  void GoOnWithService();
  void LookAtService();
  void LookAtServiceOnceMore();
  void TakeSeen(const UpWatch::Seen& seen);
  bool IsSwitchOver(uint32_t hop) const;
  // Makes all that is pending durable, in its order, and tells it. False when the journal failed.
  // `at_once`: all of it or none, however much it is.
  bool CommitPending(bool at_once = false);
  int StopLevel() const { return options_.stop == nullptr ? 0 : options_.stop->load(); }
  const steps::Captured& CapturedOf(plan::StepId step_id) const {
    return captured_[step_id.index()];
  }
  // Of drift: drift.cpp.
  std::vector<std::string> TopsMadeBy(plan::StepId step_id) const;
  std::vector<bool> StepsBuiltUpon(const std::vector<bool>& reverts) const;
  std::vector<bool> LastWriters(const std::vector<bool>& reverts,
                                const std::vector<bool>& is_overwritten) const;

  const RunOptions& options_;
  RunContext context_;
  std::atomic<bool>* cancel_;
  journal::Journal* journal_;
  history::RunHistory& history_;  // with what is pending folded in already
  uint32_t join_count_ = 0;
  std::vector<steps::Captured> captured_;  // by step; empty before its capture
  std::map<std::string, int64_t> directory_times_ns_;
  WorkerPool pool_;
  UpWatch up_watch_;
  uint32_t seen_count_ = 0;              // records `up` and `down`
  std::vector<journal::Entry> pending_;  // records that are not durable yet
  // What is told of each once it is; none: nothing.
  std::vector<std::optional<ProgressKind>> pending_progress_;
  std::vector<plan::StepId> to_apply_;      // captured; start once that is durable
  std::vector<plan::StepId> to_revert_;     // reverting; start once that is durable
  std::vector<plan::LockScopeId> to_free_;  // their last step ended; freed once that is durable
  std::map<plan::StepId, history::StepHistory> before_revert_;
  std::set<plan::StepId> in_doubt_;  // captured by a runner before this one
  std::map<plan::LockScopeId, std::unique_ptr<locks::HeldLocks>> held_;
  const history::Window window_;
  history::RunTime began_;     // when this runner began, and …
  int64_t began_boot_ms_ = 0;  // … by the clock of this boot
  scheduler::TurnBack turn_back_;
  bool may_be_late_ = false;  // of the walk that goes on
  bool is_early_ = false;     // the same: what does not go back is left as it is, for a later one
  std::function<void()> on_late_;
  std::function<void()> on_all_back_;
  // Of steps that reboot: in which boots they were asked for, and the fences since.
  std::map<plan::StepId, RebootHistory> reboots_;
  std::vector<std::pair<std::string, std::string>> facts_;  // as the run was opened with them
  int captures_open_ = 0;
  bool is_rebooting_ = false;
  bool is_failed_ = false;
  bool is_crashed_ = false;
  std::string failure_;
};

}  // namespace upgraph::executor
