#include "cli/time_axis.h"

#include "tests/support/catch.h"

namespace upgraph::cli {
namespace {

TEST_CASE("times lie on the axis as far apart as they were") {
  const TimeAxis axis({{1000, 3000}, {2000, 5000}}, 400);
  CHECK(axis.X(1000) == Approx(0));
  CHECK(axis.X(2000) == Approx(100));
  CHECK(axis.X(5000) == Approx(400));
  CHECK(axis.X(0) == Approx(0));
  CHECK(axis.X(9999) == Approx(400));
  CHECK(axis.cuts().empty());
}

TEST_CASE("a long rest is cut short, and says how long it was") {
  const TimeAxis axis({{0, 4000}, {604'800'000, 604'801'000}}, 500);
  REQUIRE(axis.cuts().size() == 1);
  CHECK(axis.cuts()[0].ms == 604'796'000);
  CHECK(axis.X(4000) == Approx(axis.cuts()[0].begin_x));
  CHECK(axis.X(604'800'000) == Approx(axis.cuts()[0].end_x));
  CHECK(axis.X(604'801'000) == Approx(500));
  CHECK(axis.X(4000) > 350);
  // Monotone, also in the middle of the cut.
  CHECK(axis.X(300'000'000) > axis.X(4000));
  CHECK(axis.X(300'000'000) < axis.X(604'800'000));
}

TEST_CASE("however many rests there are, what was done has half of the width") {
  std::vector<std::pair<int64_t, int64_t>> busy;
  for (int64_t i = 0; i < 1000; ++i) {
    busy.emplace_back(i * 3'600'000, i * 3'600'000 + 1000);
  }
  const TimeAxis axis(busy, 600);
  double cut = 0;
  for (const TimeAxis::Cut& one : axis.cuts()) {
    cut += one.end_x - one.begin_x;
  }
  CHECK(axis.cuts().size() == 999);
  CHECK(cut == Approx(300));
  CHECK(axis.X(busy.back().second) == Approx(600));
  CHECK(axis.Ticks(0).size() < 20);
}

TEST_CASE("ticks are round, and none stands in a cut") {
  const TimeAxis axis({{500, 10'500}, {900'000, 905'000}}, 700);
  const std::vector<int64_t> ticks = axis.Ticks(500);
  REQUIRE(ticks.size() >= 4);
  CHECK(ticks.size() <= 11);
  for (const int64_t tick : ticks) {
    CHECK((tick - 500) % 1000 == 0);
    CHECK((tick <= 10'500 || tick >= 900'000));
  }
}

TEST_CASE("nothing, and what took no time, can be drawn") {
  CHECK(TimeAxis({}, 100).X(5) == Approx(0));
  CHECK(TimeAxis({}, 100).Ticks(0).empty());
  const TimeAxis moment({{7, 7}}, 100);
  CHECK(moment.X(7) == Approx(0));
  CHECK(moment.X(8) == Approx(0));
}

}  // namespace
}  // namespace upgraph::cli
