#include "plan/version.h"

#include <rapidcheck/catch.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/catch.h"

namespace upgraph::plan {
namespace {

constexpr VersionScheme kSchemes[] = {VersionScheme::kSemver, VersionScheme::kDebian,
                                      VersionScheme::kCalendar, VersionScheme::kNumeric};

Version Read(VersionScheme scheme, const std::string& text) {
  auto version = Version::Parse(scheme, text);
  INFO(VersionSchemeName(scheme) << " " << text);
  REQUIRE(version.ok());
  return *version;
}

void CheckAscending(VersionScheme scheme, const std::vector<std::string>& versions) {
  for (size_t i = 0; i < versions.size(); ++i) {
    for (size_t k = 0; k < versions.size(); ++k) {
      INFO(VersionSchemeName(scheme) << ": " << versions[i] << " and " << versions[k]);
      CHECK((Read(scheme, versions[i]) <=> Read(scheme, versions[k])) == (i <=> k));
    }
  }
}

TEST_CASE("semver: the published order") {
  // semver.org, section 11, items 2 and 4.
  CheckAscending(VersionScheme::kSemver,
                 {"1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2",
                  "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "2.0.0", "2.1.0", "2.1.1"});
}

TEST_CASE("semver: what the published expression takes is read, what it refuses is not") {
  // The valid examples of the expression that semver.org names (regex101.com/r/vkijKf).
  for (const char* text : {"0.0.4",
                           "1.2.3",
                           "10.20.30",
                           "1.1.2-prerelease+meta",
                           "1.1.2+meta",
                           "1.1.2+meta-valid",
                           "1.0.0-alpha",
                           "1.0.0-beta",
                           "1.0.0-alpha.beta",
                           "1.0.0-alpha.beta.1",
                           "1.0.0-alpha.1",
                           "1.0.0-alpha0.valid",
                           "1.0.0-alpha.0valid",
                           "1.0.0-alpha-a.b-c-somethinglong+build.1-aef.1-its-okay",
                           "1.0.0-rc.1+build.1",
                           "2.0.0-rc.1+build.123",
                           "1.2.3-beta",
                           "10.2.3-DEV-SNAPSHOT",
                           "1.2.3-SNAPSHOT-123",
                           "1.0.0",
                           "2.0.0",
                           "1.1.7",
                           "2.0.0+build.1848",
                           "2.0.1-alpha.1227",
                           "1.0.0-alpha+beta",
                           "1.2.3----RC-SNAPSHOT.12.9.1--.12+788",
                           "1.2.3----R-S.12.9.1--.12+meta",
                           "1.2.3----RC-SNAPSHOT.12.9.1--.12",
                           "1.0.0+0.build.1-rc.10000aaa-kk-0.1",
                           "99999999999999999999999.999999999999999999.99999999999999999",
                           "1.0.0-0A.is.legal"}) {
    INFO(text);
    CHECK(Version::Parse(VersionScheme::kSemver, text).ok());
  }
  // Its invalid examples, but for those that our liberties take: missing parts, more numbers.
  for (const char* text : {"1.2.3-0123",
                           "1.2.3-0123.0123",
                           "1.1.2+.123",
                           "+invalid",
                           "-invalid",
                           "-invalid+invalid",
                           "-invalid.01",
                           "alpha",
                           "alpha.beta",
                           "alpha.beta.1",
                           "alpha.1",
                           "alpha+beta",
                           "alpha_beta",
                           "alpha.",
                           "alpha..",
                           "beta",
                           "1.0.0-alpha_beta",
                           "-alpha.",
                           "1.0.0-alpha..",
                           "1.0.0-alpha..1",
                           "1.0.0-alpha...1",
                           "1.0.0-alpha....1",
                           "01.1.1",
                           "1.01.1",
                           "1.1.01",
                           "1.2.3.DEV",
                           "1.2.31.2.3----RC-SNAPSHOT.12.09.1--..12+788",
                           "-1.0.3-gamma+b7718",
                           "+justmeta",
                           "9.8.7+meta+meta",
                           "9.8.7-whatever+meta+meta",
                           "",
                           "v",
                           "4..8",
                           "4.8.",
                           ".4"}) {
    INFO(text);
    CHECK_FALSE(Version::Parse(VersionScheme::kSemver, text).ok());
  }
}

TEST_CASE("semver: missing parts are zero and build metadata does not count") {
  const auto v = [](const char* text) { return Read(VersionScheme::kSemver, text); };
  CHECK(v("4.8") == v("4.8.0"));
  CHECK(v("v5") == v("5.0.0"));
  CHECK(v("4.8.0.1") > v("4.8"));
  CHECK(v("1.0.0+a") == v("1.0.0+b"));
  CHECK(v("1.0.0-99999999999999999999999") < v("1.0.0-100000000000000000000000"));
  CHECK(v("99999999999999999999999.0") < v("100000000000000000000000"));
}

TEST_CASE("debian: the order of dpkg") {
  // The example of deb-version(7) and Debian Policy 5.6.12, then epochs and revisions.
  CheckAscending(VersionScheme::kDebian, {"1~~", "1~~a", "1~", "1", "1a"});
  CheckAscending(
      VersionScheme::kDebian,
      {"1.0~beta1~svn1245", "1.0~beta1", "1.0", "1.0-0+deb12u1", "1.0-1~bpo11+1", "1.0-1",
       "1.0-1.1", "1.0-2", "1.0+dfsg-1", "1.0.1", "1.2", "1.10", "0001:0.1", "1:0.9-1", "2:0~"});
  // dpkg's own comparisons (lib/dpkg/t/t-version.c).
  const auto v = [](const char* text) { return Read(VersionScheme::kDebian, text); };
  CHECK(v("0") == v("0:0-0"));
  CHECK(v("0:0-00") == v("0:0-0"));
  CHECK(v("0:00-0") == v("0:0-0"));
  CHECK(v("0:1.0") == v("1.0-0"));
  CHECK(v("0:0.0.0-1") < v("0:0.0.1-0"));
  CHECK(v("0:0-a") > v("0:0-0"));
  CHECK(v("0:09.9-1") == v("0:9.9-1"));
  CHECK(v("1:2.3.4-1-2") > v("1:2.3.4-1"));
}

TEST_CASE("debian: what dpkg does not read is refused") {
  for (const char* text : {"", ":1", "a:1", "-1:1", "1.0-", "1 0", "1:", "abc", "1.0-1_2", "1.0!",
                           "2147483648:1", "1:2:3-a:b", "1_0"}) {
    INFO(text);
    CHECK_FALSE(Version::Parse(VersionScheme::kDebian, text).ok());
  }
  CHECK(Version::Parse(VersionScheme::kDebian, "2147483647:1").ok());
  CHECK(Version::Parse(VersionScheme::kDebian, "1:2:3").ok());  // with an epoch there may be colons
}

TEST_CASE("calendar: the forms of calver.org") {
  // Ubuntu, pip, Twisted, a modifier, and a short year beside a full one.
  CheckAscending(VersionScheme::kCalendar,
                 {"4.10", "16.04", "16.04.1", "16.10", "18.0", "18.4.0", "2019.3", "2020.06.19",
                  "2020.10.1-alpha", "2020.10.1-alpha.2", "2020.10.1-beta", "2020.10.1", "106.1"});
  const auto v = [](const char* text) { return Read(VersionScheme::kCalendar, text); };
  CHECK(v("16.04") == v("2016.4"));
  CHECK(v("24.04") == v("24.04.0"));
  for (const char* text : {"", "0", "20240401", "10000.1", "24.", "24.04+1", "24.04-", "x.1"}) {
    INFO(text);
    CHECK_FALSE(Version::Parse(VersionScheme::kCalendar, text).ok());
  }
}

TEST_CASE("numeric: numbers and nothing else") {
  CheckAscending(VersionScheme::kNumeric,
                 {"0", "9", "10", "10.0.1", "10.9", "10.10", "117", "100000000000000000000000"});
  const auto v = [](const char* text) { return Read(VersionScheme::kNumeric, text); };
  CHECK(v("007") == v("7.0"));
  for (const char* text : {"", "1-2", "1+2", "1a", "1.", ".1", "1..2", "-1", "1 "}) {
    INFO(text);
    CHECK_FALSE(Version::Parse(VersionScheme::kNumeric, text).ok());
  }
}

TEST_CASE("versions end at 256 characters") {
  for (const VersionScheme scheme : {VersionScheme::kSemver, VersionScheme::kDebian}) {
    CHECK(Version::Parse(scheme, "1." + std::string(kVersionBytesMax - 2, '1')).ok());
    CHECK_FALSE(Version::Parse(scheme, "1." + std::string(kVersionBytesMax - 1, '1')).ok());
  }
}

TEST_CASE("suffixes that the product ignores count for nothing") {
  Product product;
  product.ignored_suffixes = {"-ee", "-ce", "-rc-ee"};
  const auto read = [&](const char* text) { return ReadVersion(product, text).value(); };
  CHECK(read("16.2.1-ee") == read("16.2.1"));
  CHECK(read("16.2.1-ee") == read("16.2.1-ce"));
  CHECK(read("16.2.1-rc-ee") == read("16.2.1"));  // the longest one
  CHECK(read("16.2.1-eee") < read("16.2.1"));     // another word is a pre-release
  product.scheme = "roman";
  CHECK_FALSE(ReadVersion(product, "1").ok());
}

TEST_CASE("a range holds its lower bound, not its upper one, nor that one's pre-releases") {
  Product product;
  VersionRange range{"4.8", "5.0"};
  const auto holds = [&](const char* version) { return *IsInRange(product, version, range); };
  CHECK(holds("4.8.0"));
  CHECK(holds("4.9.7"));
  CHECK(holds("4.9.0-rc1"));
  CHECK_FALSE(holds("5.0.0"));
  CHECK_FALSE(holds("5.0.0-rc1"));
  CHECK_FALSE(holds("4.7.9"));
  CHECK_FALSE(holds("4.8.0-rc1"));
  CHECK(*IsInRange(product, "4.8", {"4.8.0", ""}));
  CHECK_FALSE(*IsInRange(product, "4.8.1", {"4.8.0", ""}));
  product.scheme = "debian";
  CHECK(holds("4.9-2"));
  CHECK(holds("4.9~rc1-1"));
  CHECK_FALSE(holds("5.0~rc1-1"));
  CHECK_FALSE(holds("5.0-1"));
  range.upper = "5.0-1";
  CHECK_FALSE(holds("5.0-1~bpo12+1"));
  CHECK(holds("5.0-0+deb12u1"));
}

TEST_CASE("a version that is no one word is written in quotes") {
  CHECK(FormatVersion("4.8.3-rc.1+b") == "v4.8.3-rc.1+b");
  CHECK(FormatRange({"1:15.3-0+deb12u1", "2:1"}) == "v\"1:15.3-0+deb12u1\" ..< v\"2:1\"");
  CHECK(FormatRange({"4.8", ""}) == "v4.8");
}

// Texts of the few characters in which the schemes differ most; many of them are versions.
std::vector<Version> SomeVersions(VersionScheme scheme, size_t count) {
  std::vector<Version> versions;
  while (versions.size() < count) {
    const auto text =
        *rc::gen::container<std::string>(rc::gen::elementOf(std::string("0123.-~+:ab")));
    auto version = Version::Parse(scheme, "1" + text);
    if (version.ok()) {
      versions.push_back(*version);
    }
  }
  return versions;
}

TEST_CASE("every scheme orders its versions totally") {
  rc::prop("antisymmetric, transitive, and equal ones are equal for all others", [] {
    const auto scheme =
        *rc::gen::elementOf(std::vector<VersionScheme>(std::begin(kSchemes), std::end(kSchemes)));
    const std::vector<Version> v = SomeVersions(scheme, 3);
    RC_ASSERT(v[0] == v[0]);
    RC_ASSERT((v[0] < v[1]) == (v[1] > v[0]));
    RC_ASSERT((v[0] == v[1]) == (v[1] == v[0]));
    if (v[0] <= v[1] && v[1] <= v[2]) {
      RC_ASSERT(v[0] <= v[2]);
    }
    if (v[0] == v[1]) {
      RC_ASSERT((v[0] < v[2]) == (v[1] < v[2]));
      RC_ASSERT((v[0] == v[2]) == (v[1] == v[2]));
    }
  });
}

// What dpkg says of `a relation b`: 0 is yes; 127 when there is no dpkg.
int AskDpkg(const std::string& a, const std::string& relation, const std::string& b) {
  std::vector<std::string> words = {"dpkg", "--compare-versions", a, relation, b};
  std::vector<char*> arguments;
  for (std::string& word : words) {
    arguments.push_back(word.data());
  }
  arguments.push_back(nullptr);
  pid_t child = 0;
  int status = 0;
  if (posix_spawnp(&child, "dpkg", nullptr, nullptr, arguments.data(), environ) != 0 ||
      waitpid(child, &status, 0) != child) {
    return 127;
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 127;
}

TEST_CASE("debian: dpkg says the same of any two versions") {
  if (AskDpkg("1", "lt", "2") != 0) {
    WARN("no dpkg here to ask");
    return;
  }
  rc::prop("as dpkg --compare-versions", [] {
    const auto text = [] {
      std::string version;
      do {
        version =
            "1" + *rc::gen::container<std::string>(rc::gen::elementOf(std::string("0012.-~+ab")));
      } while (!Version::Parse(VersionScheme::kDebian, version).ok());
      return version;
    };
    // Two that begin alike differ late.
    const std::string a = text();
    const std::string b = *rc::gen::arbitrary<bool>() ? a + text().substr(1) : text();
    RC_PRE(Version::Parse(VersionScheme::kDebian, b).ok());
    const Version left = Version::Parse(VersionScheme::kDebian, a).value();
    const Version right = Version::Parse(VersionScheme::kDebian, b).value();
    const char* relation = left < right ? "lt" : left == right ? "eq" : "gt";
    RC_ASSERT(AskDpkg(a, relation, b) == 0);
  });
}

}  // namespace
}  // namespace upgraph::plan
