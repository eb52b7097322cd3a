#include <stdlib.h>
#include <time.h>

#include "runtime/package/extract_policy.h"
#include "tests/unit/runtime/package/sample.h"

namespace upgraph {
namespace {

using package::OpenPackage;
using package::Package;
using package::PayloadType;

TEST_CASE("a package gives back what was packed") {
  Result<Package> package = OpenPackage(test::SamplePackage());
  REQUIRE(package.ok());
  CHECK(package->digest == Sha256(*package->bytes));
  CHECK(package->plan_bytes == plan::Encode(test::SamplePlan()));
  CHECK(package->manifest.product == "box");
  CHECK(package->manifest.to == "2.0.0");
  CHECK(package->manifest.tool_version == "0.1.0");

  Result<std::vector<package::PayloadEntry>> entries = package->payload->Entries("payload");
  REQUIRE(entries.ok());
  std::vector<std::string> paths;
  for (const package::PayloadEntry& entry : *entries) {
    paths.push_back(entry.path);
    if (entry.type == PayloadType::kFile) {
      CHECK(*package->payload->Read(entry.path) == *test::SamplePayload().Read(entry.path));
    }
  }
  CHECK(paths == std::vector<std::string>{"payload", "payload/opt", "payload/opt/box",
                                          "payload/opt/box/bin", "payload/opt/box/bin-list",
                                          "payload/opt/box/bin/boxd", "payload/opt/box/current",
                                          "payload/opt/box/empty",
                                          "payload/opt/box/na\xc3\xafve.txt", "payload/release"});
  CHECK((*entries)[5].mode == 0755);
  CHECK((*entries)[6].link_target == "bin/boxd");
}

TEST_CASE("entries of a folder are itself and what is below, not its neighbours") {
  const Package package = *OpenPackage(test::SamplePackage());
  Result<std::vector<package::PayloadEntry>> entries =
      package.payload->Entries("payload/opt/box/bin");
  REQUIRE(entries.ok());
  std::vector<std::string> paths;
  for (const package::PayloadEntry& entry : *entries) {
    paths.push_back(entry.path);
  }
  CHECK(paths == std::vector<std::string>{"payload/opt/box/bin", "payload/opt/box/bin/boxd"});
  CHECK(package.payload->Entries("payload/op").error().kind == ErrorKind::kNotFound);
  CHECK(package.payload->Entries("plan.bin").error().kind == ErrorKind::kNotFound);
  CHECK(package.payload->Read("payload/opt").error().kind == ErrorKind::kNotFound);
}

TEST_CASE("the same input gives the same bytes in every time zone") {
  const std::string bytes = test::SamplePackage();
  const char* const before = getenv("TZ");
  const std::string saved = before != nullptr ? before : "";
  for (const char* zone : {"UTC", "Pacific/Auckland", "America/St_Johns", "XXX-14", "YYY+12"}) {
    setenv("TZ", zone, 1);
    tzset();
    CHECK(test::SamplePackage() == bytes);
  }
  before != nullptr ? setenv("TZ", saved.c_str(), 1) : unsetenv("TZ");
  tzset();
}

TEST_CASE("a payload path that is not there is named together with its step") {
  test::MemoryPayload payload;
  payload.AddFile("payload/release", "2.0.0\n");
  Result<std::string> bytes = test::PackSample(test::SamplePlan(), payload);
  REQUIRE_FALSE(bytes.ok());
  CHECK(bytes.error().kind == ErrorKind::kNotFound);
  CHECK(bytes.error().message ==
        "there is no `payload/opt/box` (named by `files.install(\"payload/opt/box\", to: "
        "\"/opt/box\")`, test.upg:1)");
}

TEST_CASE("very dense contents are stored, so that a reader takes them") {
  test::MemoryPayload payload = test::SamplePayload();
  payload.AddFile("payload/release", std::string(3 << 20, '\0'));
  Result<std::string> bytes = test::PackSample(test::SamplePlan(), payload);
  REQUIRE(bytes.ok());
  CHECK(bytes->size() > 3 << 20);
  const Package package = *OpenPackage(*bytes);
  CHECK(package.payload->Read("payload/release")->size() == 3 << 20);
}

TEST_CASE("packing refuses what a reader would refuse") {
  const auto refusal = [](auto change) {
    test::MemoryPayload payload = test::SamplePayload();
    change(payload);
    Result<std::string> bytes = test::PackSample(test::SamplePlan(), payload);
    REQUIRE_FALSE(bytes.ok());
    return bytes.error().message;
  };
  CHECK(refusal([](auto& p) { p.AddFile("payload/opt/box/EMPTY", ""); }) ==
        "entry `payload/opt/box/empty` differs from `payload/opt/box/EMPTY` only in upper and "
        "lower case");
  CHECK(refusal([](auto& p) { p.AddLink("payload/opt/box/out", "../../../etc"); }) ==
        "entry `payload/opt/box/out` links to `../../../etc`, which leaves `payload`");
  CHECK(refusal([](auto& p) { p.AddFile("payload/opt/box/a\\b", ""); }) ==
        "entry `payload/opt/box/a\\b` has a backslash in its name; only `/` parts a path");
  CHECK(refusal([](auto& p) { p.AddFile("payload/opt/box/suid", "", 04755); }) ==
        "entry `payload/opt/box/suid` has mode 4755; a package holds files of 0644 or 0755, "
        "folders of 0755 and links of 0777");
}

TEST_CASE("the name of a package") {
  CHECK(package::PackageFileName("dten") == "Full-upgrade-package-dten.zip");
}

TEST_CASE("a spec does not look like a package") {
  CHECK(package::LooksLikePackage(test::SamplePackage()));
  CHECK_FALSE(package::LooksLikePackage("product dten {"));
  CHECK_FALSE(package::LooksLikePackage(""));
}

}  // namespace
}  // namespace upgraph
