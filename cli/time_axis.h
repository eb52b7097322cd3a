#pragma once

// Times on a line of some width, where long times in which nothing happened are cut short. Pure.

#include <cstdint>
#include <utility>
#include <vector>

namespace upgraph::cli {

class TimeAxis {
 public:
  struct Cut {
    double begin_x = 0;
    double end_x = 0;
    int64_t ms = 0;  // how long it really was
  };

  // `busy`: from when to when something happened; they may overlap, and none may be there.
  TimeAxis(std::vector<std::pair<int64_t, int64_t>> busy, double width);

  // Of a time outside: the nearer end.
  double X(int64_t ms) const;
  const std::vector<Cut>& cuts() const { return cuts_; }
  // Round times since `zero_ms`, ten or so, none inside of a cut.
  std::vector<int64_t> Ticks(int64_t zero_ms) const;

 private:
  struct Piece {
    int64_t begin_ms = 0;
    int64_t end_ms = 0;
    double begin_x = 0;
    double end_x = 0;
    bool is_cut = false;
  };
  std::vector<Piece> pieces_;
  std::vector<Cut> cuts_;
};

}  // namespace upgraph::cli
