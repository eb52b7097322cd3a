#include "plan/version.h"

#include <algorithm>
#include <charconv>

namespace upgraph::plan {
namespace {

bool IsNumber(const std::string& text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool IsIdentifierCharacter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

std::vector<std::string> Split(std::string_view text) {
  std::vector<std::string> parts;
  size_t start = 0;
  for (size_t dot = text.find('.'); dot != std::string_view::npos; dot = text.find('.', start)) {
    parts.emplace_back(text.substr(start, dot - start));
    start = dot + 1;
  }
  parts.emplace_back(text.substr(start));
  return parts;
}

Error NotAVersion(std::string_view text, const std::string& why) {
  std::string shown(text.substr(0, 64));
  return {ErrorKind::kInvalid, "`" + shown + "` is not a version: " + why};
}

// Numbers by value, however long; section 11.4.1.
std::strong_ordering CompareNumbers(const std::string& a, const std::string& b) {
  auto strip = [](const std::string& text) {
    size_t first = text.find_first_not_of('0');
    return first == std::string::npos ? std::string("0") : text.substr(first);
  };
  std::string left = strip(a);
  std::string right = strip(b);
  if (left.size() != right.size()) {
    return left.size() <=> right.size();
  }
  return left.compare(right) <=> 0;
}

std::strong_ordering ComparePrerelease(const std::vector<std::string>& a,
                                       const std::vector<std::string>& b) {
  if (a.empty() || b.empty()) {
    return a.empty() <=> b.empty();  // a release comes after its pre-releases
  }
  for (size_t i = 0; i < a.size() && i < b.size(); ++i) {
    bool left_is_number = IsNumber(a[i]);
    bool right_is_number = IsNumber(b[i]);
    std::strong_ordering order = std::strong_ordering::equal;
    if (left_is_number && right_is_number) {
      order = CompareNumbers(a[i], b[i]);
    } else if (left_is_number != right_is_number) {
      order = right_is_number <=> left_is_number;  // numbers come first
    } else {
      order = a[i].compare(b[i]) <=> 0;
    }
    if (order != 0) {
      return order;
    }
  }
  return a.size() <=> b.size();
}

}  // namespace

Result<Version> Version::Parse(std::string_view text) {
  if (text.size() > kVersionBytesMax) {
    return NotAVersion(text, "longer than 256 characters");
  }
  std::string_view rest = text;
  if (!rest.empty() && rest.front() == 'v') {
    rest.remove_prefix(1);
  }
  size_t plus = rest.find('+');
  if (plus != std::string_view::npos) {
    for (const std::string& part : Split(rest.substr(plus + 1))) {
      if (part.empty() || !std::all_of(part.begin(), part.end(), IsIdentifierCharacter)) {
        return NotAVersion(text, "its build part holds more than letters, digits, `-` and `.`");
      }
    }
    rest = rest.substr(0, plus);
  }
  Version version;
  size_t dash = rest.find('-');
  if (dash != std::string_view::npos) {
    version.prerelease_ = Split(rest.substr(dash + 1));
    for (const std::string& part : version.prerelease_) {
      if (part.empty() || !std::all_of(part.begin(), part.end(), IsIdentifierCharacter)) {
        return NotAVersion(text,
                           "its pre-release part holds more than letters, digits, `-` and `.`");
      }
    }
    rest = rest.substr(0, dash);
  }
  for (const std::string& part : Split(rest)) {
    uint64_t number = 0;
    auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), number);
    if (part.empty() || error != std::errc() || end != part.data() + part.size()) {
      return NotAVersion(text, "expected numbers with dots between them");
    }
    version.numbers_.push_back(number);
  }
  while (!version.numbers_.empty() && version.numbers_.back() == 0) {
    version.numbers_.pop_back();
  }
  return version;
}

Version Version::Release() const {
  Version release = *this;
  release.prerelease_.clear();
  return release;
}

std::strong_ordering operator<=>(const Version& a, const Version& b) {
  auto order = std::lexicographical_compare_three_way(a.numbers_.begin(), a.numbers_.end(),
                                                      b.numbers_.begin(), b.numbers_.end());
  return order != 0 ? order : ComparePrerelease(a.prerelease_, b.prerelease_);
}

Result<bool> IsInRange(const std::string& version, const VersionRange& range) {
  UPGRAPH_ASSIGN(Version v, Version::Parse(version));
  UPGRAPH_ASSIGN(Version lower, Version::Parse(range.lower));
  if (range.upper.empty()) {
    return v == lower;
  }
  UPGRAPH_ASSIGN(Version upper, Version::Parse(range.upper));
  return v >= lower && v < upper && !(v.is_prerelease() && v.Release() == upper);
}

std::string FormatRange(const VersionRange& range) {
  return "v" + range.lower + (range.upper.empty() ? "" : " ..< v" + range.upper);
}

}  // namespace upgraph::plan
