#include "runtime/gates/run_gate.h"

#include <fmt/format.h>

#include <algorithm>

namespace upgraph::gates {
namespace {

constexpr int64_t kSleepMs = 20;  // how soon a stop is seen

// False when it was cancelled before.
bool SleepUntil(env::Clock& clock, int64_t boot_ms, const std::atomic<bool>& cancel) {
  while (!cancel.load()) {
    const int64_t left_ms = boot_ms - clock.BootMs();
    if (left_ms <= 0) {
      return true;
    }
    clock.SleepMs(std::min(left_ms, kSleepMs));
  }
  return false;
}

Error Stopped() { return {ErrorKind::kInterrupted, "the gate was stopped"}; }

}  // namespace

std::vector<Look> TakeSample(const std::vector<plan::Condition>& conditions,
                             const std::vector<double>& baselines, const SignalReader& read) {
  std::vector<Look> looks;
  for (size_t i = 0; i < conditions.size(); ++i) {
    looks.push_back(Judge(conditions[i], read(conditions[i].signal), baselines[i]));
  }
  return looks;
}

Status RunGate(env::Clock& clock, const plan::Gate& gate, const std::vector<double>& baselines,
               int64_t deadline_boot_ms, const std::atomic<bool>& cancel, const SignalReader& read,
               const SampleSink& sink) {
  GateJudge judge(gate, clock.BootMs());
  while (true) {
    if (judge.next_ms() > deadline_boot_ms) {
      return Error{
          ErrorKind::kTimeout,
          fmt::format("no verdict after {} samples: too many were missing", judge.sample_count())};
    }
    if (!SleepUntil(clock, judge.next_ms(), cancel)) {
      return Stopped();
    }
    const int64_t now_ms = clock.BootMs();
    const std::vector<Look> looks = TakeSample(gate.conditions, baselines, read);
    if (cancel.load()) {
      return Stopped();  // a reading that was broken off says nothing
    }
    sink(looks);
    switch (judge.Take(now_ms, looks)) {
      case GateJudge::State::kOpen:
        break;
      case GateJudge::State::kHolds:
        return OkStatus();
      case GateJudge::State::kFails:
        return Error{ErrorKind::kFailed,
                     fmt::format("{} (sample {})", judge.reason(), judge.sample_count())};
    }
  }
}

Result<std::vector<double>> MeasureBaselines(env::Clock& clock,
                                             const std::vector<plan::Signal>& signals,
                                             int64_t span_ms, int64_t every_ms,
                                             const std::atomic<bool>& cancel,
                                             const SignalReader& read) {
  struct Sum {
    double sum = 0;
    int64_t read_count = 0;
    int64_t missing_count = 0;
    std::string missing;
  };
  std::vector<Sum> sums(signals.size());
  const int64_t end_ms = clock.BootMs() + span_ms;
  for (int64_t next_ms = clock.BootMs(); next_ms <= end_ms && !signals.empty();
       next_ms = std::max(next_ms + every_ms, clock.BootMs())) {
    if (!SleepUntil(clock, next_ms, cancel)) {
      return Stopped();
    }
    for (size_t i = 0; i < signals.size(); ++i) {
      Result<Reading> reading = read(signals[i]);
      if (reading.ok()) {
        sums[i].sum += reading->number;
        ++sums[i].read_count;
      } else {
        sums[i].missing = reading.error().message;
        ++sums[i].missing_count;
      }
    }
  }
  std::vector<double> averages;
  for (size_t i = 0; i < signals.size(); ++i) {
    const Sum& sum = sums[i];
    if (sum.read_count == 0 || sum.missing_count > sum.read_count) {
      return Error{
          ErrorKind::kFailed,
          fmt::format("no baseline of `{}`: {} of {} readings are missing: {}", signals[i].title,
                      sum.missing_count, sum.missing_count + sum.read_count, sum.missing)};
    }
    averages.push_back(sum.sum / static_cast<double>(sum.read_count));
  }
  return averages;
}

}  // namespace upgraph::gates
