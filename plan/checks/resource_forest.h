#pragma once

// Which resources cover which, asked without comparing them in pairs.

#include <cstdint>
#include <string>
#include <vector>

#include "plan/plan.h"

namespace upgraph::plan {

// Resources in the order of their rows of parts (plan/overlap.h), where all that begin with a row
// follow it: a resource covers exactly those from its own place to `end`.
class ResourceForest {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;
  struct Node {
    uint32_t parent = kNone;  // the nearest that covers it
    uint32_t end = 0;
  };

  explicit ResourceForest(const std::vector<Resource>& resources);
  // Of resources that stand anywhere; their numbers are their positions here.
  explicit ResourceForest(const std::vector<const Resource*>& resources);

  uint32_t NodeOf(ResourceId id) const { return node_of_[id.index()]; }
  const Node& node(uint32_t index) const { return nodes_[index]; }
  size_t size() const { return nodes_.size(); }

 private:
  std::vector<Node> nodes_;
  std::vector<uint32_t> node_of_;
};

}  // namespace upgraph::plan
