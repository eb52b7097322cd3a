#include "runtime/history/window.h"

#include <charconv>

namespace upgraph::history {

std::optional<Window> WindowOf(const Record& record) {
  const char* end = record.text.data() + record.text.size();
  Window window;
  const auto begin = std::from_chars(record.text.data(), end, window.begin_wall_ms);
  if (begin.ec != std::errc() || begin.ptr == end || *begin.ptr != ' ') {
    return std::nullopt;
  }
  const auto last = std::from_chars(begin.ptr + 1, end, window.end_wall_ms);
  return last.ec == std::errc() && last.ptr == end && window.begin_wall_ms >= 0 &&
                 window.end_wall_ms >= window.begin_wall_ms
             ? std::optional(window)
             : std::nullopt;
}

std::string WindowText(const Window& window) {
  return std::to_string(window.begin_wall_ms) + " " + std::to_string(window.end_wall_ms);
}

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
  if (record.kind == RecordKind::kUnparked) {
    time_ = {record.wall_ms, ""};
    sure_.reset();
  }
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
