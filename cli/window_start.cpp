#include "cli/window_start.h"

#include <fmt/format.h>

#include "cli/format.h"
#include "runtime/env/time_zone.h"

namespace upgraph::cli {
namespace {

constexpr const char* kHint =
    "write 2026-11-30T02:00+01:00, or \"2026-11-30T02:00 Europe/Berlin\" in quotes";
constexpr int kOffsetMinutesMax = 14 * 60;

// Takes `width` digits off the front; false when there are not so many.
bool TakeDigits(std::string_view* text, size_t width, int* number) {
  if (text->size() < width) {
    return false;
  }
  *number = 0;
  for (const char c : text->substr(0, width)) {
    if (c < '0' || c > '9') {
      return false;
    }
    *number = *number * 10 + (c - '0');
  }
  text->remove_prefix(width);
  return true;
}

bool TakeSign(std::string_view* text, char sign) {
  if (text->empty() || text->front() != sign) {
    return false;
  }
  text->remove_prefix(1);
  return true;
}

// "+01:00", and nothing behind it.
bool ReadOffset(std::string_view text, int64_t* offset_ms) {
  const bool is_west = !text.empty() && text.front() == '-';
  int hours = 0;
  int minutes = 0;
  if (!TakeSign(&text, is_west ? '-' : '+') || !TakeDigits(&text, 2, &hours) ||
      !TakeSign(&text, ':') || !TakeDigits(&text, 2, &minutes) || !text.empty() || minutes > 59 ||
      hours * 60 + minutes > kOffsetMinutesMax) {
    return false;
  }
  *offset_ms = (is_west ? -1 : 1) * (hours * 60 + minutes) * int64_t{60'000};
  return true;
}

std::string OffsetText(int64_t offset_ms) {
  const int64_t minutes = (offset_ms < 0 ? -offset_ms : offset_ms) / 60'000;
  return fmt::format("{}{:02}:{:02}", offset_ms < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

Result<int64_t> InZone(std::string_view local, int64_t local_ms, const std::string& zone) {
  const auto moments = env::FindMoments(local_ms, zone);
  if (!moments.ok()) {
    return Error{ErrorKind::kInvalid, fmt::format("--window: {}; an offset does as well: {}+01:00",
                                                  moments.error().message, local)};
  }
  if (moments->empty()) {
    return Error{ErrorKind::kInvalid,
                 fmt::format("--window: {} does not exist in {}, where clocks are put forward over "
                             "it; take a time before or after that",
                             local, zone)};
  }
  if (moments->size() > 1) {
    return Error{ErrorKind::kInvalid,
                 fmt::format("--window: {} exists twice in {}, where clocks are put back; write "
                             "which one: {}{} or {}{}",
                             local, zone, local, OffsetText(local_ms - moments->front()), local,
                             OffsetText(local_ms - moments->back()))};
  }
  return moments->front();
}

}  // namespace

Result<int64_t> ParseWindowStart(const std::string& text) {
  std::string_view rest = text;
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  const bool is_time =
      TakeDigits(&rest, 4, &year) && TakeSign(&rest, '-') && TakeDigits(&rest, 2, &month) &&
      TakeSign(&rest, '-') && TakeDigits(&rest, 2, &day) && TakeSign(&rest, 'T') &&
      TakeDigits(&rest, 2, &hour) && TakeSign(&rest, ':') && TakeDigits(&rest, 2, &minute) &&
      (!TakeSign(&rest, ':') || TakeDigits(&rest, 2, &second));
  if (!is_time) {
    return Error{
        ErrorKind::kInvalid,
        fmt::format("--window: `{}` is no time at which a window begins; {}", text, kHint)};
  }
  const std::string_view local = std::string_view(text).substr(0, text.size() - rest.size());
  const auto local_ms = env::WallMsOf(year, month, day, hour, minute, second);
  if (!local_ms.ok()) {
    return Error{ErrorKind::kInvalid,
                 fmt::format("--window: {}: {}", local, local_ms.error().message)};
  }
  int64_t offset_ms = 0;
  if (rest == "Z") {
    return *local_ms;
  }
  if (ReadOffset(rest, &offset_ms)) {
    return *local_ms - offset_ms;
  }
  if (rest.empty()) {
    return Error{ErrorKind::kInvalid,
                 fmt::format("--window: {} is another moment in each time zone; {}", local, kHint)};
  }
  if (!TakeSign(&rest, ' ')) {
    return Error{ErrorKind::kInvalid, fmt::format("--window: `{}` is no offset; {}", rest, kHint)};
  }
  return InZone(local, *local_ms, std::string(rest));
}

}  // namespace upgraph::cli
