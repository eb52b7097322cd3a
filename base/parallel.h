#pragma once

#include <cstddef>
#include <functional>

namespace upgraph {

// Calls task(0) … task(count - 1), each once, in no order, and returns when all have ended. The
// caller's thread works too, beside as many others as the machine has cores to spare, up to
// `threads_max` in all. Where a thread cannot be had the others do its share. A task must not throw
// and must not wait for another one.
void ForEachInParallel(size_t count, size_t threads_max, const std::function<void(size_t)>& task);

}  // namespace upgraph
