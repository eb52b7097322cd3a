#include "plan/version.h"

#include <algorithm>

#include "base/check.h"

namespace upgraph::plan {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool IsNumber(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsDigit);
}

bool IsIdentifier(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return IsDigit(c) || IsLetter(c) || c == '-'; });
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

Error Wrong(std::string why) { return {ErrorKind::kInvalid, std::move(why)}; }

std::string WithoutZeros(std::string_view digits) {
  const size_t first = digits.find_first_not_of('0');
  return first == std::string_view::npos ? "0" : std::string(digits.substr(first));
}

// Numbers by value, however long. Without leading zeros the longer one is greater.
std::strong_ordering CompareNumbers(const std::string& a, const std::string& b) {
  return a.size() != b.size() ? a.size() <=> b.size() : a.compare(b) <=> 0;
}

// Part by part; what is missing counts as zero, and no list ends in one.
std::strong_ordering CompareLists(const std::vector<std::string>& a,
                                  const std::vector<std::string>& b) {
  for (size_t i = 0; i < a.size() && i < b.size(); ++i) {
    const std::strong_ordering order = CompareNumbers(a[i], b[i]);
    if (order != 0) {
      return order;
    }
  }
  return a.size() <=> b.size();
}

// semver.org, section 11.
std::strong_ordering ComparePrerelease(const std::vector<std::string>& a,
                                       const std::vector<std::string>& b) {
  if (a.empty() || b.empty()) {
    return a.empty() <=> b.empty();  // a release comes after its pre-releases
  }
  for (size_t i = 0; i < a.size() && i < b.size(); ++i) {
    const bool left_is_number = IsNumber(a[i]);
    const bool right_is_number = IsNumber(b[i]);
    std::strong_ordering order = std::strong_ordering::equal;
    if (left_is_number && right_is_number) {
      order = CompareNumbers(WithoutZeros(a[i]), WithoutZeros(b[i]));
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

// deb-version(7): in what is no digit a tilde comes before the end, the end before letters, and
// letters before the rest.
int DebianRank(std::string_view text, size_t at) {
  if (at >= text.size() || IsDigit(text[at])) {
    return 0;
  }
  if (text[at] == '~') {
    return -1;
  }
  const int code = static_cast<unsigned char>(text[at]);
  return IsLetter(text[at]) ? code : code + 256;
}

// Stretches of other characters and of digits in turn, as dpkg compares them.
std::strong_ordering CompareDebian(std::string_view a, std::string_view b) {
  size_t i = 0;
  size_t k = 0;
  while (i < a.size() || k < b.size()) {
    while ((i < a.size() && !IsDigit(a[i])) || (k < b.size() && !IsDigit(b[k]))) {
      const int left = DebianRank(a, i);
      const int right = DebianRank(b, k);
      if (left != right) {
        return left <=> right;
      }
      // Equal ranks are the same character on both sides.
      ++i;
      ++k;
    }
    const auto number = [](std::string_view text, size_t* at) {
      const size_t start = *at;
      while (*at < text.size() && IsDigit(text[*at])) {
        ++*at;
      }
      return WithoutZeros(text.substr(start, *at - start));
    };
    const std::strong_ordering order = CompareNumbers(number(a, &i), number(b, &k));
    if (order != 0) {
      return order;
    }
  }
  return std::strong_ordering::equal;
}

bool HasOnly(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return IsDigit(c) || IsLetter(c) || others.find(c) != std::string_view::npos;
  });
}

}  // namespace

const char* VersionSchemeName(VersionScheme scheme) {
  switch (scheme) {
    case VersionScheme::kSemver:
      return "semver";
    case VersionScheme::kDebian:
      return "debian";
    case VersionScheme::kCalendar:
      return "calendar";
    case VersionScheme::kNumeric:
      return "numeric";
  }
  UPGRAPH_UNREACHABLE("version scheme");
}

