#include "compiler/driver/pipeline.h"

#include <filesystem>
#include <fstream>

#include "base/limits.h"
#include "plan/codec.h"
#include "tests/support/catch.h"
#include "tests/support/spec_text.h"
#include "tests/support/temporary_folder.h"

namespace upgraph::driver {
namespace {

namespace fs = std::filesystem;

using support::TemporaryFolder;

void CheckUnreadable(const std::string& path, const std::string& why) {
  Compilation compilation = Compile(path, {});
  REQUIRE(compilation.diagnostics.size() == 1);
  CHECK(compilation.diagnostics[0].name == "unreadable-spec");
  INFO(compilation.diagnostics[0].message);
  CHECK(compilation.diagnostics[0].message.find(why) != std::string::npos);
  CHECK(compilation.exit_code == 1);
  CHECK_FALSE(compilation.plan);
  // Without a place in a text it must render all the same.
  CHECK(support::Messages(compilation).find("[unreadable-spec]") != std::string::npos);
}

TEST_CASE("a spec that cannot be had is a clear error") {
  TemporaryFolder folder;
  CheckUnreadable((folder.path() / "none.upg").string(), "there is no file");
  CheckUnreadable(folder.path().string(), "is a folder");
  CheckUnreadable("", "there is no file");
  if (geteuid() != 0) {
    std::string secret = folder.Write("secret.upg", "");
    fs::permissions(secret, fs::perms::none);
    CheckUnreadable(secret, "cannot be read");
  }
}

TEST_CASE("a spec of more than 32 MiB is refused, one of 32 MiB is read") {
  TemporaryFolder folder;
  // Only size matters here; a hole costs nothing.
  std::string path = folder.Write("large.upg", "");
  fs::resize_file(path, kSourceFileBytesMax + 1);
  Compilation large = Compile(path, {});
  REQUIRE(large.diagnostics.size() == 1);
  CHECK(large.diagnostics[0].name == "too-large");
  CHECK(support::Messages(large).find("large.upg:1:33554433: error: ") != std::string::npos);
  CHECK(large.exit_code == 1);
  fs::resize_file(path, kSourceFileBytesMax + 100'000);
  CHECK(support::Messages(Compile(path, {})) == support::Messages(large));
  CHECK(support::Messages(CompileText(path, std::string(kSourceFileBytesMax + 9, '\0'), "", {})) ==
        support::Messages(large));
  fs::resize_file(path, kSourceFileBytesMax);
  Compilation compilation = Compile(path, {});
  REQUIRE_FALSE(compilation.diagnostics.empty());
  CHECK(compilation.diagnostics[0].name == "bad-encoding");
}

TEST_CASE("a list whose elements no step can wait for is refused, also where a loop uses it") {
  const std::string fact = "fact ports(path: Path) : [Int] { native \"box.ports\" }\n";
  const std::string body =
      "switch {\n for port in ports(\"/a\") max 2 { files.remove(\"/srv/a\") }\n}\n";
  const std::string messages =
      support::Messages(CompileText("a.upg", support::SpecText(fact, body), "", {}));
  CHECK(messages.find("a fact cannot be a `[Int]`") != std::string::npos);
}

TEST_CASE("all files together have a largest size") {
  const std::string body = "switch {\n files.remove(\"/srv/a\")\n}\n";
  Options options;
  options.check_payload = false;
  CHECK(options.source_total_bytes_max == kSourceTotalBytesMax);
  auto compile = [&] { return CompileText("a.upg", support::SpecText("", body), "", options); };
  options.source_total_bytes_max = compile().sources->total_bytes();
  CHECK(support::Messages(compile()) == "");
  --options.source_total_bytes_max;
  Compilation compilation = compile();
  REQUIRE(compilation.diagnostics.size() == 1);
  CHECK(compilation.diagnostics[0].name == "too-large");
  // The import that is one too many: of the spec or of a module.
  CHECK(compilation.diagnostics[0].range.has_value());
  CHECK_FALSE(compilation.plan);
}

TEST_CASE("the payload is looked for beside the spec") {
  TemporaryFolder folder;
  std::string body = "switch {\n files.install(\"payload/x\", to: \"/srv/x\")\n}\n";
  std::string path = folder.Write("sub/box.upg", support::SpecText("", body));
  Compilation without = Compile(path, {});
  REQUIRE(without.diagnostics.size() == 1);
  CHECK(without.diagnostics[0].name == "payload-closed");
  CHECK(without.sources->Text(without.diagnostics[0].range) == "\"payload/x\"");
  CHECK(without.diagnostics[0].message.find((folder.path() / "sub/payload/x").string()) !=
        std::string::npos);
  CHECK(without.payload_root == (folder.path() / "sub").string());

  folder.Write("sub/payload/x", "x");
  Compilation with = Compile(path, {});
  CHECK(with.plan.has_value());
  CHECK(with.exit_code == 0);

  fs::remove(folder.path() / "sub/payload/x");
  fs::create_symlink("nowhere", folder.path() / "sub/payload/x");
  CHECK(Compile(path, {}).plan.has_value());
}

TEST_CASE("each migration needs its way back") {
  TemporaryFolder folder;
  std::string body =
      "switch {\n lock files.lock(\"/srv\") within 9s hold 9m {\n"
      "sql.migrate(sql.sqlite(\"/srv/b.db\"), \"payload/m\")\n}\n}\n";
  std::string path = folder.Write("box.upg", support::SpecText("", body));
  folder.Write("payload/m/001_a.up.sql", "");
  folder.Write("payload/m/001_a.down.sql", "");
  folder.Write("payload/m/README", "");
  CHECK(Compile(path, {}).plan.has_value());
  folder.Write("payload/m/002_b.up.sql", "");
  folder.Write("payload/m/003_c.up.sql", "");
  Compilation compilation = Compile(path, {});
  REQUIRE(compilation.diagnostics.size() == 2);
  CHECK(compilation.diagnostics[0].name == "migration-without-down");
  CHECK(compilation.diagnostics[0].message.find("002_b.down.sql") != std::string::npos);
  CHECK(compilation.diagnostics[1].message.find("003_c.down.sql") != std::string::npos);
}

TEST_CASE("the examples compile, and the same spec gives the same bytes") {
  Options options;
  options.check_payload = false;
  for (const char* name :
       {"dten/dten.upg", "handmade/handmade.upg", "relay/relay.upg", "webshop/webshop.upg"}) {
    std::string path = std::string(UPGRAPH_SOURCE_DIR) + "/examples/" + name;
    Compilation first = Compile(path, options);
    INFO(support::Messages(first));
    REQUIRE(first.plan);
    CHECK(first.diagnostics.empty());
    CHECK(first.plan->tool_version == ToolVersion());
    CHECK(first.plan->stdlib_digest.size() == 64);
    Compilation second = Compile(path, options);
    CHECK(plan::Encode(*first.plan) == plan::Encode(*second.plan));
    Result<plan::Plan> read = plan::Decode(plan::Encode(*first.plan));
    REQUIRE(read.ok());
    CHECK(read.value() == *first.plan);
  }
}

TEST_CASE("each stage can be shown") {
  std::string body = "switch {\n files.remove(\"/srv/a\")\n}\n";
  CHECK(support::CompileSpec("", body, Dump::kAst).dump.find("files.remove") != std::string::npos);
  CHECK(support::CompileSpec("", body, Dump::kSema).dump.find("files.remove(path: Path") !=
        std::string::npos);
  CHECK(support::CompileSpec("", body, Dump::kPlan).dump.find("switch/1: files.remove") !=
        std::string::npos);
  CHECK(support::CompileSpec("", body).dump.empty());
  CHECK(FindDump("plan") == Dump::kPlan);
  CHECK_FALSE(FindDump("tokens"));
}

TEST_CASE("times beyond what a plan may hold are refused") {
  Compilation compilation =
      support::CompileSpec("", "verify {\n files.expect(\"/srv/a\", within: 99999d)\n}\n");
  REQUIRE(compilation.diagnostics.size() == 1);
  CHECK(compilation.diagnostics[0].name == "too-large");
  CHECK_FALSE(compilation.plan);
}

}  // namespace
}  // namespace upgraph::driver
