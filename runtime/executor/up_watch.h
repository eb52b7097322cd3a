#pragma once

// Looks whether the service is up while `switch` and `verify` change things, and on the way back:
// `downtime 5m up when CONDITION`. It takes no part in the run, and no step waits for it.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "runtime/executor/step_work.h"
#include "runtime/executor/worker_pool.h"

namespace upgraph::executor {

// From the end of one look to the next, and how long one takes at most. No downtime is measured
// more exactly than that.
inline constexpr int64_t kUpLookEveryMs = 500;
inline constexpr int64_t kUpLookMsMax = 2'000;

// Whether a change that the step makes, or takes back, may take the service away.
inline bool MayTakeServiceAway(const plan::Step& step) {
  return step.phase == plan::Phase::kSwitch && step.undo != plan::UndoClass::kObserves &&
         step.kind != plan::StepKind::kJoin;
}

class UpWatch {
 public:
  // `run` outlives this.
  explicit UpWatch(const RunContext& run) : run_(run) {}
  // Waits for a look that is under way; a reading that takes its time is broken off.
  ~UpWatch();
  UpWatch(const UpWatch&) = delete;
  UpWatch& operator=(const UpWatch&) = delete;

  struct Seen {
    bool is_up = false;
    bool was_over = false;  // nothing of the hop's `switch` was under way when the look began
    std::string text;       // for people: "http.code(…) is 503, not == 200"
  };

  // From now on that hop's service is looked at; nothing where it has no `up when`. What an earlier
  // look sees that is still under way does not count.
  void Begin(uint32_t hop);
  void End() { is_on_ = false; }
  bool is_on() const { return is_on_; }
  uint32_t hop() const { return hop_; }

  // What a look has seen that ended since; begins one when it is time. Does not wait. `is_over`
  // says whether nothing of the hop's `switch` is under way.
  std::optional<Seen> Poll(const std::function<bool()>& is_over);
  // Looks once, which takes kUpLookMsMax at most, and twice that while another look is under way.
  Seen LookNow(bool is_over);

 private:
  WorkResult Look(uint32_t hop) const;
  Seen SeenOf(const WorkResult& result, bool was_over) const;

  const RunContext& run_;
  std::atomic<bool> cancel_{false};
  bool is_on_ = false;
  uint32_t hop_ = 0;
  uint64_t begun_count_ = 0;  // how often it was turned on
  uint64_t look_of_ = 0;      // that number, as the look began that is under way
  bool was_over_ = false;     // as it began
  int64_t next_boot_ms_ = 0;
  std::unique_ptr<WorkerPool> pool_;  // one thread of its own: steps may hold all others
};

}  // namespace upgraph::executor
