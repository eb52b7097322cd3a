// Packages that somebody broke, by accident or on purpose: each is refused in its own words.

#include "runtime/package/extract_policy.h"
#include "tests/unit/runtime/package/sample.h"

namespace upgraph {
namespace {

using package::Manifest;
using package::OpenPackage;
using package::Package;
using package::PayloadEntry;
using package::PayloadType;
using package::ZipItem;

// A package whose zip and whose manifest can be changed apart from each other.
struct Draft {
  Manifest manifest;
  std::vector<ZipItem> items;  // after manifest.json: plan.bin, then the payload

  Draft() {
    const std::string plan_bytes = plan::Encode(test::SamplePlan());
    manifest.tool_version = "0.1.0";
    manifest.product = "box";
    manifest.from = {{"1.0.0", "2.0.0"}};
    manifest.to = "2.0.0";
    manifest.plan_digest = plan::PlanDigest(plan_bytes);
    Zip({"plan.bin", PayloadType::kFile, 0644, "", plan_bytes, true});
    Zip({"payload", PayloadType::kDirectory, 0755, "", "", true});
    Zip({"payload/release", PayloadType::kFile, 0644, "", "2.0.0\n", true});
    for (const ZipItem& item : items) {
      List(item);
    }
  }
  void Zip(const ZipItem& item) { items.push_back(item); }
  void List(const ZipItem& item) {
    const bool is_link = item.type == PayloadType::kSymlink;
    const std::string& content = is_link ? item.link_target : item.content;
    manifest.entries.push_back({item.path, item.type, item.mode, content.size(),
                                item.type == PayloadType::kDirectory ? Digest() : Sha256(content),
                                item.link_target});
    std::sort(manifest.entries.begin(), manifest.entries.end(),
              [](const PayloadEntry& a, const PayloadEntry& b) { return a.path < b.path; });
  }
  void Both(const ZipItem& item) {
    Zip(item);
    List(item);
  }
  std::string Bytes() const {
    std::vector<ZipItem> all = {
        {"manifest.json", PayloadType::kFile, 0644, "", package::ManifestText(manifest), true}};
    all.insert(all.end(), items.begin(), items.end());
    return test::BuildZip(all);
  }
  std::string Refusal() const { return test::RefusalOf(Bytes()).message; }
};

ZipItem File(const std::string& path, const std::string& content = "x") {
  return {path, PayloadType::kFile, 0644, "", content, true};
}
ZipItem Link(const std::string& path, const std::string& target) {
  return {path, PayloadType::kSymlink, 0777, target, "", true};
}

TEST_CASE("the draft itself is a good package") {
  Result<Package> package = OpenPackage(Draft().Bytes());
  CHECK((package.ok() ? "" : package.error().message) == std::string());
}

TEST_CASE("hostile names are refused, each for its own reason") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"/etc/passwd", "is absolute; names in a package are relative"},
      {"payload/../../etc/passwd", "has `..` in its name"},
      {"payload/a/../b", "has `..` in its name"},
      {"payload/./b", "has `.` in its name"},
      {"payload//b", "has an empty part in its name"},
      {"payload/a\\..\\b", "has a backslash in its name; only `/` parts a path"},
      {"C:/windows",
       "has no place in a package, which holds `manifest.json`, `plan.bin` and what is below "
       "`payload/`"},
      {"Payload/x",
       "has no place in a package, which holds `manifest.json`, `plan.bin` and what is below "
       "`payload/`"},
      {"payload/a\x01", "has a control character in its name"},
      {"payload/" + std::string(256, 'n'),
       "has a part of 256 bytes in its name; at most 255 are allowed"},
  };
  for (const auto& [path, reason] : cases) {
    Draft draft;
    draft.Zip(File(path));
    CHECK(draft.Refusal() == "entry `" + package::Printable(path) + "` " + reason);
  }
}

