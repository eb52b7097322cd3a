#include "runtime/gates/verdict.h"

#include <fmt/format.h>

#include <algorithm>

namespace upgraph::gates {
namespace {

using plan::Comparison;

template <typename T>
bool Compare(Comparison comparison, const T& left, const T& right) {
  switch (comparison) {
    case Comparison::kEqual:
      return left == right;
    case Comparison::kNotEqual:
      return left != right;
    case Comparison::kLess:
      return left < right;
    case Comparison::kLessEqual:
      return left <= right;
    case Comparison::kGreater:
      return left > right;
    case Comparison::kGreaterEqual:
      return left >= right;
  }
  UPGRAPH_UNREACHABLE("comparison");
}

double NumberOf(const plan::Value& value) {
  const bool is_real =
      value.kind == plan::ValueKind::kFloat || value.kind == plan::ValueKind::kPercent;
  return is_real ? value.real : static_cast<double>(value.number);
}

}  // namespace

std::string FormatReading(plan::ValueKind type, const Reading& reading) {
  switch (type) {
    case plan::ValueKind::kString:
      return "\"" + reading.text + "\"";
    case plan::ValueKind::kBool:
      return reading.number != 0 ? "true" : "false";
    case plan::ValueKind::kPercent:
      return fmt::format("{:.6g}%", reading.number);
    case plan::ValueKind::kDuration:
      return fmt::format("{:.6g}ms", reading.number);
    default:
      return fmt::format("{:.6g}", reading.number);
  }
}

Look Judge(const plan::Condition& condition, const Result<Reading>& reading, double baseline) {
  Look look;
  look.bound = condition.baseline_factor * baseline + NumberOf(condition.bound);
  if (!reading.ok()) {
    look.missing = reading.error().message;
    return look;
  }
  look.reading = *reading;
  look.holds = condition.signal.type == plan::ValueKind::kString
                   ? Compare(condition.comparison, reading->text, condition.bound.text)
                   : Compare(condition.comparison, reading->number, look.bound);
  return look;
}

std::string Describe(const plan::Condition& condition, const Look& look) {
  if (!look.reading.has_value()) {
    return fmt::format("`{}` is missing: {}", condition.signal.title, look.missing);
  }
  const plan::ValueKind type = condition.signal.type;
  return fmt::format("`{}` is {}, {}{} {}", condition.signal.title,
                     FormatReading(type, *look.reading), look.holds ? "" : "not ",
                     plan::ComparisonName(condition.comparison),
                     FormatReading(type, {look.bound, condition.bound.text}));
}

GateJudge::GateJudge(const plan::Gate& gate, int64_t start_ms)
    : gate_(gate),
      next_ms_(start_ms + gate.settle_ms),
      end_ms_(start_ms + gate.settle_ms + gate.for_ms) {}

GateJudge::State GateJudge::Take(int64_t now_ms, const std::vector<Look>& looks) {
  ++sample_count_;
  bool is_missing = false;
  bool fails = false;
  for (size_t i = 0; i < looks.size(); ++i) {
    const bool is_gone = !looks[i].reading.has_value();
    const bool counts_as_failed =
        is_gone ? gate_.missing == plan::Missing::kUnsaid || gate_.missing == plan::Missing::kFails
                : !looks[i].holds;
    if (counts_as_failed && !fails) {
      fails = true;
      reason_ = Describe(gate_.conditions[i], looks[i]);
    }
    is_missing = is_missing || (is_gone && gate_.missing == plan::Missing::kWaits);
  }
  if (fails) {
    ++failed_count_;
    if (failed_count_ > gate_.tolerated) {
      return State::kFails;
    }
  } else if (is_missing) {
    // It said nothing: the gate has to hold for all of its time beside this.
    end_ms_ += gate_.every_ms;
  }
  if (now_ms >= end_ms_) {
    return State::kHolds;
  }
  // In the interval, whatever a sample took; the last one is taken when the time is over.
  next_ms_ = std::min(std::max(next_ms_ + gate_.every_ms, now_ms), end_ms_);
  return State::kOpen;
}

}  // namespace upgraph::gates
