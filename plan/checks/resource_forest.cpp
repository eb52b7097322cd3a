#include "plan/checks/resource_forest.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "plan/overlap.h"

namespace upgraph::plan {

namespace {

std::vector<const Resource*> PointersTo(const std::vector<Resource>& resources) {
  std::vector<const Resource*> pointers;
  pointers.reserve(resources.size());
  for (const Resource& resource : resources) {
    pointers.push_back(&resource);
  }
  return pointers;
}

}  // namespace

ResourceForest::ResourceForest(const std::vector<Resource>& resources)
    : ResourceForest(PointersTo(resources)) {}

ResourceForest::ResourceForest(const std::vector<const Resource*>& resources)
    : node_of_(resources.size()) {
  // All keys lie in one text: they are many, and sorting reads them again and again.
  std::string text;
  std::vector<size_t> ends;
  ends.reserve(resources.size());
  for (const Resource* resource : resources) {
    AppendOverlapKey(*resource, &text);
    ends.push_back(text.size());
  }
  std::vector<std::pair<std::string_view, uint32_t>> keys;
  keys.reserve(resources.size());
  for (uint32_t i = 0; i < ends.size(); ++i) {
    const size_t begin = i == 0 ? 0 : ends[i - 1];
    keys.emplace_back(std::string_view(text).substr(begin, ends[i] - begin), i);
  }
  std::sort(keys.begin(), keys.end());
  std::vector<uint32_t> open;  // nodes that may cover the next one, outermost first
  std::vector<std::string_view> key_of;
  for (const auto& [key, resource] : keys) {
    while (!open.empty() && !key.starts_with(key_of[open.back()])) {
      nodes_[open.back()].end = static_cast<uint32_t>(nodes_.size());
      open.pop_back();
    }
    if (open.empty() || key_of[open.back()] != key) {
      nodes_.push_back({open.empty() ? kNone : open.back(), 0});
      key_of.push_back(key);
      open.push_back(static_cast<uint32_t>(nodes_.size() - 1));
    }
    node_of_[resource] = open.back();
  }
  for (uint32_t node : open) {
    nodes_[node].end = static_cast<uint32_t>(nodes_.size());
  }
}

}  // namespace upgraph::plan