TEST_CASE("a zero byte and bytes that are not UTF-8 are refused in a name") {
  Draft draft;
  draft.Zip(File("payload/qqq"));
  const std::string bytes = draft.Bytes();
  CHECK(test::RefusalOf(test::Replaced(bytes, "payload/qqq", std::string("payload/q\0q", 11)))
            .message == "entry `payload/q?q` has a zero byte in its name");
  draft.items.back().path = "payload/\xc3\xa9";
  CHECK(test::RefusalOf(test::Replaced(draft.Bytes(), "\xc3\xa9", "\xc3\x41")).message ==
        "entry `payload/?A` has bytes in its name that are not UTF-8");
}

TEST_CASE("too deep and too long paths are refused at their exact limit") {
  const auto nested = [](uint32_t depth) {
    std::string path = "payload";
    for (uint32_t i = 1; i < depth; ++i) {
      path += "/d";
    }
    return path;
  };
  CHECK(package::CheckEntryPath(nested(package::kEntryDepthMax)).ok());
  CHECK_FALSE(package::CheckEntryPath(nested(package::kEntryDepthMax + 1)).ok());
  std::string path = "payload";
  while (path.size() + 201 <= package::kEntryPathBytesMax) {
    path += "/" + std::string(200, 'n');
  }
  path += "/" + std::string(package::kEntryPathBytesMax - path.size() - 1, 'n');
  CHECK(package::CheckEntryPath(path).ok());
  CHECK_FALSE(package::CheckEntryPath(path + "n").ok());
}

TEST_CASE("links may not lead out of the payload") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"/etc/shadow", "links to `/etc/shadow`; links in a package are relative"},
      {"../plan.bin", "links to `../plan.bin`, which leaves `payload`"},
      {"release/../../..", "links to `release/../../..`, which leaves `payload`"},
      {"a\\b", "has a backslash in its target; only `/` parts a path"},
  };
  for (const auto& [target, reason] : cases) {
    Draft draft;
    draft.items.insert(draft.items.begin() + 2, Link("payload/link", target));
    draft.List(draft.items[2]);
    CHECK(draft.Refusal() == "entry `payload/link` " + reason);
  }
  Draft draft;
  draft.items.insert(draft.items.begin() + 2, Link("payload/link", "./release"));
  draft.List(draft.items[2]);
  CHECK(OpenPackage(draft.Bytes()).ok());
}

TEST_CASE("nothing may lie below a link or a file") {
  Draft draft;
  draft.Both(Link("payload/s", "release"));
  draft.Both(File("payload/s/x"));
  CHECK(draft.Refusal() ==
        "entry `payload/s/x` lies in `payload/s`, which is no folder of the package");
}

TEST_CASE("duplicates are refused, also those of another case") {
  Draft draft;
  draft.Zip(File("payload/release", "other"));
  CHECK(draft.Refusal() == "entry `payload/release` occurs twice");
  Draft folded;
  folded.items.insert(folded.items.begin() + 2, File("payload/Release"));
  folded.List(folded.items[2]);
  CHECK(folded.Refusal() ==
        "entry `payload/release` differs from `payload/Release` only in upper and lower case");
}

TEST_CASE("zip and manifest must list the same entries") {
  Draft extra;
  extra.Zip(File("payload/zzz"));
  CHECK(extra.Refusal() == "entry `payload/zzz` is not in the manifest");
  Draft missing;
  missing.List(File("payload/zzz"));
  CHECK(missing.Refusal() ==
        "entry `payload/zzz` is in the manifest, but missing from the package");
  Draft content;
  content.items.back().content = "2.0.1\n";
  CHECK(content.Refusal() == "the content of `payload/release` is not what the manifest says");
  Draft size;
  size.items.back().content = "2.0.0";
  CHECK(size.Refusal() == "entry `payload/release` has 5 bytes; the manifest says 6");
  Draft mode;
  mode.items.back().mode = 0755;
  CHECK(mode.Refusal() ==
        "entry `payload/release` has another type or mode than the manifest says");
  Draft plan;
  plan.manifest.plan_digest = Sha256("another plan");
  CHECK(plan.Refusal() == "the plan in the package is not the one its manifest names");
}

