#pragma once

// The host's files on a simulated disk.

#include <string>

#include "runtime/env/files.h"
#include "tests/disk/disk.h"

namespace upgraph::disk {

// Where the runtime believes the simulated disk to be: paths below it lead to the SQLite VFS.
inline constexpr const char* kRealRoot = "/simulated";

// The inode at a host path, 0 when there is none. `follows`: also of the last name.
Ino FindIno(const SimulatedDisk& disk, const std::string& path, bool follows);

class DiskFiles : public env::Files {
 public:
  // Locks are no matter of the disk: the file named `lock` is a real one in `lock_folder`.
  DiskFiles(SimulatedDisk* disk, std::string lock_folder)
      : disk_(*disk), lock_folder_(std::move(lock_folder)) {}

  const std::string& root() const override { return root_; }
  Result<std::string> RealPath(const std::string& path) override;

  Result<env::FileStatus> Stat(const std::string& path) override;
  Result<env::FileStatus> StatFollow(const std::string& path) override;
  Result<bool> Exists(const std::string& path) override;
  Result<std::string> Read(const std::string& path, uint64_t bytes_max) override;
  Result<std::string> ReadLink(const std::string& path) override;
  Result<std::vector<std::string>> List(const std::string& path) override;
  Result<env::Xattrs> ReadXattrs(const std::string& path) override;
  Result<env::SpaceStatus> Space(const std::string& path) override;

  Status WriteNew(const std::string& path, const std::string& content, uint32_t mode) override;
  Status Append(const std::string& path, const std::string& content) override;
  Status WriteAt(const std::string& path, uint64_t offset, const std::string& bytes) override;
  Status MakeDirectory(const std::string& path, uint32_t mode) override;
  Status MakeDirectories(const std::string& path, uint32_t mode) override;
  Status MakeSymlink(const std::string& target, const std::string& path) override;
  Status SetMode(const std::string& path, uint32_t mode) override;
  Status SetOwner(const std::string& path, uint32_t uid, uint32_t gid) override;
  Status SetMtime(const std::string& path, int64_t mtime_ns) override;
  Status SetXattr(const std::string& path, const std::string& name,
                  const std::string& value) override;
  Status RemoveXattr(const std::string& path, const std::string& name) override;
  Status RenameNew(const std::string& from, const std::string& to) override;
  Status RenameOver(const std::string& from, const std::string& to) override;
  Status Exchange(const std::string& a, const std::string& b) override;
  Status RemoveFile(const std::string& path) override;
  Status RemoveDirectory(const std::string& path) override;
  Status RemoveTree(const std::string& path) override;

  Status SyncFile(const std::string& path) override;
  Status SyncDirectory(const std::string& path) override;
  Status SyncTree(const std::string& path) override;
  Status SyncFileSystem(const std::string& path) override;

 private:
  // A name in a folder, as a change of names needs it.
  struct Place {
    Ino folder = 0;
    std::string name;
    Ino ino = 0;  // 0: nothing there
  };
  Result<Place> Find(const std::string& path);
  Result<Ino> Existing(const std::string& path, bool follows);
  Result<env::FileStatus> StatusOf(const std::string& path, bool follows);
  Status Make(const std::string& path, const Inode& inode, Ino* made);
  Status Set(const std::string& path, std::function<void(Inode*)> change);
  Status Rename(const std::string& from, const std::string& to, bool replaces);

  SimulatedDisk& disk_;
  std::string lock_folder_;
  std::string root_ = kRealRoot;
};

// Copies a real folder with everything in it; durable.
void Import(const std::string& real_folder, SimulatedDisk* disk);

// Path of each object outside the state folder, to what a user could tell of it.
std::map<std::string, std::string> Picture(const SimulatedDisk& disk, bool with_times);

}  // namespace upgraph::disk
