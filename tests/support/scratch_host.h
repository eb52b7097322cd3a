#pragma once

// A host in a folder of its own, gone at the end of the test, and what "exactly" means of it.

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>

#include "runtime/env/env.h"
#include "tests/support/catch.h"

namespace upgraph::test {

class ScratchHost {
 public:
  ScratchHost() {
    REQUIRE(::mkdtemp(root_.data()) != nullptr);
    files_ = std::move(env::OpenFiles(root_)).value();
    env_ =
        std::make_unique<env::Env>(env::Env{*files_, env::SystemProcesses(), env::SystemClock()});
  }
  ~ScratchHost() { std::filesystem::remove_all(root_); }
  ScratchHost(const ScratchHost&) = delete;
  ScratchHost& operator=(const ScratchHost&) = delete;

  const std::string& root() const { return root_; }
  env::Files& files() { return *files_; }
  env::Env& env() { return *env_; }

  // Makes the folders above as well; an old file is rewritten.
  void Write(const std::string& path, const std::string& content, mode_t mode = 0644) {
    std::filesystem::create_directories(std::filesystem::path(root_ + path).parent_path());
    std::ofstream(root_ + path, std::ios::binary) << content;
    REQUIRE(::chmod((root_ + path).c_str(), mode) == 0);
  }
  std::string Read(const std::string& path) {
    auto content = files_->Read(path, 1 << 20);
    return content.ok() ? *content : "(" + content.error().message + ")";
  }
  bool Exists(const std::string& path) { return *files_->Exists(path); }

  // Each object below the root, but for the state folder, with all that a user could tell.
  std::map<std::string, std::string> Snapshot() {
    std::map<std::string, std::string> snapshot;
    AddToSnapshot("", &snapshot);
    return snapshot;
  }

 private:
  void AddToSnapshot(const std::string& path, std::map<std::string, std::string>* snapshot) {
    auto status = files_->Stat(path.empty() ? "/" : path);
    REQUIRE(status.ok());
    std::string line = std::string(env::FileTypeName(status->type)) + " " +
                       std::to_string(status->mode) + " " + std::to_string(status->uid) + ":" +
                       std::to_string(status->gid) + " " + std::to_string(status->mtime_ns);
    if (status->type == env::FileType::kRegular) {
      line += " " + Read(path);
    } else if (status->type == env::FileType::kSymlink) {
      line += " -> " + *files_->ReadLink(path);
    }
    auto xattrs = files_->ReadXattrs(path.empty() ? "/" : path);
    for (const auto& [name, value] : xattrs.ok() ? *xattrs : env::Xattrs()) {
      line += " " + name + "=" + value;
    }
    (*snapshot)[path] = line;
    if (status->type == env::FileType::kDirectory) {
      auto names = files_->List(path.empty() ? "/" : path);
      REQUIRE(names.ok());
      for (const std::string& name : *names) {
        if (path + "/" + name != "/var/lib/upgraph") {
          AddToSnapshot(path + "/" + name, snapshot);
        }
      }
    }
  }

  std::string root_ = "/tmp/upgraph-test-XXXXXX";
  std::unique_ptr<env::Files> files_;
  std::unique_ptr<env::Env> env_;
};

}  // namespace upgraph::test
