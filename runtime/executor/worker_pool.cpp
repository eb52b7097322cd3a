#include "runtime/executor/worker_pool.h"

#include <chrono>

namespace upgraph::executor {

WorkerPool::WorkerPool(int thread_count) {
  for (int i = 0; i < thread_count; ++i) {
    threads_.emplace_back([this] { Run(); });
  }
}

WorkerPool::~WorkerPool() {
  {
    std::lock_guard<std::mutex> guard(mutex_);
    is_ending_ = true;
    work_.clear();
  }
  work_ready_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

void WorkerPool::Start(std::function<WorkResult()> work) {
  ++open_count_;
  {
    std::lock_guard<std::mutex> guard(mutex_);
    work_.push_back(std::move(work));
  }
  work_ready_.notify_one();
}

std::optional<WorkResult> WorkerPool::Wait(int64_t wait_ms) {
  if (threads_.empty()) {
    return DoNext();
  }
  std::unique_lock<std::mutex> guard(mutex_);
  result_ready_.wait_for(guard, std::chrono::milliseconds(wait_ms),
                         [this] { return !results_.empty(); });
  if (results_.empty()) {
    return std::nullopt;
  }
  WorkResult result = std::move(results_.front());
  results_.pop_front();
  --open_count_;
  return result;
}

std::optional<WorkResult> WorkerPool::DoNext() {
  if (work_.empty()) {
    return std::nullopt;
  }
  std::function<WorkResult()> work = std::move(work_.front());
  work_.pop_front();
  --open_count_;
  return work();
}

void WorkerPool::Run() {
  while (true) {
    std::function<WorkResult()> work;
    {
      std::unique_lock<std::mutex> guard(mutex_);
      work_ready_.wait(guard, [this] { return is_ending_ || !work_.empty(); });
      if (is_ending_) {
        return;
      }
      work = std::move(work_.front());
      work_.pop_front();
    }
    WorkResult result = work();
    {
      std::lock_guard<std::mutex> guard(mutex_);
      results_.push_back(std::move(result));
    }
    result_ready_.notify_one();
  }
}

}  // namespace upgraph::executor
