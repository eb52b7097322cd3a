#pragma once

// Threads that do work and hand back results, in the order in which they end. The only threads of
// the runtime.
//
// Waking a thread that sleeps takes longer than a commit on a fast disk, and in a chain of short
// steps somebody always waits for the other side. So whoever runs out of work, or of results, looks
// out for more for some microseconds before it sleeps, giving the processor away all the while;
// one worker at most, and only while the pieces are short.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
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
  bool is_found = false;          // of kCapture
  bool is_reboot_asked = false;   // of kApply: applied is what the next boot finds
  steps::Captured captured;       // of kCapture
  steps::Applied applied;         // of kApply
  std::vector<double> baselines;  // of a gate, beside its conditions
  // Of a step of `verify`: by number, why a condition of it does not hold; empty: it does.
  std::map<uint32_t, std::string> conditions;
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
  // Until `count` is not 0, or some microseconds have passed.
  static void LookOut(const std::atomic<size_t>& count);

  std::mutex mutex_;
  std::condition_variable work_ready_;
  std::condition_variable result_ready_;
  std::deque<std::function<WorkResult()>> work_;  // guarded by mutex_
  std::deque<WorkResult> results_;                // guarded by mutex_
  size_t sleeping_count_ = 0;                     // guarded by mutex_; threads without work
  size_t looking_count_ = 0;                      // guarded by mutex_; threads that look out
  bool is_awaited_ = false;                       // guarded by mutex_; somebody sleeps
  bool is_ending_ = false;                        // guarded by mutex_
  std::atomic<size_t> work_count_{0};             // of work_, to look at without the mutex
  std::atomic<size_t> result_count_{0};           // of results_
  bool is_brisk_ = false;                         // the last result came soon
  int open_count_ = 0;
  std::vector<std::thread> threads_;  // constant after construction
};

}  // namespace upgraph::executor
