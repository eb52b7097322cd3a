#pragma once

// The implementation of Files on the real file system; seen by this folder only.

#include <string>

#include "runtime/env/files.h"
#include "runtime/env/rooted_path.h"

namespace upgraph::env {

class RealFiles : public Files {
 public:
  RealFiles(std::string name, Descriptor root) : name_(std::move(name)), root_(std::move(root)) {}

  const std::string& root() const override { return name_; }
  Result<std::string> RealPath(const std::string& path) override;

  Result<FileStatus> Stat(const std::string& path) override;
  Result<FileStatus> StatFollow(const std::string& path) override;
  Result<bool> Exists(const std::string& path) override;
  Result<std::string> Read(const std::string& path, uint64_t bytes_max) override;
  Result<std::string> ReadLink(const std::string& path) override;
  Result<std::vector<std::string>> List(const std::string& path) override;
  Result<Xattrs> ReadXattrs(const std::string& path) override;
  Result<SpaceStatus> Space(const std::string& path) override;
  Result<std::string> WhyNotDurable(const std::string& path) override;

  Status WriteNew(const std::string& path, const std::string& content, uint32_t mode) override;
  Status CopyNew(const std::string& from, const std::string& to, uint32_t mode) override;
  Status Append(const std::string& path, const std::string& content) override;
  Status WriteAt(const std::string& path, uint64_t offset, const std::string& bytes) override;
  Result<std::unique_ptr<OpenFile>> OpenToWrite(const std::string& path) override;
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
  Status SyncFileSystem(const std::string& path) override;
  Status SyncTree(const std::string& path) override;

 private:
  static std::string ProcPath(const Parent& parent);
  Status Rename(const std::string& from, const std::string& to, unsigned flags);

  std::string name_;
  Descriptor root_;
};

}  // namespace upgraph::env
