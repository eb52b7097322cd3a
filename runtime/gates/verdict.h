#pragma once

// What samples come to: a gate that holds, one that fails, or one that is still open. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "plan/plan.h"
#include "runtime/gates/signal.h"

namespace upgraph::gates {

// Of one condition at one sample.
struct Look {
  std::optional<Reading> reading;  // none: it was missing
  std::string missing;             // why
  double bound = 0;                // what it was compared with; of numbers
  bool holds = false;
};

// The condition on this reading. `baseline` is used where the condition does.
Look Judge(const plan::Condition& condition, const Result<Reading>& reading, double baseline);
// For people: "edge_p99 is 0.31, not <= 0.22".
std::string Describe(const plan::Condition& condition, const Look& look);
// A number as a spec spells it for that type: 2%, 250ms, 0.31.
std::string FormatReading(plan::ValueKind type, const Reading& reading);

class GateJudge {
 public:
  // `start_ms`: of the same clock as all times here.
  GateJudge(const plan::Gate& gate, int64_t start_ms);

  enum class State { kOpen, kHolds, kFails };
  // When the next sample is due.
  int64_t next_ms() const { return next_ms_; }
  // Takes the looks of one sample, one for each condition, begun at `now_ms`.
  State Take(int64_t now_ms, const std::vector<Look>& looks);
  const std::string& reason() const { return reason_; }  // of kFails, or of the last failed sample
  uint32_t sample_count() const { return sample_count_; }

 private:
  const plan::Gate& gate_;
  int64_t next_ms_;
  int64_t end_ms_;  // the sample that is taken then, or later, is the last
  uint32_t sample_count_ = 0;
  uint32_t failed_count_ = 0;
  std::string reason_;
};

}  // namespace upgraph::gates
