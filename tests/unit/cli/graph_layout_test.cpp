#include "cli/graph_layout.h"

#include <rapidcheck/catch.h>

#include "tests/support/catch.h"

namespace upgraph::cli {
namespace {

// What holds of every layout: boxes do not touch, edges lead down from box to box, bands hold their
// nodes and follow one another, and everything is in the picture.
void RequireSound(const LayoutInput& input, const Layout& layout) {
  const auto half_width = [&](size_t i) { return input.nodes[i].width / 2; };
  const auto half_height = [&](size_t i) { return input.nodes[i].height / 2; };
  RC_ASSERT(layout.centers.size() == input.nodes.size());
  for (size_t i = 0; i < input.nodes.size(); ++i) {
    const Point center = layout.centers[i];
    RC_ASSERT(center.x - half_width(i) >= 0);
    RC_ASSERT(center.x + half_width(i) <= layout.width);
    const Layout::Band& band = layout.bands.at(input.nodes[i].band);
    RC_ASSERT(center.y - half_height(i) > band.top);
    RC_ASSERT(center.y + half_height(i) < band.bottom);
    RC_ASSERT(band.bottom <= layout.height);
    for (size_t j = 0; j < i; ++j) {
      const Point other = layout.centers[j];
      RC_ASSERT(std::abs(center.x - other.x) >= half_width(i) + half_width(j) ||
                std::abs(center.y - other.y) >= half_height(i) + half_height(j));
    }
  }
  for (size_t i = 1; i < layout.bands.size(); ++i) {
    RC_ASSERT(layout.bands[i].top > layout.bands[i - 1].bottom);
  }
  for (size_t e = 0; e < input.edges.size(); ++e) {
    const auto [from, to] = input.edges[e];
    const std::vector<Point>& line = layout.lines[e];
    RC_ASSERT(line.size() >= 2u);
    RC_ASSERT(line.front().x == layout.centers[from].x);
    RC_ASSERT(line.back().x == layout.centers[to].x);
    RC_ASSERT(line.back().y == layout.centers[to].y - half_height(to));
    for (size_t k = 1; k < line.size(); ++k) {
      RC_ASSERT(line[k].y > line[k - 1].y);
    }
  }
}

LayoutInput RandomGraph() {
  LayoutInput input;
  const auto count = *rc::gen::inRange<size_t>(0, 60);
  size_t band = 0;
  for (size_t i = 0; i < count; ++i) {
    band += i > 0 && *rc::gen::inRange(0, 15) == 0 ? 1 : 0;
    input.nodes.push_back({static_cast<double>(*rc::gen::inRange(8, 300)),
                           static_cast<double>(*rc::gen::inRange(8, 60)), band});
    for (int k = *rc::gen::inRange(0, 3); k > 0 && i > 0; --k) {
      const std::pair edge(*rc::gen::inRange<size_t>(0, i), i);
      if (std::find(input.edges.begin(), input.edges.end(), edge) == input.edges.end()) {
        input.edges.push_back(edge);
      }
    }
  }
  return input;
}

TEST_CASE("whatever the graph, boxes do not touch and edges lead down") {
  rc::prop("layout", [] {
    const LayoutInput input = RandomGraph();
    RequireSound(input, LayOut(input));
  });
}

TEST_CASE("no more than eight boxes stand side by side") {
  LayoutInput input;
  input.nodes.push_back({100, 40, 0});
  for (size_t i = 1; i <= 200; ++i) {
    input.nodes.push_back({100, 40, 0});
    input.edges.emplace_back(0, i);
  }
  const Layout layout = LayOut(input);
  std::map<double, int> rows;
  for (const Point& center : layout.centers) {
    CHECK(++rows[center.y] <= 8);
  }
  CHECK(rows.size() == 26);
  CHECK(layout.width < 1400);
}

TEST_CASE("a chain is a straight line") {
  LayoutInput input;
  for (size_t i = 0; i < 10; ++i) {
    input.nodes.push_back({100 + static_cast<double>(i), 40, i / 4});
    if (i > 0) {
      input.edges.emplace_back(i - 1, i);
    }
  }
  const Layout layout = LayOut(input);
  for (const Point& center : layout.centers) {
    CHECK(center.x == layout.centers[0].x);
  }
}

TEST_CASE("a graph of thousands of steps is laid out at once") {
  LayoutInput input;
  input.nodes.push_back({100, 40, 0});
  for (size_t i = 1; i <= 8'000; ++i) {
    input.nodes.push_back({100, 40, 0});
    input.edges.emplace_back(i % 2 == 0 ? i - 1 : 0, i);
  }
  input.nodes.push_back({100, 40, 1});
  for (size_t i = 2; i <= 8'000; i += 2) {
    input.edges.emplace_back(i, input.nodes.size() - 1);
  }
  CHECK(LayOut(input).lines.size() == input.edges.size());
}

}  // namespace
}  // namespace upgraph::cli
