#include "runtime/env/time_zone.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>

namespace upgraph::env {
namespace {

constexpr const char* kZoneFolder = "/usr/share/zoneinfo/";
constexpr size_t kZoneBytesMax = 64;
// No zone is further from UTC, and none changes its offset for less.
constexpr int64_t kOffsetSecondsMax = 26 * 3600;
constexpr int64_t kShiftSecondsMin = 15 * 60;

// The C library takes UTC for a zone that it does not know, so it is looked for first.
bool IsZone(const std::string& zone) {
  const bool is_name = !zone.empty() && zone.size() <= kZoneBytesMax && zone[0] != '/' &&
                       zone.find("..") == std::string::npos &&
                       std::all_of(zone.begin(), zone.end(), [](unsigned char c) {
                         return isalnum(c) != 0 || c == '/' || c == '_' || c == '-' || c == '+';
                       });
  if (!is_name) {
    return false;
  }
  const int fd = open((kZoneFolder + zone).c_str(), O_RDONLY | O_CLOEXEC);
  char magic[4] = {};
  const bool is_zone = fd >= 0 && read(fd, magic, sizeof magic) == sizeof magic &&
                       memcmp(magic, "TZif", sizeof magic) == 0;
  if (fd >= 0) {
    close(fd);
  }
  return is_zone;
}

class ZoneScope {
 public:
  explicit ZoneScope(const std::string& zone) {
    if (const char* old = getenv("TZ"); old != nullptr) {
      old_ = old;
    }
    setenv("TZ", (":" + (kZoneFolder + zone)).c_str(), 1);
    tzset();
  }
  ~ZoneScope() {
    if (old_.has_value()) {
      setenv("TZ", old_->c_str(), 1);
    } else {
      unsetenv("TZ");
    }
    tzset();
  }
  ZoneScope(const ZoneScope&) = delete;
  ZoneScope& operator=(const ZoneScope&) = delete;

 private:
  std::optional<std::string> old_;
};

int64_t OffsetSeconds(int64_t seconds) {
  const time_t moment = seconds;
  tm parts{};
  return localtime_r(&moment, &parts) == nullptr ? 0 : parts.tm_gmtoff;
}

}  // namespace

Result<int64_t> WallMsOf(int year, int month, int day, int hour, int minute, int second) {
  using namespace std::chrono;
  const year_month_day date{std::chrono::year(year),
                            std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
      second > 59) {
    return Error{ErrorKind::kInvalid, "there is no such day or time"};
  }
  const auto moment = sys_days(date) + hours(hour) + minutes(minute) + seconds(second);
  return duration_cast<milliseconds>(moment.time_since_epoch()).count();
}

Result<std::vector<int64_t>> FindMoments(int64_t local_ms, const std::string& zone) {
  if (!IsZone(zone)) {
    return Error{ErrorKind::kNotFound, fmt::format("this system knows no time zone `{}`", zone)};
  }
  const ZoneScope scope(zone);
  const int64_t local_seconds = local_ms / 1000;
  std::set<int64_t> offsets;  // that hold there or thereabouts
  for (int64_t at = -kOffsetSecondsMax; at <= kOffsetSecondsMax; at += kShiftSecondsMin) {
    offsets.insert(OffsetSeconds(local_seconds + at));
  }
  std::vector<int64_t> moments;
  for (const int64_t offset : offsets) {
    if (OffsetSeconds(local_seconds - offset) == offset) {
      moments.push_back(local_ms - offset * 1000);
    }
  }
  std::sort(moments.begin(), moments.end());
  return moments;
}

}  // namespace upgraph::env
