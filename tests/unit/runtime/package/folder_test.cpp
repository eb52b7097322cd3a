#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "runtime/env/files.h"
#include "runtime/package/folder_payload.h"
#include "tests/unit/runtime/package/sample.h"

namespace upgraph {
namespace {

using package::PayloadEntry;
using package::PayloadType;

// A folder of its own, removed at the end.
class Folder {
 public:
  Folder() {
    char path[] = "/tmp/upgraph-payload-XXXXXX";
    REQUIRE(mkdtemp(path) != nullptr);
    path_ = path;
    files_ = *env::OpenFiles(path_);
    payload_ = package::OpenFolderPayload(*files_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }

  void Write(const std::string& path, const std::string& content, mode_t mode) {
    const std::filesystem::path whole = std::filesystem::path(path_) / path;
    std::filesystem::create_directories(whole.parent_path());
    std::ofstream(whole) << content;
    REQUIRE(chmod(whole.c_str(), mode) == 0);
  }
  void Link(const std::string& path, const std::string& target) {
    REQUIRE(symlink(target.c_str(), (path_ + "/" + path).c_str()) == 0);
  }
  const std::string& path() const { return path_; }
  package::Payload& payload() { return *payload_; }

  std::string ErrorOf(const std::string& path) {
    Result<std::vector<PayloadEntry>> entries = payload_->Entries(path);
    return entries.ok() ? "" : entries.error().message;
  }

 private:
  std::string path_;
  std::unique_ptr<env::Files> files_;
  std::unique_ptr<package::Payload> payload_;
};

TEST_CASE("a folder is seen as its package would be") {
  Folder folder;
  folder.Write("payload/opt/box/bin/boxd", "run", 0700);
  folder.Write("payload/opt/box/secret", "read", 0600);
  folder.Write("payload/opt/box-list", "beside", 0644);
  folder.Link("payload/opt/box/current", "bin/boxd");
  Result<std::vector<PayloadEntry>> entries = folder.payload().Entries("payload/opt/box");
  REQUIRE(entries.ok());
  REQUIRE(entries->size() == 5);
  CHECK((*entries)[0].path == "payload/opt/box");
  CHECK((*entries)[0].type == PayloadType::kDirectory);
  CHECK((*entries)[0].mode == 0755);
  CHECK((*entries)[2].path == "payload/opt/box/bin/boxd");
  CHECK((*entries)[2].mode == 0755);
  CHECK((*entries)[2].sha256 == Sha256("run"));
  CHECK((*entries)[3].link_target == "bin/boxd");
  CHECK((*entries)[4].mode == 0644);
  CHECK(*folder.payload().Read("payload/opt/box/secret") == "read");
}

TEST_CASE("what cannot stand in a package is refused where it lies") {
  Folder folder;
  folder.Write("payload/a/file", "x", 0644);
  folder.Link("payload/a/out", "../../outside");
  CHECK(folder.ErrorOf("payload/a") ==
        "entry `payload/a/out` links to `../../outside`, which leaves `payload`");
  REQUIRE(mkfifo((folder.path() + "/payload/pipe").c_str(), 0600) == 0);
  CHECK_THAT(folder.ErrorOf("payload/pipe"),
             Catch::Contains("a package holds only files, folders and links"));
  CHECK_THAT(folder.ErrorOf("payload/none"), Catch::StartsWith("there is no `payload/none` in `"));
  CHECK(folder.payload().Entries("payload/none").error().kind == ErrorKind::kNotFound);
  CHECK_FALSE(folder.payload().Entries("etc").ok());
  CHECK_FALSE(folder.payload().Entries("payload/../etc").ok());
  CHECK_FALSE(folder.payload().Read("payload/a").ok());
  CHECK_FALSE(folder.payload().Read("payload/a/out").ok());
}

TEST_CASE("a payload behind a link is not followed") {
  Folder folder;
  folder.Write("elsewhere/file", "x", 0644);
  folder.Link("payload", "elsewhere");
  CHECK(folder.ErrorOf("payload/file") == "`payload` is no folder");
}

TEST_CASE("times and spare mode bits of the files are not in the package") {
  const auto pack = [](mode_t mode, int64_t seconds) {
    Folder folder;
    folder.Write("payload/opt/box/boxd", "run", mode);
    folder.Write("payload/release", "2.0.0\n", 0644);
    const timeval times[2] = {{seconds, 0}, {seconds, 0}};
    REQUIRE(utimes((folder.path() + "/payload/release").c_str(), times) == 0);
    Result<std::string> bytes = test::PackSample(test::SamplePlan(), folder.payload());
    REQUIRE(bytes.ok());
    return *bytes;
  };
  CHECK(pack(0755, 1) == pack(0710, 1'900'000'000));
  CHECK(pack(0755, 1) != pack(0644, 1));
}

}  // namespace
}  // namespace upgraph
