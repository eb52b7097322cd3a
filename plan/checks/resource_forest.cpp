#include "plan/checks/resource_forest.h"

#include <algorithm>
#include <utility>

#include "plan/overlap.h"

namespace upgraph::plan {

ResourceForest::ResourceForest(const std::vector<Resource>& resources)
    : node_of_(resources.size()) {
  std::vector<std::pair<std::string, uint32_t>> keys;
  keys.reserve(resources.size());
  for (uint32_t i = 0; i < resources.size(); ++i) {
    keys.emplace_back(OverlapKey(resources[i]), i);
  }
  std::sort(keys.begin(), keys.end());
  std::vector<uint32_t> open;  // nodes that may cover the next one, outermost first
  std::vector<const std::string*> key_of;
  for (const auto& [key, resource] : keys) {
    while (!open.empty() && !key.starts_with(*key_of[open.back()])) {
      nodes_[open.back()].end = static_cast<uint32_t>(nodes_.size());
      open.pop_back();
    }
    if (open.empty() || *key_of[open.back()] != key) {
      nodes_.push_back({open.empty() ? kNone : open.back(), 0});
      key_of.push_back(&key);
      open.push_back(static_cast<uint32_t>(nodes_.size() - 1));
    }
    node_of_[resource] = open.back();
  }
  for (uint32_t node : open) {
    nodes_[node].end = static_cast<uint32_t>(nodes_.size());
  }
}

}  // namespace upgraph::plan
