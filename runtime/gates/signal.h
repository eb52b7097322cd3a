#pragma once

// Reading signals: what gates and watches look at. Reading changes nothing.

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "plan/plan.h"
#include "runtime/env/env.h"

namespace upgraph::gates {

// What a signal says now. Percentages are points (2% is 2), durations milliseconds, truths 0 or 1.
struct Reading {
  double number = 0;
  std::string text;  // of a String
};

struct SignalContext {
  env::Env& env;
  const std::atomic<bool>& cancel;
  int work_lock_fd = -1;  // inherited by commands
};

// No reading takes longer, however long a gate has.
inline constexpr int64_t kReadingMsMax = 10'000;

// Whether there is code for the signal, or for the source, that the library calls so.
bool HasSignal(std::string_view native);
bool HasHandle(std::string_view native);

// An error: the signal is missing now; the message says why.
Result<Reading> ReadSignal(const SignalContext& context, const plan::Signal& signal,
                           int64_t timeout_ms);

// The average over the last `span_ms`, of a signal that has a history.
Result<double> ReadHistory(const SignalContext& context, const plan::Signal& signal,
                           int64_t span_ms, int64_t timeout_ms);

// The reading that a text is for a signal of that type: "12.5", "12.5%", "250ms" or "1.5" (seconds)
// for a duration, "true". Spaces around it do not count.
Result<Reading> ParseReading(plan::ValueKind type, const std::string& text);

}  // namespace upgraph::gates
