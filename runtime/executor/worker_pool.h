#pragma once

// Threads that do work and hand back results, in the order in which they end. The only threads of
// the runtime.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "plan/plan.h"
#include "runtime/locks/named_lock.h"
#include "runtime/steps/native_step.h"

namespace upgraph::executor {

enum class WorkKind { kCheck, kCapture, kApply, kRevert, kTakeLocks };

// What one piece of work came to.
struct WorkResult {
  WorkKind kind = WorkKind::kCheck;
  plan::StepId step_id;
  plan::LockScopeId scope_id;
  Status status = OkStatus();
  bool is_found = false;                    // of kCapture
  steps::Captured captured;                 // of kCapture
  steps::Applied applied;                   // of kApply
  std::vector<double> baselines;            // of a gate, beside its conditions
  bool has_put_back = false;                // of kRevert: begun, at least
  std::string drift;                        // of kRevert: where a foreign state was saved
  std::unique_ptr<locks::HeldLocks> locks;  // of kTakeLocks
};

class WorkerPool {
 public:
  // Without threads Wait() does the work itself, in the order in which it was started.
  explicit WorkerPool(int thread_count);
  // Waits for running work; waiting work is dropped.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  void Start(std::function<WorkResult()> work);
  // The next result, or none when none came within `wait_ms`.
  std::optional<WorkResult> Wait(int64_t wait_ms);
  // Pieces that were started and whose result was not yet taken. Of the calling thread only.
  int open_count() const { return open_count_; }

 private:
  void Run();
  std::optional<WorkResult> DoNext();

  std::mutex mutex_;
  std::condition_variable work_ready_;
  std::condition_variable result_ready_;
  std::deque<std::function<WorkResult()>> work_;  // guarded by mutex_
  std::deque<WorkResult> results_;                // guarded by mutex_
  bool is_ending_ = false;                        // guarded by mutex_
  int open_count_ = 0;
  std::vector<std::thread> threads_;  // constant after construction
};

}  // namespace upgraph::executor
