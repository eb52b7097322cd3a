#pragma once

// Versions and their order, by the scheme that a product names. Semantic Versioning 2.0.0
// (semver.org, section 11) with two liberties: missing parts are zero, and there may be more than
// three numbers.

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "plan/plan.h"

namespace upgraph::plan {

// The most characters of a version that is read; longer ones are refused.
inline constexpr size_t kVersionBytesMax = 256;

class Version {
 public:
  // Reads "4.8.3-rc.1+build"; a leading "v" is allowed. The error says what is wrong.
  static Result<Version> Parse(std::string_view text);

  bool is_prerelease() const { return !prerelease_.empty(); }
  // Without the pre-release part: 5.0.0 of 5.0.0-rc1.
  Version Release() const;

  // Build metadata does not count.
  friend std::strong_ordering operator<=>(const Version& a, const Version& b);
  friend bool operator==(const Version& a, const Version& b) { return (a <=> b) == 0; }

 private:
  std::vector<uint64_t> numbers_;  // without trailing zeros
  std::vector<std::string> prerelease_;
};

// Whether `version` lies in the range; a pre-release of the upper bound lies outside.
// An error when one of the texts is not a version.
Result<bool> IsInRange(const std::string& version, const VersionRange& range);

// v4.8 ..< v5.0, or v4.8.3
std::string FormatRange(const VersionRange& range);

}  // namespace upgraph::plan
