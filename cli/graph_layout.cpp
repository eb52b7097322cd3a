#include "cli/graph_layout.h"

#include <algorithm>
#include <limits>
#include <map>

namespace upgraph::cli {
namespace {

constexpr size_t kColumnsMax = 8;
// More lanes than this, or more edges in them, are not led around the boxes: nobody follows them.
constexpr size_t kLanesMax = 120;
constexpr size_t kLaneEdgesMax = 2'000;
// As many edges that end at one node have lanes of their own, which are easier to follow.
constexpr size_t kOwnLanesMax = 6;
constexpr double kGap = 22;       // between neighbours of a row
constexpr double kLane = 14;      // the width of a lane
constexpr double kLaneGap = 4;    // between neighbouring lanes
constexpr double kRowGap = 34;    // between rows: room for the curves
constexpr double kBandHead = 30;  // above the first row of a band: its name
constexpr double kBandGap = 16;   // between bands
constexpr double kMargin = 20;

// A node of the row that is placed, or a lane for edges that lead further down.
struct Item {
  size_t node = 0;
  bool is_lane = false;
  double wanted = 0;
  double x = 0;
  double width = 0;
  std::vector<size_t> sources;  // of a lane: the nodes above whose edges share it
};

class Placing {
 public:
  explicit Placing(const LayoutInput& input)
      : input_(input),
        into_(input.nodes.size()),
        open_edges_(input.nodes.size(), 0),
        open_targets_(input.nodes.size(), 0) {
    layout_.centers.resize(input.nodes.size());
    layout_.lines.resize(input.edges.size());
    for (size_t i = 0; i < input.edges.size(); ++i) {
      into_[input.edges[i].second].push_back(i);
      ++open_edges_[input.edges[i].first];
      open_targets_[input.edges[i].first] += input.edges[i].second;
    }
  }

  Layout Run() {
    const std::vector<std::vector<size_t>> layers = Layers();
    y_ = kMargin;
    for (const std::vector<size_t>& layer : layers) {
      EnterBand(input_.nodes[layer.front()].band);
      PlaceLayer(layer);
    }
    if (!layout_.bands.empty()) {
      layout_.bands.back().bottom = y_ - kRowGap / 2;
    }
    Normalize();
    return std::move(layout_);
  }

 private:
  // By the longest way from the top; a band begins below the one before it.
  std::vector<std::vector<size_t>> Layers() const {
    std::vector<std::vector<size_t>> layers;
    std::vector<size_t> layer_of(input_.nodes.size(), 0);
    size_t first = 0;
    for (size_t i = 0; i < input_.nodes.size(); ++i) {
      if (i > 0 && input_.nodes[i].band != input_.nodes[i - 1].band) {
        first = layers.size();
      }
      layer_of[i] = first;
      for (const size_t edge : into_[i]) {
        layer_of[i] = std::max(layer_of[i], layer_of[input_.edges[edge].first] + 1);
      }
      layers.resize(std::max(layers.size(), layer_of[i] + 1));
      layers[layer_of[i]].push_back(i);
    }
    return layers;
  }

  void EnterBand(size_t band) {
    if (layout_.bands.size() > band) {
      return;
    }
    if (!layout_.bands.empty()) {
      layout_.bands.back().bottom = y_ - kRowGap / 2;
      y_ += kBandGap;
    }
    layout_.bands.resize(band + 1, {y_, y_});
    y_ += kBandHead;
  }

  // What its edges come from, on the average.
  double Wanted(size_t node) const {
    double sum = 0;
    for (const size_t edge : into_[node]) {
      sum += lanes_.at(input_.edges[edge].first).back().x;
    }
    return into_[node].empty() ? 0 : sum / static_cast<double>(into_[node].size());
  }

  void PlaceLayer(const std::vector<size_t>& layer) {
    std::vector<Item> nodes;
    for (const size_t node : layer) {
      nodes.push_back({node, false, Wanted(node), 0, input_.nodes[node].width});
    }
    std::stable_sort(nodes.begin(), nodes.end(),
                     [](const Item& a, const Item& b) { return a.wanted < b.wanted; });
    for (size_t begin = 0; begin < nodes.size(); begin += kColumnsMax) {
      const size_t end = std::min(begin + kColumnsMax, nodes.size());
      std::vector<Item> row(nodes.begin() + static_cast<std::ptrdiff_t>(begin),
                            nodes.begin() + static_cast<std::ptrdiff_t>(end));
      // Of those that want the same place the first half stands left of it, and a lane between.
      for (size_t k = 0; k < row.size(); ++k) {
        row[k].wanted +=
            (static_cast<double>(k) + 0.75 - static_cast<double>(row.size()) / 2) / 100;
      }
      PlaceRow(std::move(row));
    }
  }

  void PlaceRow(std::vector<Item> row) {
    double height = 0;
    for (const Item& item : row) {
      height = std::max(height, input_.nodes[item.node].height);
      CloseEdges(item.node);
    }
    AddLanes(&row);
    if (row.size() == 1) {
      row[0].wanted = 0;  // alone: back to the middle, whatever drift the rows above had
    }
    Spread(&row);
    for (const Item& item : row) {
      if (item.is_lane) {
        for (const size_t source : item.sources) {
          std::vector<Point>& line = lanes_.at(source);
          line.push_back({item.x, y_});
          line.push_back({item.x, y_ + height});
        }
      } else {
        PlaceNode(item.node, {item.x, y_ + height / 2});
      }
    }
    y_ += height + kRowGap;
  }

