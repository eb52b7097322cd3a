#include "runtime/history/window.h"

namespace upgraph::history {

Digest BootMark(const std::string& boot_id) { return Sha256("upgraph boot " + boot_id); }

RunClock::RunClock(const Digest& boot, const std::vector<Record>& records) {
  last_.boot = boot;
  for (const Record& record : records) {
    Add(record);
  }
}

std::vector<int64_t> RunClock::TimesOf(const Digest& boot, const std::vector<Record>& records) {
  RunClock clock(boot, {});
  std::vector<int64_t> times;
  times.reserve(records.size());
  for (const Record& record : records) {
    clock.Add(record);
    times.push_back(clock.time_.ms);
  }
  return times;
}

// Every runner begins with a fence: what follows it was written in the same boot.
void RunClock::Add(const Record& record) {
  if (!is_begun_) {
    is_begun_ = true;
    time_.ms = record.wall_ms;
    last_.wall_ms = record.wall_ms;
    last_.boot_ms = record.boot_ms;
    return;
  }
  Moment moment{record.wall_ms, record.boot_ms, last_.boot, false};
  if (record.kind == RecordKind::kFence) {
    moment.boot = record.digest;
    moment.is_synchronised = !record.text.ends_with(kUnsynchronised);
  }
  GoOn(moment);
}

void RunClock::GoOn(const Moment& moment) {
  const bool is_same_boot = moment.boot == last_.boot;
  const int64_t passed_ms =
      is_same_boot ? moment.boot_ms - last_.boot_ms : moment.wall_ms - last_.wall_ms;
  if (sure_.has_value() && moment.is_synchronised && moment.wall_ms >= sure_->first.wall_ms) {
    // By now somebody does: what nobody knew is made up for.
    time_ = {sure_->second + (moment.wall_ms - sure_->first.wall_ms), ""};
    sure_.reset();
  } else if (passed_ms < 0) {
    sure_.reset();
    time_.doubt = is_same_boot ? "the clock of the boot went backwards"
                               : "the clock went backwards over a reboot";
  } else if (!is_same_boot && !moment.is_synchronised) {
    if (time_.doubt.empty()) {
      sure_ = {last_, time_.ms};
    }
    time_.doubt = "nobody keeps the clock right, and there was a reboot";
  } else {
    time_.ms += passed_ms;
  }
  last_ = moment;
}

RunTime RunClock::At(const Moment& now) const {
  RunClock clock = *this;
  clock.GoOn(now);
  return clock.time_;
}

}  // namespace upgraph::history
