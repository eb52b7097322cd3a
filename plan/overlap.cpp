#include "plan/overlap.h"

#include <algorithm>
#include <string_view>

namespace upgraph::plan {

namespace {

// A zero byte ends each part; one inside a part is written so that it sorts after that.
void AddPart(std::string_view part, std::string* key) {
  for (char c : part) {
    key->push_back(c);
    if (c == '\0') {
      key->push_back('\xff');
    }
  }
  key->append("\0\1", 2);
}

}  // namespace

std::string OverlapKey(const Resource& resource) {
  const bool has_any = std::find(resource.arguments.begin(), resource.arguments.end(), "*") !=
                       resource.arguments.end();
  std::string key;
  AddPart(resource.kind, &key);
  if (resource.is_unknown && !has_any) {
    return key;
  }
  for (size_t i = 0; i < resource.arguments.size(); ++i) {
    const std::string& argument = resource.arguments[i];
    if (resource.is_unknown && argument == "*") {
      return key;
    }
    if (resource.overlap != Overlap::kPath || i + 1 < resource.arguments.size()) {
      AddPart(argument, &key);
      continue;
    }
    for (size_t start = 0; start < argument.size();) {
      const size_t end = std::min(argument.find('/', start), argument.size());
      if (end > start) {
        AddPart(std::string_view(argument).substr(start, end - start), &key);
      }
      start = end + 1;
    }
    return key;
  }
  // Nothing begins with a whole name but itself: no argument is spelled like this end.
  AddPart(std::string_view("\0", 1), &key);
  return key;
}

bool Overlaps(const Resource& a, const Resource& b) {
  if (a.kind != b.kind || a.is_template || b.is_template) {
    return a.kind == b.kind;
  }
  const std::string left = OverlapKey(a);
  const std::string right = OverlapKey(b);
  return left.starts_with(right) || right.starts_with(left);
}

}  // namespace upgraph::plan
