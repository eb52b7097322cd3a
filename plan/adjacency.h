#pragma once

// The edges of a graph, by the node that they lead from: all lists in one block of memory.

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace upgraph::plan {

template <typename Node>
class Adjacency {
 public:
  using Edge = std::pair<uint32_t, Node>;  // from, to

  Adjacency() = default;
  // The edges of a node stay in their order.
  Adjacency(size_t node_count, const std::vector<Edge>& edges)
      : starts_(node_count + 1, 0), nodes_(edges.size()) {
    for (const auto& [from, to] : edges) {
      ++starts_[from + 1];
    }
    for (size_t i = 1; i < starts_.size(); ++i) {
      starts_[i] += starts_[i - 1];
    }
    std::vector<uint32_t> next(starts_.begin(), starts_.end() - 1);
    for (const auto& [from, to] : edges) {
      nodes_[next[from]++] = to;
    }
  }

  std::span<const Node> operator[](size_t from) const {
    return {nodes_.data() + starts_[from], nodes_.data() + starts_[from + 1]};
  }

 private:
  std::vector<uint32_t> starts_;  // in nodes_, for each node; and the end
  std::vector<Node> nodes_;
};

}  // namespace upgraph::plan
