#include "runtime/executor/worker_pool.h"

#include <chrono>

namespace upgraph::executor {
namespace {

constexpr auto kLookOut = std::chrono::microseconds(600);  // longer than most commits take
constexpr auto kBrisk = std::chrono::microseconds(500);    // what counts as soon, and as short

}  // namespace

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

void WorkerPool::LookOut(const std::atomic<size_t>& count) {
  const auto end = std::chrono::steady_clock::now() + kLookOut;
  while (count.load(std::memory_order_acquire) == 0 && std::chrono::steady_clock::now() < end) {
    std::this_thread::yield();
  }
}

void WorkerPool::Start(std::function<WorkResult()> work) {
  ++open_count_;
  bool needs_waking = false;
  {
    std::lock_guard<std::mutex> guard(mutex_);
    work_.push_back(std::move(work));
    work_count_ = work_.size();
    // A thread that works or looks out meets it by itself.
    needs_waking = sleeping_count_ > 0 && work_.size() > looking_count_;
  }
  if (needs_waking) {
    work_ready_.notify_one();
  }
}

std::optional<WorkResult> WorkerPool::Wait(int64_t wait_ms) {
  if (threads_.empty()) {
    return DoNext();
  }
  if (wait_ms > 0 && is_brisk_ && open_count_ > 0) {
    LookOut(result_count_);
  }
  const auto begin = std::chrono::steady_clock::now();
  std::unique_lock<std::mutex> guard(mutex_);
  if (wait_ms > 0 && results_.empty()) {
    is_awaited_ = true;
    result_ready_.wait_for(guard, std::chrono::milliseconds(wait_ms),
                           [this] { return !results_.empty(); });
    is_awaited_ = false;
    is_brisk_ = std::chrono::steady_clock::now() - begin < kBrisk;
  }
  if (results_.empty()) {
    return std::nullopt;
  }
  WorkResult result = std::move(results_.front());
  results_.pop_front();
  result_count_ = results_.size();
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
  bool is_brisk = false;  // the last piece of work was short
  while (true) {
    std::function<WorkResult()> work;
    {
      std::unique_lock<std::mutex> guard(mutex_);
      if (is_brisk && work_.empty() && looking_count_ == 0 && !is_ending_) {
        ++looking_count_;
        guard.unlock();
        LookOut(work_count_);
        guard.lock();
        --looking_count_;
      }
      ++sleeping_count_;
      work_ready_.wait(guard, [this] { return is_ending_ || !work_.empty(); });
      --sleeping_count_;
      if (is_ending_) {
        return;
      }
      work = std::move(work_.front());
      work_.pop_front();
      work_count_ = work_.size();
    }
    const auto begin = std::chrono::steady_clock::now();
    WorkResult result = work();
    is_brisk = std::chrono::steady_clock::now() - begin < kBrisk;
    bool is_awaited = false;
    {
      std::lock_guard<std::mutex> guard(mutex_);
      results_.push_back(std::move(result));
      result_count_ = results_.size();
      is_awaited = is_awaited_;
    }
    if (is_awaited) {
      result_ready_.notify_one();
    }
  }
}

}  // namespace upgraph::executor
