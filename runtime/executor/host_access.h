#pragma once

// What a run asks of its host and what it does there, beside its own state: everything that a
// simulated host (runtime/sim) answers for itself. The rest of the executor is the same for both.

#include <atomic>
#include <memory>
#include <string>

#include "base/result.h"
#include "plan/plan.h"
#include "runtime/env/env.h"
#include "runtime/locks/named_lock.h"
#include "runtime/steps/native_step.h"

namespace upgraph::executor {

// Thread-safe.
class HostAccess {
 public:
  virtual ~HostAccess() = default;
  // The files below a root; tests put a disk of their own there.
  virtual Result<std::unique_ptr<env::Files>> OpenFiles(const std::string& root) const;
  virtual env::Processes& processes() const = 0;
  virtual env::Clock& clock() const = 0;
  virtual Result<std::string> AskFact(env::Env& env, const plan::Fact& fact) const = 0;
  // Null when there is no code for the step; of a gate, where its signals are to be read.
  virtual const steps::NativeStep* FindStep(const plan::Step& step) const = 0;
  // Whether signals and checks say anything there beside what a test wants of them; else nobody
  // looks whether the service is up, nor what held before the run.
  virtual bool has_signals() const { return true; }
  virtual Result<std::unique_ptr<locks::HeldLocks>> TakeLocks(
      env::Env& env, const plan::LockScope& scope, const std::atomic<bool>& cancel) const = 0;
};

// The host itself.
const HostAccess& RealHost();

}  // namespace upgraph::executor