TEST_CASE("the order of the entries is fixed") {
  Draft draft;
  std::swap(draft.items[0], draft.items[1]);
  CHECK(draft.Refusal() == "`plan.bin` is not the second entry of the package");
  Draft payload;
  payload.Both(File("payload/a"));
  CHECK(payload.Refusal() ==
        "entry `payload/a` stands after `payload/release`; entries are in byte order");
  CHECK(test::RefusalOf(test::BuildZip(payload.items)).message ==
        "the package does not begin with `manifest.json`");
}

TEST_CASE("a file that claims too much is refused before it is unpacked") {
  Draft draft;
  draft.Both(File("payload/zeros", std::string(8 << 20, '\0')));
  const std::string refusal = draft.Refusal();
  CHECK_THAT(refusal, Catch::StartsWith("entry `payload/zeros` says that "));
  CHECK_THAT(refusal, Catch::EndsWith(" bytes unpack to 8388608; at most 100 to 1 is allowed"));
}

TEST_CASE("modes beyond those of a package are refused") {
  Draft draft;
  ZipItem item = File("payload/suid");
  item.mode = 04755;
  draft.Both(item);
  CHECK_THAT(draft.Refusal(), Catch::Contains("has mode 4755"));
}

TEST_CASE("every truncation is refused") {
  const std::string bytes = test::SamplePackage();
  for (size_t size = 0; size < bytes.size(); ++size) {
    const Error error = test::RefusalOf(bytes.substr(0, size));
    CHECK(error.kind == ErrorKind::kDamaged);
  }
}

TEST_CASE("bytes before and after a package are refused") {
  const std::string bytes = test::SamplePackage();
  CHECK(test::RefusalOf(bytes + '\0').kind == ErrorKind::kDamaged);
  CHECK(test::RefusalOf(bytes + bytes).kind == ErrorKind::kDamaged);
  CHECK(test::RefusalOf("#!/bin/sh\n" + bytes).kind == ErrorKind::kDamaged);
}

TEST_CASE("a byte in between is refused, wherever it stands") {
  const std::string bytes = test::SamplePackage();
  for (size_t at = 0; at <= bytes.size(); ++at) {
    INFO(at);
    std::string longer = bytes;
    longer.insert(at, 1, '\0');
    CHECK(test::RefusalOf(longer).kind == ErrorKind::kDamaged);
  }
}

// The padding in front of the next byte boundary at the end of a deflate stream carries nothing;
// a flip there is the only one that may go unnoticed, and then the contents are the same.
TEST_CASE("a flipped bit in any byte is refused or changes nothing") {
  const std::string bytes = test::SamplePackage();
  const Package whole = *OpenPackage(bytes);
  size_t unnoticed = 0;
  for (size_t at = 0; at < bytes.size(); ++at) {
    std::string flipped = bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ 1 << at % 8);
    Result<Package> package = OpenPackage(flipped);
    if (package.ok()) {
      ++unnoticed;
      REQUIRE(package->plan_bytes == whole.plan_bytes);
      REQUIRE(package::ManifestText(package->manifest) == package::ManifestText(whole.manifest));
      REQUIRE(package->digest != whole.digest);
    }
  }
  CHECK(unnoticed <= whole.manifest.entries.size() + 1);  // one byte of padding for each
}

TEST_CASE("a zip of another maker is refused") {
  std::string bytes = test::SamplePackage();
  bytes[bytes.size() - 2] = 1;  // says that a comment follows
  CHECK(test::RefusalOf(bytes + "c").kind == ErrorKind::kDamaged);
  CHECK(test::RefusalOf(bytes).message ==
        "the zip was not made by `upgraph pack`: it has a comment");
  const std::string empty_zip = std::string("PK\5\6", 4) + std::string(18, '\0');
  CHECK(test::RefusalOf(empty_zip).message == "the package does not begin with `manifest.json`");
}

}  // namespace
}  // namespace upgraph
