#include "base/parallel.h"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

namespace upgraph {

void ForEachInParallel(size_t count, size_t threads_max, const std::function<void(size_t)>& task) {
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < count; i = next++) {
      task(i);
    }
  };
  const size_t cores = std::max(1U, std::thread::hardware_concurrency());
  const size_t thread_count = std::min({count, threads_max, cores});
  std::vector<std::thread> helpers;
  try {
    while (helpers.size() + 1 < thread_count) {
      helpers.emplace_back(work);
    }
  } catch (const std::system_error&) {
    // The limit of threads is reached: those that are there will do.
  }
  work();
  for (std::thread& helper : helpers) {
    helper.join();
  }
}

}  // namespace upgraph
