#pragma once

// A host of named values for random graphs. Steps write their values, get half-way, fail, cannot be
// seen, are changed by somebody else, and die where the draw says so. Every call of the runtime is
// held against the rules of the protocol as it comes.

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "runtime/executor/host_access.h"
#include "runtime/executor/run.h"
#include "tests/model/model_plan.h"

namespace upgraph::model {

enum class Fault {
  kNone,
  kFailsOnce,      // the first try ends in an error, half-way
  kFails,          // every try
  kFailsDone,      // the first try does all of it and then says that it failed
  kDiesBefore,     // the runner dies when apply begins
  kDiesHalf,       // … half-way
  kDiesAfter,      // … when all of it is done
  kDiesCapturing,  // … in capture
  kCannotCapture,  // capture ends in an error
  kDrifts,         // somebody else changes it right after
  kHidden,         // it cannot be seen
  kDiesLooking,    // the runner dies when it looks what became of it
  kSticks,         // it does not go back, and nothing of it did
  kSticksHalf,     // it gets half-way back, at every try
  kDiesBack,       // the runner dies when it begins to go back
  kDiesBackHalf,   // … half-way back
  kDiesBackAfter,  // … when it is back
  kStopsOnce,      // somebody asks to turn back while it is applied
  kStopsAtOnce,    // … to stop at once
  kCount,
};

// What the next command meets, by the number of the step.
using Script = std::map<uint32_t, Fault>;

class ModelClock : public env::Clock {
 public:
  int64_t BootMs() override { return now_ms_; }
  int64_t WallMs() override { return 1'767'225'600'000 + now_ms_; }
  std::string BootId() override { return "model"; }
  void SleepMs(int64_t ms) override { now_ms_ += ms; }

 private:
  std::atomic<int64_t> now_ms_{0};
};

// What was seen of a step in one command.
struct Seen {
  int captures = 0;
  int applies = 0;
  int confirms = 0;
  int reverts = 0;
  bool failed = false;  // its last try, or its capture, ended in an error
};

class ModelHost : public executor::HostAccess {
 public:
  ModelHost(const plan::Plan& plan, const std::string& root, Random* random);
  ~ModelHost() override;

  // Begins a command: what happens, and what the journal says of each step (by index).
  void Begin(Script script, std::vector<history::StepHistory> durable);
  // Whether journal rows are looked at before each effect; slow.
  void SetLooksAtJournal(bool looks) { looks_ = looks; }

  executor::StopRequest* stop() const { return &stop_; }
  bool is_dead() const { return stop_ >= executor::kStopKilled; }
  const std::map<std::string, std::string>& world() const { return world_; }
  const std::string& fault() const { return fault_; }  // the first rule that was broken
  const Seen& seen(uint32_t step) const { return seen_[step]; }
  bool has_stopped(int level) const { return stop_ == level; }
  // What the step's last capture saw; empty when it wrote nothing or was not captured.
  const std::map<std::string, std::string>& OldOf(uint32_t step) const { return old_[step]; }
  // A person mends what somebody else changed or what did not go back.
  void Mend(const std::map<std::string, std::string>& values) {
    for (const auto& [path, value] : values) world_[path] = value;
  }
  // What the fact answers.
  std::string installed = "1.0.0";
  // Nothing may be done any more: every call that changes something breaks a rule.
  bool is_final = false;

  env::Processes& processes() const override;
  env::Clock& clock() const override { return clock_; }
  Result<std::string> AskFact(env::Env& env, const plan::Fact& fact) const override;
  const steps::NativeStep* FindStep(const plan::Step& step) const override;
  // A check here is a place where the draw has something happen, and says nothing of the host.
  bool has_signals() const override { return false; }
  Result<std::unique_ptr<locks::HeldLocks>> TakeLocks(
      env::Env& env, const plan::LockScope& scope, const std::atomic<bool>& cancel) const override;

 private:
  friend class ModelStep;

  std::vector<std::string> Writes(uint32_t step) const;
  std::string ValueOf(uint32_t step) const;
  Fault Take(uint32_t step, std::initializer_list<Fault> faults);
  void Break(uint32_t step, const std::string& rule);
  void CheckApply(uint32_t step);
  void CheckRevert(uint32_t step);
  history::StepState DurableState(uint32_t step);

  const plan::Plan& plan_;
  std::string root_;
  std::map<std::string, uint32_t> ids_;
  mutable ModelClock clock_;
  mutable executor::StopRequest stop_{0};
  std::unique_ptr<env::Processes> processes_;
  std::vector<std::unique_ptr<steps::NativeStep>> steps_;
  std::mutex mutex_;
  std::map<std::string, std::string> world_;
  Script script_;
  bool looks_ = false;
  std::string fault_;
  std::vector<Seen> seen_;
  std::vector<std::map<std::string, std::string>> old_;
  // Of this command: what each step has come to.
  std::vector<bool> is_done_;      // applied, found, or looked
  std::vector<bool> is_touched_;   // captured and not back
  std::vector<bool> is_given_up_;  // its revert failed
  std::vector<history::StepHistory> durable_;
  bool turned_back_ = false;
};

}  // namespace upgraph::model
