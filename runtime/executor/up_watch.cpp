#include "runtime/executor/up_watch.h"

#include "runtime/gates/run_gate.h"

namespace upgraph::executor {

UpWatch::~UpWatch() { cancel_.store(true); }

void UpWatch::Begin(uint32_t hop) {
  if (!run_.host.has_signals() || plan::UpWhenOf(run_.plan, hop).empty()) {
    End();
    return;
  }
  if (!is_on_ || hop != hop_) {
    next_boot_ms_ = run_.env.clock.BootMs();
    ++begun_count_;
  }
  is_on_ = true;
  hop_ = hop;
}

// On a thread of its own: reads what is constant, and `cancel_`.
WorkResult UpWatch::Look(uint32_t hop) const {
  const std::vector<plan::Condition>& conditions = plan::UpWhenOf(run_.plan, hop);
  const gates::SignalContext context{run_.env, cancel_, run_.work_lock_fd};
  const std::vector<gates::Look> looks = gates::TakeSample(
      conditions, std::vector<double>(conditions.size(), 0),
      [&](const plan::Signal& signal) { return gates::ReadSignal(context, signal, kUpLookMsMax); });
  WorkResult result;
  for (size_t i = 0; i < looks.size(); ++i) {
    if (!looks[i].holds) {
      result.status = Error{ErrorKind::kFailed, gates::Describe(conditions[i], looks[i])};
    }
  }
  return result;
}

UpWatch::Seen UpWatch::SeenOf(const WorkResult& result, bool was_over) const {
  return {result.status.ok(), was_over,
          result.status.ok() ? plan::UpWhenOf(run_.plan, hop_).front().title
                             : result.status.error().message};
}

std::optional<UpWatch::Seen> UpWatch::Poll(const std::function<bool()>& is_over) {
  if (pool_ == nullptr) {
    pool_ = std::make_unique<WorkerPool>(1);
  }
  if (pool_->open_count() > 0) {
    const std::optional<WorkResult> result = pool_->Wait(0);
    if (!result.has_value()) {
      return std::nullopt;
    }
    if (look_of_ != begun_count_) {
      return std::nullopt;
    }
    next_boot_ms_ = run_.env.clock.BootMs() + kUpLookEveryMs;
    return SeenOf(*result, was_over_);
  }
  if (run_.env.clock.BootMs() >= next_boot_ms_) {
    was_over_ = is_over();
    look_of_ = begun_count_;
    pool_->Start([this, hop = hop_] { return Look(hop); });
  }
  return std::nullopt;
}

UpWatch::Seen UpWatch::LookNow(bool is_over) {
  while (pool_ != nullptr && pool_->open_count() > 0) {
    (void)pool_->Wait(kUpLookMsMax);
  }
  return SeenOf(Look(hop_), is_over);
}

}  // namespace upgraph::executor
