#include "base/parallel.h"

#include <atomic>
#include <vector>

#include "tests/support/catch.h"

namespace upgraph {
namespace {

TEST_CASE("each task is done once, whatever the number of threads") {
  for (const size_t threads_max : {0, 1, 2, 64}) {
    for (const size_t count : {0, 1, 3, 1000}) {
      std::vector<int> done(count, 0);
      ForEachInParallel(count, threads_max, [&](size_t i) { ++done[i]; });
      CHECK(done == std::vector<int>(count, 1));
    }
  }
}

TEST_CASE("what tasks did is seen by the caller, and with one thread they run in their order") {
  std::atomic<size_t> sum = 0;
  ForEachInParallel(100, 8, [&](size_t i) { sum += i; });
  CHECK(sum == 4950);
  std::vector<size_t> order;
  ForEachInParallel(5, 1, [&](size_t i) { order.push_back(i); });
  CHECK(order == std::vector<size_t>{0, 1, 2, 3, 4});
}

}  // namespace
}  // namespace upgraph
