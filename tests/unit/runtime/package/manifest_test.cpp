#include "runtime/package/manifest.h"

#include "tests/unit/runtime/package/sample.h"

namespace upgraph {
namespace {

using package::Manifest;
using package::ManifestText;
using package::OpenPackage;
using package::ParseManifest;

std::string SampleText() { return ManifestText(OpenPackage(test::SamplePackage())->manifest); }

std::string RefusalOf(const std::string& text) {
  Result<Manifest> manifest = ParseManifest(text);
  REQUIRE_FALSE(manifest.ok());
  return manifest.error().message;
}

TEST_CASE("a manifest reads its own text") {
  const std::string text = SampleText();
  Result<Manifest> manifest = ParseManifest(text);
  REQUIRE(manifest.ok());
  CHECK(ManifestText(*manifest) == text);
  CHECK(manifest->from == std::vector<plan::VersionRange>{{"1.0.0", "2.0.0"}});
}

TEST_CASE("another format version says so") {
  Result<Manifest> manifest =
      ParseManifest(test::Replaced(SampleText(), "\"format_version\": 1", "\"format_version\": 2"));
  REQUIRE_FALSE(manifest.ok());
  CHECK(manifest.error().kind == ErrorKind::kUnsupported);
  CHECK(manifest.error().message ==
        "the package has format version 2; this program reads version 1");
}

TEST_CASE("a manifest has one spelling") {
  const std::string text = SampleText();
  CHECK(RefusalOf(text + "\n") == "the manifest is wrong: it is not in its one spelling");
  CHECK(RefusalOf(test::Replaced(text, "\"to\"", "\"more\": 1,\n  \"to\"")) ==
        "the manifest is wrong: it is not in its one spelling");
  CHECK(RefusalOf(test::Replaced(text, "\"to\": \"2.0.0\"", "\"to\": \"2.0.0\", \"to\": \"3\"")) ==
        "the manifest is wrong: it is not in its one spelling");
}

TEST_CASE("wrong manifests are refused in words") {
  const std::string text = SampleText();
  CHECK(RefusalOf("[]") == "the manifest is wrong: the manifest is no object");
  CHECK_THAT(RefusalOf("{"), Catch::StartsWith("the manifest is wrong: "));
  CHECK(RefusalOf(test::Replaced(text, "upgraph-package", "tarball")) ==
        "the manifest is wrong: `format` is not `upgraph-package`");
  CHECK(RefusalOf(test::Replaced(text, "\"type\": \"link\"", "\"type\": \"device\"")) ==
        "the manifest is wrong: `device` is no type of entry");
  CHECK(RefusalOf(test::Replaced(text, "\"0755\"", "\"755\"")) ==
        "the manifest is wrong: entry 1 has no mode of four octal digits");
  CHECK(RefusalOf(test::Replaced(text, "\"size\": 6", "\"size\": -6")) ==
        "the manifest is wrong: `size` of entry 10 is no whole number");
  CHECK(RefusalOf(test::Replaced(text, "\"target\": \"bin/boxd\"", "\"target\": \"bin/boxx\"")) ==
        "the manifest is wrong: the digest of `payload/opt/box/current` is not that of its target");
  CHECK(RefusalOf(test::Replaced(text, "\"plan.bin\"", "\"plan.bix\"")) ==
        "entry `plan.bix` has no place in a package, which holds `manifest.json`, `plan.bin` and "
        "what is below `payload/`");
}

}  // namespace
}  // namespace upgraph
