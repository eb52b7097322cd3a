#include "cli/spec_files.h"

#include "cli/whole_file.h"
#include "tests/support/catch.h"
#include "tests/support/scratch_host.h"

namespace upgraph::cli {
namespace {

namespace fs = std::filesystem;

// The paths that were found, without the root, one a line.
std::string Found(const test::ScratchHost& host, const std::vector<std::string>& names) {
  std::vector<std::string> paths;
  for (const std::string& name : names) {
    paths.push_back(host.root() + name);
  }
  const Result<std::vector<std::string>> found = FindSpecs(paths);
  if (!found.ok()) {
    return "(" + found.error().message + ")";
  }
  std::string text;
  for (const std::string& path : *found) {
    text += path.substr(host.root().size()) + "\n";
  }
  return text;
}

TEST_CASE("specs are found below folders, in order, each once") {
  test::ScratchHost host;
  host.Write("/b/z.upg", "");
  host.Write("/b/a/y.upg", "");
  host.Write("/b/notes.txt", "");
  host.Write("/b/.git/x.upg", "");
  host.Write("/b/.hidden.upg", "");
  fs::create_directories(host.root() + "/b/folder.upg");
  fs::create_symlink("z.upg", host.root() + "/b/link.upg");
  fs::create_directory_symlink("..", host.root() + "/b/loop");
  fs::create_symlink("nowhere", host.root() + "/b/dangling.upg");
  CHECK(Found(host, {"/b"}) == "/b/a/y.upg\n/b/link.upg\n");
  CHECK(Found(host, {"/b/z.upg", "/b", "/b/z.upg"}) == "/b/z.upg\n/b/a/y.upg\n");
  CHECK(Found(host, {"/b/notes.txt", "/b/none.upg"}) == "/b/notes.txt\n/b/none.upg\n");
  fs::create_directories(host.root() + "/empty");
  CHECK_THAT(Found(host, {"/empty"}), Catch::Contains("there is no `.upg` file below"));
}

TEST_CASE("a file that is rewritten keeps its mode, its owner and its links") {
  test::ScratchHost host;
  host.Write("/a.upg", "old", 0640);
  fs::create_symlink("a.upg", host.root() + "/link.upg");
  if (geteuid() == 0) {
    REQUIRE(chown((host.root() + "/a.upg").c_str(), 12, 34) == 0);
  }
  struct stat before {};
  REQUIRE(stat((host.root() + "/a.upg").c_str(), &before) == 0);
  REQUIRE(RewriteFile(host.root() + "/link.upg", "new").ok());
  struct stat after {};
  REQUIRE(stat((host.root() + "/a.upg").c_str(), &after) == 0);
  CHECK(host.Read("/a.upg") == "new");
  CHECK(fs::is_symlink(host.root() + "/link.upg"));
  CHECK(after.st_mode == before.st_mode);
  CHECK(after.st_uid == before.st_uid);
  CHECK(after.st_gid == before.st_gid);
  CHECK(std::distance(fs::directory_iterator(host.root()), fs::directory_iterator()) == 2);
  CHECK_FALSE(RewriteFile(host.root() + "/none.upg", "new").ok());
  CHECK_FALSE(host.Exists("/none.upg"));
}

}  // namespace
}  // namespace upgraph::cli
