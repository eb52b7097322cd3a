// Where modules of one's own are looked for, and where they are not. What may stand in them is in
// tests/golden/diagnostics.

#include "compiler/driver/own_modules.h"

#include <sys/stat.h>

#include <filesystem>

#include "tests/support/catch.h"
#include "tests/support/spec_text.h"
#include "tests/support/temporary_folder.h"

namespace upgraph::driver {
namespace {

namespace fs = std::filesystem;
using support::TemporaryFolder;

constexpr uint64_t kBytesMax = 1000;

TEST_CASE("a module is the file of its name below the folder of the spec") {
  CHECK(ModulePath("helpers.nginx") == "helpers/nginx.upg");
  CHECK(ModulePath("nginx") == "nginx.upg");
  TemporaryFolder folder;
  folder.Write("helpers/nginx.upg", "let a = 1\n");
  Result<std::string> text = ReadModule(folder.path(), "helpers.nginx", kBytesMax);
  REQUIRE(text.ok());
  CHECK(*text == "let a = 1\n");
  CHECK(FindModules(folder.path()) == std::vector<std::string>{"helpers.nginx"});
}

TEST_CASE("what is not there, and what is no file, is said") {
  TemporaryFolder folder;
  auto missing = ReadModule(folder.path(), "helpers.nginx", kBytesMax);
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().kind == ErrorKind::kNotFound);
  CHECK(missing.error().message ==
        "there is no file `helpers/nginx.upg` in the folder of the spec");

  fs::create_directory(folder.path() / "folder.upg");
  // Nobody writes into it: a reader that waited would wait for ever.
  REQUIRE(mkfifo((folder.path() / "pipe.upg").c_str(), 0600) == 0);
  for (const char* name : {"folder", "pipe"}) {
    auto read = ReadModule(folder.path(), name, kBytesMax);
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().message == std::string("`") + name + ".upg` is no file");
  }
}

TEST_CASE("no link leads out of the folder of the spec") {
  TemporaryFolder outside;
  outside.Write("secret.upg", "let a = 1\n");
  TemporaryFolder folder;
  fs::create_symlink(outside.path() / "secret.upg", folder.path() / "linked.upg");
  fs::create_directory_symlink(outside.path(), folder.path() / "helpers");
  for (const char* name : {"linked", "helpers.secret"}) {
    auto read = ReadModule(folder.path(), name, kBytesMax);
    INFO(name);
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().kind == ErrorKind::kInvalid);
    CHECK(read.error().message.find("is a link or lies behind one") != std::string::npos);
  }
}

TEST_CASE("no more of a module is read than asked for") {
  TemporaryFolder folder;
  folder.Write("large.upg", std::string(kBytesMax + 500, ' '));
  CHECK(ReadModule(folder.path(), "large", kBytesMax)->size() == kBytesMax);
}

TEST_CASE("a spec that is used from elsewhere finds its modules, and messages name their files") {
  TemporaryFolder folder;
  const std::string spec = folder.Write(
      "box.upg", "import helpers.clear\n" + support::SpecText("", "switch {\n  clear.all()\n}\n"));
  folder.Write("helpers/clear.upg",
               "import std.files\nstep all() {\n  steps { files.remove(\"/a\") }\n}\n");
  CHECK(support::Messages(Compile(spec, {})) == "");
  folder.Write("helpers/clear.upg",
               "import std.files\nstep all() {\n  steps { files.remove(1) }\n}\n");
  CHECK(support::Messages(Compile(spec, {}))
            .starts_with((folder.path() / "helpers/clear.upg").string() + ":3:24: error: "));
}

TEST_CASE("modules count among all files together") {
  TemporaryFolder folder;
  const std::string spec =
      folder.Write("box.upg", "import one\nimport two\n" + support::SpecText("", ""));
  folder.Write("one.upg", "// " + std::string(5000, 'x') + "\n");
  folder.Write("two.upg", "// " + std::string(5000, 'x') + "\n");
  Options options;
  options.source_total_bytes_max = 9000;
  const std::string messages = support::Messages(Compile(spec, options));
  CHECK(messages.find("box.upg:2:8: error: with this module all files together") !=
        std::string::npos);
}

}  // namespace
}  // namespace upgraph::driver