std::optional<VersionScheme> FindVersionScheme(std::string_view name) {
  for (int scheme = 0; scheme < kVersionSchemeCount; ++scheme) {
    if (name == VersionSchemeName(static_cast<VersionScheme>(scheme))) {
      return static_cast<VersionScheme>(scheme);
    }
  }
  return std::nullopt;
}

Status Version::ReadNumbers(std::string_view text) {
  for (const std::string& part : Split(text)) {
    if (!IsNumber(part)) {
      return Wrong("expected numbers with dots between them");
    }
    if (scheme_ == VersionScheme::kSemver && part.size() > 1 && part.front() == '0') {
      return Wrong("a number of the scheme `semver` has no leading zero");
    }
    numbers_.push_back(WithoutZeros(part));
  }
  while (!numbers_.empty() && numbers_.back() == "0") {
    numbers_.pop_back();
  }
  return OkStatus();
}

Status Version::ReadSemver(std::string_view text) {
  const size_t plus = text.find('+');
  if (plus != std::string_view::npos) {
    for (const std::string& part : Split(text.substr(plus + 1))) {
      if (!IsIdentifier(part)) {
        return Wrong("its build part holds more than letters, digits, `-` and `.`");
      }
    }
    text = text.substr(0, plus);
  }
  const size_t dash = text.find('-');
  if (dash != std::string_view::npos) {
    prerelease_ = Split(text.substr(dash + 1));
    for (const std::string& part : prerelease_) {
      if (!IsIdentifier(part)) {
        return Wrong("its pre-release part holds more than letters, digits, `-` and `.`");
      }
      if (scheme_ == VersionScheme::kSemver && IsNumber(part) && part.size() > 1 &&
          part.front() == '0') {
        return Wrong("a number of its pre-release part has a leading zero");
      }
    }
    text = text.substr(0, dash);
  }
  return ReadNumbers(text);
}

Status Version::ReadCalendar(std::string_view text) {
  if (text.find('+') != std::string_view::npos) {
    return Wrong("a version of the scheme `calendar` has no `+`");
  }
  UPGRAPH_TRY(ReadSemver(text));
  if (numbers_.empty() || numbers_.front().size() > 4) {
    return Wrong("its first number is no year");
  }
  if (numbers_.front().size() < 4) {
    numbers_.front() = std::to_string(2000 + std::stoi(numbers_.front()));
  }
  return OkStatus();
}

Status Version::ReadDebian(std::string_view text) {
  const size_t colon = text.find(':');
  std::string_view epoch = "0";
  if (colon != std::string_view::npos) {
    epoch = text.substr(0, colon);
    text = text.substr(colon + 1);
  }
  if (!IsNumber(epoch) || CompareNumbers(WithoutZeros(epoch), "2147483647") > 0) {
    return Wrong("its epoch is no number up to 2147483647");
  }
  numbers_ = {WithoutZeros(epoch)};
  const size_t dash = text.rfind('-');
  if (dash != std::string_view::npos) {
    revision_ = text.substr(dash + 1);
    text = text.substr(0, dash);
    if (revision_.empty() || !HasOnly(revision_, ".+~")) {
      return Wrong("its revision is empty or holds more than letters, digits, `.`, `+` and `~`");
    }
  }
  upstream_ = text;
  if (upstream_.empty() || !IsDigit(upstream_.front())) {
    return Wrong("its upstream part does not begin with a digit");
  }
  if (!HasOnly(upstream_, colon != std::string_view::npos ? ".-+~:" : ".-+~")) {
    return Wrong("its upstream part holds more than letters, digits, `.`, `-`, `+`, `~`");
  }
  return OkStatus();
}

Result<Version> Version::Parse(VersionScheme scheme, std::string_view text) {
  const auto wrong = [&](const std::string& why) {
    return Error{ErrorKind::kInvalid,
                 "`" + std::string(text.substr(0, 64)) + "` is not a version: " + why};
  };
  if (text.size() > kVersionBytesMax) {
    return wrong("longer than 256 characters");
  }
  const std::string_view rest = text.substr(!text.empty() && text.front() == 'v' ? 1 : 0);
  Version version(scheme);
  Status status = OkStatus();
  switch (scheme) {
    case VersionScheme::kSemver:
      status = version.ReadSemver(rest);
      break;
    case VersionScheme::kDebian:
      status = version.ReadDebian(rest);
      break;
    case VersionScheme::kCalendar:
      status = version.ReadCalendar(rest);
      break;
    case VersionScheme::kNumeric:
      status = version.ReadNumbers(rest);
      break;
  }
  if (!status.ok()) {
    return wrong(status.error().message);
  }
  return version;
}

