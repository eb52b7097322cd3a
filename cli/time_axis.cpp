#include "cli/time_axis.h"

#include <algorithm>

namespace upgraph::cli {
namespace {

constexpr double kCutWidth = 26;
constexpr double kTickWidthMin = 70;
// Shorter ones are drawn as they were.
constexpr int64_t kCutMsMin = 1000;

// 1, 2, 5, 10 … ms, then what clocks have.
int64_t TickAbove(double ms) {
  constexpr int64_t kSteps[] = {1,      2,      5,       10,      20,      50,        100,
                                200,    500,    1'000,   2'000,   5'000,   10'000,    15'000,
                                30'000, 60'000, 120'000, 300'000, 600'000, 1'800'000, 3'600'000};
  for (const int64_t step : kSteps) {
    if (static_cast<double>(step) >= ms) {
      return step;
    }
  }
  int64_t step = 2 * 3'600'000;
  while (static_cast<double>(step) < ms) {
    step *= 2;
  }
  return step;
}

std::vector<std::pair<int64_t, int64_t>> Joined(std::vector<std::pair<int64_t, int64_t>> busy) {
  std::sort(busy.begin(), busy.end());
  std::vector<std::pair<int64_t, int64_t>> joined;
  for (const auto& [begin, end] : busy) {
    if (!joined.empty() && begin <= joined.back().second) {
      joined.back().second = std::max(joined.back().second, end);
    } else {
      joined.emplace_back(begin, std::max(begin, end));
    }
  }
  return joined;
}

}  // namespace

TimeAxis::TimeAxis(std::vector<std::pair<int64_t, int64_t>> busy, double width) {
  busy = Joined(std::move(busy));
  if (busy.empty()) {
    busy.emplace_back(0, 0);
  }
  int64_t busy_ms = 0;
  for (const auto& [begin, end] : busy) {
    busy_ms += end - begin;
  }
  // A rest that is longer than a quarter of all that was done would leave no room for that.
  const int64_t cut_ms = std::max(kCutMsMin, busy_ms / 4);
  pieces_.push_back({busy[0].first, busy[0].second});
  for (size_t i = 1; i < busy.size(); ++i) {
    if (busy[i].first - pieces_.back().end_ms > cut_ms) {
      pieces_.push_back({pieces_.back().end_ms, busy[i].first, 0, 0, true});
      pieces_.push_back({busy[i].first, busy[i].second});
    } else {
      pieces_.back().end_ms = busy[i].second;
    }
  }
  int64_t drawn_ms = 0;
  double cut_width = 0;
  for (const Piece& piece : pieces_) {
    drawn_ms += piece.is_cut ? 0 : piece.end_ms - piece.begin_ms;
    cut_width += piece.is_cut ? kCutWidth : 0;
  }
  // So many cuts that nothing else would have room: they share half of it.
  const double scale = cut_width > width / 2 ? width / 2 / cut_width : 1;
  const double rest = width - cut_width * scale;
  double x = 0;
  for (Piece& piece : pieces_) {
    piece.begin_x = x;
    if (piece.is_cut) {
      x += kCutWidth * scale;
    } else if (drawn_ms > 0) {
      x +=
          rest * static_cast<double>(piece.end_ms - piece.begin_ms) / static_cast<double>(drawn_ms);
    }
    piece.end_x = x;
    if (piece.is_cut) {
      cuts_.push_back({piece.begin_x, piece.end_x, piece.end_ms - piece.begin_ms});
    }
  }
}

double TimeAxis::X(int64_t ms) const {
  const auto piece = std::lower_bound(
      pieces_.begin(), pieces_.end(), ms,
      [](const Piece& candidate, int64_t time_ms) { return candidate.end_ms < time_ms; });
  if (piece == pieces_.end()) {
    return pieces_.back().end_x;
  }
  if (ms <= piece->begin_ms || piece->end_ms == piece->begin_ms) {
    return piece->begin_x;
  }
  return piece->begin_x + (piece->end_x - piece->begin_x) *
                              static_cast<double>(ms - piece->begin_ms) /
                              static_cast<double>(piece->end_ms - piece->begin_ms);
}

std::vector<int64_t> TimeAxis::Ticks(int64_t zero_ms) const {
  double ms_per_x = 0;
  for (const Piece& piece : pieces_) {
    if (!piece.is_cut && piece.end_x > piece.begin_x) {
      ms_per_x = static_cast<double>(piece.end_ms - piece.begin_ms) / (piece.end_x - piece.begin_x);
    }
  }
  std::vector<int64_t> ticks;
  const int64_t step = TickAbove(kTickWidthMin * ms_per_x);
  double last_x = -kTickWidthMin;
  for (const Piece& piece : pieces_) {
    if (piece.is_cut || piece.end_x <= piece.begin_x) {
      continue;
    }
    const int64_t since_ms = piece.begin_ms - zero_ms;
    const int64_t first = (since_ms > 0 ? (since_ms + step - 1) / step : since_ms / step) * step;
    for (int64_t at = zero_ms + first; at <= piece.end_ms; at += step) {
      if (X(at) - last_x >= kTickWidthMin - 1) {
        ticks.push_back(at);
        last_x = X(at);
      }
    }
  }
  return ticks;
}

}  // namespace upgraph::cli
