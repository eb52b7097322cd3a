#pragma once

// Where the boxes of a graph stand when it is drawn in layers, and how its edges run. Pure.

#include <cstddef>
#include <utility>
#include <vector>

namespace upgraph::cli {

struct Point {
  double x = 0;
  double y = 0;
};

struct LayoutInput {
  struct Node {
    double width = 0;
    double height = 0;
    size_t band = 0;  // ascending
  };
  std::vector<Node> nodes;
  std::vector<std::pair<size_t, size_t>> edges;  // from smaller to greater indices
};

struct Layout {
  struct Band {
    double top = 0;
    double bottom = 0;
  };
  std::vector<Point> centers;             // of the nodes
  std::vector<std::vector<Point>> lines;  // of the edges: down from the one node to the other
  std::vector<Band> bands;                // from the first to the last; one without nodes is empty
  double width = 0;
  double height = 0;
};

// Each node stands below all that lead to it; bands follow one another. At most eight nodes stand
// side by side, what is more goes into further rows. An edge that passes rows has a lane of its own
// in them, shared by all edges that begin where it does. In (nodes + edges + lanes) · log.
Layout LayOut(const LayoutInput& input);

}  // namespace upgraph::cli
