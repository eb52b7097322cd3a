#pragma once

// Versions and their order, by the scheme that a product names.
//
//   semver    Semantic Versioning 2.0.0 (semver.org): 4.8.3-rc.1+build. Two liberties: missing
//   parts
//             are zero, and there may be more than three numbers. A number has no leading zero.
//             A pre-release comes before its release; build metadata does not count.
//   debian    what dpkg compares: [epoch:]upstream[-revision], as in 1:15.3-0+deb12u1. A tilde
//   sorts
//             before everything, even the end: 2.0~rc1 comes before 2.0.
//   calendar  numbers with dots, the first one a year (calver.org): 2024.04.1, 24.04, 24.04-beta.2.
//             Leading zeros do not count; a year below 1000 is counted from 2000. What follows a
//             `-` is a modifier that sorts like a pre-release of semver.
//   numeric   numbers with dots and nothing else: 117, 4.10.2. Leading zeros do not count, and
//   missing
//             parts are zero.
//
// Numbers are compared by value, however long. Before all that, the product's ignored suffixes are
// taken off: with `ignoring "-ee", "-ce"` 16.2.1-ee is read as 16.2.1.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "plan/plan.h"

namespace upgraph::plan {

// The most characters of a version that is read; longer ones are refused.
inline constexpr size_t kVersionBytesMax = 256;

enum class VersionScheme : uint8_t { kSemver, kDebian, kCalendar, kNumeric };
inline constexpr int kVersionSchemeCount = 4;
const char* VersionSchemeName(VersionScheme scheme);  // "semver"
// Nothing for a name that no scheme has.
std::optional<VersionScheme> FindVersionScheme(std::string_view name);

// Versions of different schemes are never asked for their order; if they are, schemes come first.
class Version {
 public:
  // A leading "v" is allowed. The error says what is wrong.
  static Result<Version> Parse(VersionScheme scheme, std::string_view text);

  // Whether it is one of what leads up to `release`: 5.0.0-rc1 to 5.0.0, 5.0~rc1-1 to 5.0.
  bool IsPrereleaseOf(const Version& release) const;

  friend std::strong_ordering operator<=>(const Version& a, const Version& b);
  friend bool operator==(const Version& a, const Version& b) { return (a <=> b) == 0; }

 private:
  explicit Version(VersionScheme scheme) : scheme_(scheme) {}
  Status ReadNumbers(std::string_view text);
  Status ReadSemver(std::string_view text);
  Status ReadCalendar(std::string_view text);
  Status ReadDebian(std::string_view text);

  VersionScheme scheme_;
  // Digits without leading zeros, "0" for zero; the last is not zero. Of debian: the epoch alone.
  std::vector<std::string> numbers_;
  std::vector<std::string> prerelease_;
  std::string upstream_;  // of debian
  std::string revision_;  // of debian
};

// Reads a version of the product: by its scheme, without the suffixes that it ignores.
Result<Version> ReadVersion(const Product& product, std::string_view text);

// A range whose bounds were read.
struct ReadRange {
  Version lower;
  std::optional<Version> upper;  // without one it is exactly `lower`

  // A pre-release of the upper bound lies outside.
  bool Holds(const Version& version) const;
};
Result<ReadRange> ReadVersionRange(const Product& product, const VersionRange& range);

// Whether `version` lies in the range.
// An error when one of the texts is not a version.
Result<bool> IsInRange(const Product& product, const std::string& version,
                       const VersionRange& range);

// As it is written in a spec: v4.8.3, and v"1:15.3-0" where it would not be read as one word.
std::string FormatVersion(const std::string& version);
// v4.8 ..< v5.0, or v4.8.3
std::string FormatRange(const VersionRange& range);

}  // namespace upgraph::plan
