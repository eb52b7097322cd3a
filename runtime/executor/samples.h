#pragma once

// The samples that a run kept of its gates and watches, summed up for people.

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/env/env.h"

namespace upgraph::executor {

// One condition of a gate or a watch, over all of its samples.
struct SampledCondition {
  std::string step_path;
  std::string title;
  uint64_t sample_count = 0;
  uint64_t held_count = 0;
  uint64_t missing_count = 0;
  std::string last_reading;          // empty: it was missing
  std::string last_failed;           // the last reading that did not hold, or why it was missing
  int64_t first_failed_wall_ms = 0;  // 0: it never did
};

// In the order in which they were first sampled. Nothing where there are no samples, or more than
// kSamplesBytesMax; half a last line does not count.
inline constexpr uint64_t kSamplesBytesMax = 64 << 20;
std::vector<SampledCondition> ReadSamples(env::Env& env, const std::string& run_id);

}  // namespace upgraph::executor
