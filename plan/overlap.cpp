#include "plan/overlap.h"

#include <algorithm>

namespace upgraph::plan {

std::vector<std::string> OverlapKey(const Resource& resource) {
  const bool has_any = std::find(resource.arguments.begin(), resource.arguments.end(), "*") !=
                       resource.arguments.end();
  std::vector<std::string> key = {resource.kind};
  if (resource.is_unknown && !has_any) {
    return key;
  }
  for (size_t i = 0; i < resource.arguments.size(); ++i) {
    const std::string& argument = resource.arguments[i];
    if (resource.is_unknown && argument == "*") {
      return key;
    }
    if (resource.overlap != Overlap::kPath || i + 1 < resource.arguments.size()) {
      key.push_back(argument);
      continue;
    }
    for (size_t start = 0; start < argument.size();) {
      const size_t end = std::min(argument.find('/', start), argument.size());
      if (end > start) {
        key.push_back(argument.substr(start, end - start));
      }
      start = end + 1;
    }
    return key;
  }
  // Nothing begins with a whole name but itself: no argument is spelled like this end.
  key.push_back(std::string(1, '\0'));
  return key;
}

bool Overlaps(const Resource& a, const Resource& b) {
  if (a.kind != b.kind || a.is_template || b.is_template) {
    return a.kind == b.kind;
  }
  const std::vector<std::string> left = OverlapKey(a);
  const std::vector<std::string> right = OverlapKey(b);
  const size_t size = std::min(left.size(), right.size());
  return std::equal(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(size), right.begin());
}

}  // namespace upgraph::plan
