#include "plan/version.h"

#include "tests/support/catch.h"

namespace upgraph::plan {
namespace {

Version V(const std::string& text) {
  auto version = Version::Parse(text);
  REQUIRE(version.ok());
  return *version;
}

TEST_CASE("semver: the published order of pre-releases") {
  // semver.org, section 11.4.
  std::vector<std::string> ascending = {"1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta",
                                        "1.0.0-beta",  "1.0.0-beta.2",  "1.0.0-beta.11",
                                        "1.0.0-rc.1",  "1.0.0",         "2.0.0",
                                        "2.1.0",       "2.1.1"};
  for (size_t i = 0; i + 1 < ascending.size(); ++i) {
    INFO(ascending[i] << " < " << ascending[i + 1]);
    CHECK(V(ascending[i]) < V(ascending[i + 1]));
    CHECK(V(ascending[i + 1]) > V(ascending[i]));
  }
}

TEST_CASE("semver: missing parts are zero and build metadata does not count") {
  CHECK(V("4.8") == V("4.8.0"));
  CHECK(V("v5") == V("5.0.0"));
  CHECK(V("1.0.0+a") == V("1.0.0+b"));
  CHECK(V("1.0.0-99999999999999999999999") < V("1.0.0-100000000000000000000000"));
}

TEST_CASE("semver: what is not a version is refused") {
  for (const char* text : {"", "v", "4..8", "4.8.", ".4", "a", "4.8-", "4.8-a..b", "4.8+", "4.8-ä",
                           "99999999999999999999999", "4.-1"}) {
    INFO(text);
    CHECK_FALSE(Version::Parse(text).ok());
  }
  CHECK(Version::Parse("1." + std::string(kVersionBytesMax - 2, '1')).ok() == false);
  CHECK(Version::Parse("1-" + std::string(kVersionBytesMax - 2, 'a')).ok());
  CHECK_FALSE(Version::Parse("1-" + std::string(kVersionBytesMax - 1, 'a')).ok());
}

TEST_CASE("a range holds its lower bound, not its upper one, nor that one's pre-releases") {
  VersionRange range{"4.8", "5.0"};
  CHECK(*IsInRange("4.8.0", range));
  CHECK(*IsInRange("4.9.7", range));
  CHECK(*IsInRange("4.9.0-rc1", range));
  CHECK_FALSE(*IsInRange("5.0.0", range));
  CHECK_FALSE(*IsInRange("5.0.0-rc1", range));
  CHECK_FALSE(*IsInRange("4.7.9", range));
  CHECK_FALSE(*IsInRange("4.8.0-rc1", range));
  CHECK(*IsInRange("4.8", {"4.8.0", ""}));
  CHECK_FALSE(*IsInRange("4.8.1", {"4.8.0", ""}));
}

}  // namespace
}  // namespace upgraph::plan
