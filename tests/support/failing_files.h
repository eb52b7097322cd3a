#pragma once

// The files of another Files, on which nothing more can be changed after a given number of changes:
// what a process that was killed there leaves behind. Can also play a file system without exchange,
// one that touches folders that move (as xfs does), one where a cut may leave both names of a file
// that moves to another folder (as btrfs does), and files that chattr made immutable.

#include <fcntl.h>
#include <unistd.h>

#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/env/files.h"

namespace upgraph::test {

class FailingFiles : public env::Files {
 public:
  explicit FailingFiles(env::Files& files) : files_(files) {}

  static constexpr int kNever = std::numeric_limits<int>::max();
  int changes_left = kNever;  // before every change fails; counts down
  bool can_exchange = true;
  bool touches_moved_folders = false;
  bool halves_renames = false;
  std::set<std::string> immutable;

  const std::string& root() const override { return files_.root(); }
  Result<std::string> RealPath(const std::string& path) override { return files_.RealPath(path); }
  Result<env::FileStatus> Stat(const std::string& path) override {
    return Marked(path, files_.Stat(path));
  }
  Result<env::FileStatus> StatFollow(const std::string& path) override {
    return Marked(path, files_.StatFollow(path));
  }
  Result<bool> Exists(const std::string& path) override { return files_.Exists(path); }
  Result<std::string> Read(const std::string& path, uint64_t bytes_max) override {
    return files_.Read(path, bytes_max);
  }
  Result<std::string> ReadLink(const std::string& path) override { return files_.ReadLink(path); }
  Result<std::vector<std::string>> List(const std::string& path) override {
    return files_.List(path);
  }
  Result<env::Xattrs> ReadXattrs(const std::string& path) override {
    return files_.ReadXattrs(path);
  }
  Result<env::SpaceStatus> Space(const std::string& path) override { return files_.Space(path); }

  Status WriteNew(const std::string& path, const std::string& content, uint32_t mode) override {
    return Change([&] { return files_.WriteNew(path, content, mode); });
  }
  Status Append(const std::string& path, const std::string& content) override {
    return Change([&] { return files_.Append(path, content); });
  }
  Status WriteAt(const std::string& path, uint64_t offset, const std::string& bytes) override {
    return Change([&] { return files_.WriteAt(path, offset, bytes); });
  }
  Status MakeDirectory(const std::string& path, uint32_t mode) override {
    return Change([&] { return files_.MakeDirectory(path, mode); });
  }
  Status MakeDirectories(const std::string& path, uint32_t mode) override {
    return Change([&] { return files_.MakeDirectories(path, mode); });
  }
  Status MakeSymlink(const std::string& target, const std::string& path) override {
    return Change([&] { return files_.MakeSymlink(target, path); });
  }
  Status SetMode(const std::string& path, uint32_t mode) override {
    return Change([&] { return files_.SetMode(path, mode); });
  }
  Status SetOwner(const std::string& path, uint32_t uid, uint32_t gid) override {
    return Change([&] { return files_.SetOwner(path, uid, gid); });
  }
  Status SetMtime(const std::string& path, int64_t mtime_ns) override {
    return Change([&] { return files_.SetMtime(path, mtime_ns); });
  }
  Status SetXattr(const std::string& path, const std::string& name,
                  const std::string& value) override {
    return Change([&] { return files_.SetXattr(path, name, value); });
  }
  Status RemoveXattr(const std::string& path, const std::string& name) override {
    return Change([&] { return files_.RemoveXattr(path, name); });
  }
  Status RenameNew(const std::string& from, const std::string& to) override {
    auto status = files_.Stat(from);
    if (halves_renames && status.ok() && status->type != env::FileType::kDirectory &&
        env::ParentOf(from) != env::ParentOf(to)) {
      UPGRAPH_TRY(Change([&] { return Link(from, to); }));
      return Change([&] { return files_.RemoveFile(from); });
    }
    return Change([&] { return Moved(files_.RenameNew(from, to), {to}); });
  }
  Status RenameOver(const std::string& from, const std::string& to) override {
    return Change([&] { return Moved(files_.RenameOver(from, to), {to}); });
  }
  Status Exchange(const std::string& a, const std::string& b) override {
    if (!can_exchange) {
      return Error{ErrorKind::kUnsupported, "no exchange here"};
    }
    return Change([&] { return Moved(files_.Exchange(a, b), {a, b}); });
  }
  Status RemoveFile(const std::string& path) override {
    return Change([&] { return files_.RemoveFile(path); });
  }
  Status RemoveDirectory(const std::string& path) override {
    return Change([&] { return files_.RemoveDirectory(path); });
  }
  Status RemoveTree(const std::string& path) override {
    return Change([&] { return files_.RemoveTree(path); });
  }

  Status SyncFile(const std::string& path) override { return files_.SyncFile(path); }
  Status SyncDirectory(const std::string& path) override { return files_.SyncDirectory(path); }
  Status SyncTree(const std::string& path) override { return files_.SyncTree(path); }
  Status SyncFileSystem(const std::string& path) override { return files_.SyncFileSystem(path); }

 private:
  template <typename Act>
  Status Change(Act act) {
    if (changes_left == 0) {
      return Error{ErrorKind::kInterrupted, "killed here"};
    }
    --changes_left;
    return act();
  }

  Status Link(const std::string& from, const std::string& to) {
    if (linkat(AT_FDCWD, (root() + from).c_str(), AT_FDCWD, (root() + to).c_str(), 0) != 0) {
      return Error{ErrorKind::kFailed, from + " -> " + to + ": cannot be linked"};
    }
    return OkStatus();
  }

  Status Moved(Status moved, const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
      auto status = files_.Stat(path);
      if (touches_moved_folders && moved.ok() && status.ok() &&
          status->type == env::FileType::kDirectory) {
        moved = files_.SetMtime(path, status->mtime_ns + 1'000'000'000);
      }
    }
    return moved;
  }

  Result<env::FileStatus> Marked(const std::string& path, Result<env::FileStatus> status) {
    if (status.ok()) {
      status->is_immutable = immutable.count(path) != 0;
    }
    return status;
  }

  env::Files& files_;
};

}  // namespace upgraph::test