  // Edges that begin at one node share a lane, and so do those that have nothing left but to end at
  // one: a hundred branches are two lanes.
  void AddLanes(std::vector<Item>* row) const {
    std::map<size_t, size_t> counts;  // of nodes at which such edges end
    for (const auto& [source, line] : lanes_) {
      counts[open_targets_[source]] += open_edges_[source] == 1 ? 1 : 0;
    }
    std::map<std::pair<bool, size_t>, Item> lanes;
    size_t edge_count = 0;
    for (const auto& [source, line] : lanes_) {
      const bool has_one_target =
          open_edges_[source] == 1 && counts[open_targets_[source]] > kOwnLanesMax;
      const std::pair key(has_one_target, has_one_target ? open_targets_[source] : source);
      if (++edge_count > kLaneEdgesMax || (lanes.size() >= kLanesMax && lanes.count(key) == 0)) {
        continue;
      }
      Item& lane = lanes[key];
      // The one that came first leads, and the others join it.
      lane.wanted = lane.sources.empty() ? line.back().x : lane.wanted;
      lane.is_lane = true;
      lane.width = kLane;
      lane.sources.push_back(source);
    }
    for (auto& [key, lane] : lanes) {
      row->push_back(std::move(lane));
    }
  }

  // Side by side, each as near to where it wants to be as its neighbours let it: the least squares,
  // by pooling neighbours that would lie over one another into blocks that move as one.
  static void Spread(std::vector<Item>* row) {
    std::stable_sort(row->begin(), row->end(),
                     [](const Item& a, const Item& b) { return a.wanted < b.wanted; });
    struct Block {
      double sum = 0;  // of where its items want its beginning to be
      size_t count = 0;
      double Mean() const { return sum / static_cast<double>(count); }
    };
    std::vector<Block> blocks;
    std::vector<double> from_left(row->size(), 0);  // of each item when none has room to spare
    for (size_t i = 0; i < row->size(); ++i) {
      const Item& item = (*row)[i];
      if (i > 0) {
        const Item& left = (*row)[i - 1];
        const double gap = left.is_lane && item.is_lane ? kLaneGap : kGap;
        from_left[i] = from_left[i - 1] + left.width / 2 + gap + item.width / 2;
      }
      blocks.push_back({item.wanted - from_left[i], 1});
      while (blocks.size() > 1 && blocks[blocks.size() - 2].Mean() >= blocks.back().Mean()) {
        const Block last = blocks.back();
        blocks.pop_back();
        blocks.back().sum += last.sum;
        blocks.back().count += last.count;
      }
    }
    size_t next = 0;
    for (const Block& block : blocks) {
      for (size_t k = 0; k < block.count; ++k, ++next) {
        (*row)[next].x = block.Mean() + from_left[next];
      }
    }
  }

  // The edges into the node have come as far as the row above it.
  void CloseEdges(size_t node) {
    for (const size_t edge : into_[node]) {
      const size_t from = input_.edges[edge].first;
      layout_.lines[edge] = lanes_.at(from);
      open_targets_[from] -= node;
      if (--open_edges_[from] == 0) {
        lanes_.erase(from);
      }
    }
  }

  void PlaceNode(size_t node, Point center) {
    layout_.centers[node] = center;
    const double half = input_.nodes[node].height / 2;
    for (const size_t edge : into_[node]) {
      layout_.lines[edge].push_back({center.x, center.y - half});
    }
    if (open_edges_[node] > 0) {
      lanes_[node] = {{center.x, center.y + half}};
    }
  }

  void Normalize() {
    double left = std::numeric_limits<double>::max();
    double right = std::numeric_limits<double>::lowest();
    for (size_t i = 0; i < layout_.centers.size(); ++i) {
      left = std::min(left, layout_.centers[i].x - input_.nodes[i].width / 2);
      right = std::max(right, layout_.centers[i].x + input_.nodes[i].width / 2);
    }
    const auto each_point = [this](auto visit) {
      for (std::vector<Point>& line : layout_.lines) {
        for (Point& point : line) {
          visit(point);
        }
      }
    };
    each_point([&](const Point& point) {
      left = std::min(left, point.x - kLane);
      right = std::max(right, point.x + kLane);
    });
    if (layout_.centers.empty()) {
      left = right = 0;
    }
    const double shift = 2 * kMargin - left;
    for (Point& center : layout_.centers) {
      center.x += shift;
    }
    each_point([&](Point& point) { point.x += shift; });
    layout_.width = right - left + 4 * kMargin;
    layout_.height = y_ + kMargin - (layout_.centers.empty() ? 0 : kRowGap / 2);
  }

  const LayoutInput& input_;
  Layout layout_;
  std::vector<std::vector<size_t>> into_;  // of each node: its edges, by their indices
  std::vector<size_t> open_edges_;         // of each node: edges that have not come to their end
  std::vector<size_t> open_targets_;       // their ends, added up: of one edge its end
  std::map<size_t, std::vector<Point>> lanes_;  // of nodes with such edges: the way so far
  double y_ = 0;
};

}  // namespace

Layout LayOut(const LayoutInput& input) { return Placing(input).Run(); }

}  // namespace upgraph::cli
