#include "plan/overlap.h"

#include <algorithm>
#include <string_view>

namespace upgraph::plan {

namespace {

constexpr std::string_view kPartEnd("\0\1", 2);

// A zero byte ends each part; one inside a part is written so that it sorts after that.
void AddPart(std::string_view part, std::string* key) {
  for (size_t zero = part.find('\0'); zero != std::string_view::npos; zero = part.find('\0')) {
    key->append(part.substr(0, zero + 1));
    key->push_back('\xff');
    part.remove_prefix(zero + 1);
  }
  key->append(part);
  key->append(kPartEnd);
}

// Nothing begins with a whole name but itself and its parts: no argument is spelled like this end.
void AddEnd(std::string* key) { AddPart(std::string_view("\0", 1), key); }

void AddPath(std::string_view path, std::string* key) {
  for (size_t start = 0; start < path.size();) {
    const size_t end = std::min(path.find('/', start), path.size());
    if (end > start) {
      AddPart(path.substr(start, end - start), key);
    }
    start = end + 1;
  }
}

}  // namespace

const std::string& WholeOf(const Resource& resource) {
  return resource.within.empty() ? resource.kind : resource.within;
}

void AppendOverlapKey(const Resource& resource, std::string* key) {
  const bool has_any = std::find(resource.arguments.begin(), resource.arguments.end(), "*") !=
                       resource.arguments.end();
  AddPart(WholeOf(resource), key);
  if (resource.is_unknown && !has_any) {
    return;
  }
  for (size_t i = 0; i <= resource.arguments.size(); ++i) {
    if (!resource.within.empty() && i == resource.within_count) {
      AddEnd(key);
      AddPart(resource.kind, key);
    }
    if (i == resource.arguments.size()) {
      break;
    }
    const std::string& argument = resource.arguments[i];
    if (resource.is_unknown && argument == "*") {
      return;
    }
    if (resource.overlap == Overlap::kPath && i + 1 == resource.arguments.size()) {
      AddPath(argument, key);
      return;
    }
    AddPart(argument, key);
  }
  AddEnd(key);
}

std::string OverlapKey(const Resource& resource) {
  std::string key;
  AppendOverlapKey(resource, &key);
  return key;
}

bool OverlapsAny(const std::set<std::string>& rows, const std::string& row) {
  // One that begins with it stands right after it in their order, …
  const auto at_or_after = rows.lower_bound(row);
  if (at_or_after != rows.end() && at_or_after->starts_with(row)) {
    return true;
  }
  // … and one that it begins with ends where a part of it does.
  for (size_t end = row.find(kPartEnd); end != std::string::npos;
       end = row.find(kPartEnd, end + kPartEnd.size())) {
    if (rows.count(row.substr(0, end + kPartEnd.size())) > 0) {
      return true;
    }
  }
  return false;
}

bool Overlaps(const Resource& a, const Resource& b) {
  if (WholeOf(a) != WholeOf(b) || a.is_template || b.is_template) {
    return WholeOf(a) == WholeOf(b);
  }
  const std::string left = OverlapKey(a);
  const std::string right = OverlapKey(b);
  return left.starts_with(right) || right.starts_with(left);
}

}  // namespace upgraph::plan
