#pragma once

// A host in memory, in place of the real one: facts are what the test gives, locks are free unless
// it says otherwise, steps do to the world what their declared effects say, and no command is ever
// started. The run itself, its scheduler, journal, rollback and recovery, is the real one.

#include <map>
#include <memory>
#include <string>

#include "plan/scenario.h"
#include "runtime/executor/host_access.h"
#include "runtime/executor/run.h"
#include "runtime/sim/world.h"

namespace upgraph::sim {

// Time goes on when somebody sleeps or a step takes its time.
class SimulatedClock : public env::Clock {
 public:
  int64_t BootMs() override { return now_ms_; }
  int64_t WallMs() override { return kStartMs + now_ms_; }
  std::string BootId() override { return "simulated " + std::to_string(boot_count_); }
  void SleepMs(int64_t ms) override { now_ms_ += ms; }
  // The clock goes on meanwhile, as that on the wall does: a runner takes it for both.
  void Reboot() { ++boot_count_; }

 private:
  static constexpr int64_t kStartMs = 1'767'225'600'000;  // 2026-01-01T00:00:00Z
  int64_t now_ms_ = 0;
  uint32_t boot_count_ = 1;
};

// For runs without worker threads (RunOptions::jobs 0): nothing here is locked.
class SimulatedHost : public executor::HostAccess {
 public:
  // `scenario` outlives the host.
  SimulatedHost(const plan::Plan& plan, const plan::Scenario& scenario);
  ~SimulatedHost() override;

  // What happens from here on is what this act says.
  void BeginAct(const plan::ScenarioAct& act);
  executor::StopRequest* stop() const { return &stop_; }
  SimulatedWorld& world() const { return world_; }
  SimulatedClock& simulated_clock() const { return clock_; }

  // What the fact that asks for the installed version would answer now: the version of the last
  // step that wrote what it reads.
  std::string InstalledVersion() const;

  // Null: nothing of the kind happens to the step now. Counts an attempt of kFails.
  bool Happens(plan::EventKind kind, const plan::Step& step) const;
  bool IsFound(const plan::Step& step) const;
  bool is_dead() const { return stop_ >= executor::kStopKilled; }

  env::Processes& processes() const override;
  env::Clock& clock() const override { return clock_; }
  Result<std::string> AskFact(env::Env& env, const plan::Fact& fact) const override;
  const steps::NativeStep* FindStep(const plan::Step& step) const override;
  bool has_signals() const override { return false; }
  Result<std::unique_ptr<locks::HeldLocks>> TakeLocks(
      env::Env& env, const plan::LockScope& scope, const std::atomic<bool>& cancel) const override;

 private:
  const plan::Plan& plan_;
  const plan::Scenario& scenario_;
  const plan::ScenarioAct* act_ = nullptr;
  mutable SimulatedWorld world_;
  mutable SimulatedClock clock_;
  mutable executor::StopRequest stop_{0};
  mutable std::map<const plan::ScenarioEvent*, uint32_t> attempts_;
  std::unique_ptr<env::Processes> processes_;
  mutable std::map<std::string, std::unique_ptr<steps::NativeStep>> steps_;  // by path
};

}  // namespace upgraph::sim