bool Version::IsPrereleaseOf(const Version& release) const {
  if (scheme_ != release.scheme_ || CompareLists(numbers_, release.numbers_) != 0) {
    return false;
  }
  if (scheme_ != VersionScheme::kDebian) {
    return !prerelease_.empty() && release.prerelease_.empty();
  }
  // With the same upstream part a tilde can only stand in the revision.
  const bool is_same = CompareDebian(upstream_, release.upstream_) == 0;
  const std::string& text = is_same ? revision_ : upstream_;
  const std::string& end = is_same ? release.revision_ : release.upstream_;
  for (size_t at = text.find('~'); at != std::string::npos; at = text.find('~', at + 1)) {
    if (CompareDebian(std::string_view(text).substr(0, at), end) == 0) {
      return true;
    }
  }
  return false;
}

std::strong_ordering operator<=>(const Version& a, const Version& b) {
  std::strong_ordering order = a.scheme_ <=> b.scheme_;
  if (order == 0) {
    order = CompareLists(a.numbers_, b.numbers_);
  }
  if (order == 0) {
    order = ComparePrerelease(a.prerelease_, b.prerelease_);
  }
  if (order == 0) {
    order = CompareDebian(a.upstream_, b.upstream_);
  }
  return order != 0 ? order : CompareDebian(a.revision_, b.revision_);
}

Result<Version> ReadVersion(const Product& product, std::string_view text) {
  const std::optional<VersionScheme> scheme = FindVersionScheme(product.scheme);
  if (!scheme) {
    return Error{ErrorKind::kUnsupported,
                 "versions of the scheme `" + product.scheme.substr(0, 64) +
                     "`; this program reads semver, debian, calendar and numeric"};
  }
  size_t ignored = 0;
  for (const std::string& suffix : product.ignored_suffixes) {
    if (text.size() > suffix.size() && text.ends_with(suffix)) {
      ignored = std::max(ignored, suffix.size());
    }
  }
  return Version::Parse(*scheme, text.substr(0, text.size() - ignored));
}

bool ReadRange::Holds(const Version& version) const {
  return upper ? version >= lower && version < *upper && !version.IsPrereleaseOf(*upper)
               : version == lower;
}

Result<ReadRange> ReadVersionRange(const Product& product, const VersionRange& range) {
  UPGRAPH_ASSIGN(Version lower, ReadVersion(product, range.lower));
  ReadRange read{std::move(lower), std::nullopt};
  if (!range.upper.empty()) {
    UPGRAPH_ASSIGN(Version upper, ReadVersion(product, range.upper));
    read.upper = std::move(upper);
  }
  return read;
}

Result<bool> IsInRange(const Product& product, const std::string& version,
                       const VersionRange& range) {
  UPGRAPH_ASSIGN(Version v, ReadVersion(product, version));
  UPGRAPH_ASSIGN(ReadRange read, ReadVersionRange(product, range));
  return read.Holds(v);
}

std::string FormatVersion(const std::string& version) {
  const auto is_word = [](char c) {
    return IsDigit(c) || IsLetter(c) || c == '.' || c == '-' || c == '+';
  };
  const bool is_plain = !version.empty() && IsDigit(version.front()) && version.back() != '-' &&
                        std::all_of(version.begin(), version.end(), is_word);
  return is_plain ? "v" + version : "v\"" + version + "\"";
}

std::string FormatRange(const VersionRange& range) {
  return FormatVersion(range.lower) +
         (range.upper.empty() ? "" : " ..< " + FormatVersion(range.upper));
}

}  // namespace upgraph::plan
