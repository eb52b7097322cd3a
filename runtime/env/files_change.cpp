// The real files: changing and syncing.

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "runtime/env/real_files.h"

namespace upgraph::env {
namespace {

constexpr size_t kPieceBytes = 256 << 10;  // of a copy

Status WriteAll(int descriptor, std::string_view content, const std::string& path) {
  size_t written = 0;
  while (written < content.size()) {
    ssize_t size = write(descriptor, content.data() + written, content.size() - written);
    if (size < 0 && errno == EINTR) {
      continue;
    }
    if (size < 0) {
      return SystemError(errno, path);
    }
    written += static_cast<size_t>(size);
  }
  return OkStatus();
}

Status Check(int code, const std::string& path) {
  if (code != 0) {
    return SystemError(errno, path);
  }
  return OkStatus();
}

class RealOpenFile : public OpenFile {
 public:
  RealOpenFile(std::string path, Descriptor file)
      : path_(std::move(path)), file_(std::move(file)) {}

  Status WriteAt(uint64_t offset, const std::string& bytes) override {
    for (size_t done = 0; done < bytes.size();) {
      const ssize_t size = pwrite(file_.number(), bytes.data() + done, bytes.size() - done,
                                  static_cast<off_t>(offset + done));
      if (size < 0 && errno != EINTR) {
        return SystemError(errno, path_);
      }
      done += static_cast<size_t>(std::max<ssize_t>(size, 0));
    }
    return OkStatus();
  }

 private:
  std::string path_;  // for messages
  Descriptor file_;
};

// What other implementations of Files do when nothing better is said: the name, every time.
class NamedFile : public OpenFile {
 public:
  NamedFile(Files& files, std::string path) : files_(files), path_(std::move(path)) {}
  Status WriteAt(uint64_t offset, const std::string& bytes) override {
    return files_.WriteAt(path_, offset, bytes);
  }

 private:
  Files& files_;
  std::string path_;
};

// Removes everything below an open folder. Trees of a host are shallower than any stack: a path is
// at most 4095 bytes long.
Status RemoveBelow(RealFiles& files, const std::string& path) {
  UPGRAPH_ASSIGN(std::vector<std::string> names, files.List(path));
  for (const std::string& name : names) {
    UPGRAPH_TRY(files.RemoveTree(path + "/" + name));
  }
  return OkStatus();
}

}  // namespace

Status RealFiles::WriteNew(const std::string& path, const std::string& content, uint32_t mode) {
  UPGRAPH_ASSIGN(Parent parent, OpenParent(root_.number(), path));
  Descriptor file(openat(parent.folder.number(), parent.name.c_str(),
                         O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.number() < 0) {
    return SystemError(errno, path);
  }
  UPGRAPH_TRY(WriteAll(file.number(), content, path));
  return Check(fchmod(file.number(), mode), path);
}

Status RealFiles::CopyNew(const std::string& from, const std::string& to, uint32_t mode) {
  UPGRAPH_ASSIGN(Descriptor source, OpenBeneath(root_.number(), from, O_RDONLY));
  UPGRAPH_TRY(WriteNew(to, "", mode));
  UPGRAPH_ASSIGN(Parent parent, OpenParent(root_.number(), to));
  Descriptor target(
      openat(parent.folder.number(), parent.name.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  if (target.number() < 0) {
    return SystemError(errno, to);
  }
  std::string piece(kPieceBytes, '\0');
  while (true) {
    const ssize_t size = read(source.number(), piece.data(), piece.size());
    if (size < 0 && errno != EINTR) {
      return SystemError(errno, from);
    }
    if (size == 0) {
      return OkStatus();
    }
    UPGRAPH_TRY(WriteAll(target.number(),
                         {piece.data(), static_cast<size_t>(std::max<ssize_t>(size, 0))}, to));
  }
}

// Where nothing better is said; for files that lie in memory anyway.
Status Files::CopyNew(const std::string& from, const std::string& to, uint32_t mode) {
  UPGRAPH_ASSIGN(std::string bytes, Read(from, UINT64_MAX));
  return WriteNew(to, bytes, mode);
}

Status RealFiles::Append(const std::string& path, const std::string& content) {
  UPGRAPH_ASSIGN(Parent parent, OpenParent(root_.number(), path));
  Descriptor file(openat(parent.folder.number(), parent.name.c_str(),
                         O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  return file.number() < 0 ? Status(SystemError(errno, path))
                           : WriteAll(file.number(), content, path);
}

Status RealFiles::WriteAt(const std::string& path, uint64_t offset, const std::string& bytes) {
  UPGRAPH_ASSIGN(std::unique_ptr<OpenFile> file, OpenToWrite(path));
  return file->WriteAt(offset, bytes);
}

Result<std::unique_ptr<OpenFile>> RealFiles::OpenToWrite(const std::string& path) {
  UPGRAPH_ASSIGN(Parent parent, OpenParent(root_.number(), path));
  Descriptor file(openat(parent.folder.number(), parent.name.c_str(),
                         O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.number() < 0) {
    return SystemError(errno, path);
  }
  return std::unique_ptr<OpenFile>(std::make_unique<RealOpenFile>(path, std::move(file)));
}

Result<std::unique_ptr<OpenFile>> Files::OpenToWrite(const std::string& path) {
  return std::unique_ptr<OpenFile>(std::make_unique<NamedFile>(*this, path));
}

Status RealFiles::MakeDirectory(const std::string& path, uint32_t mode) {
  UPGRAPH_ASSIGN(Parent parent, OpenParent(root_.number(), path));
  UPGRAPH_TRY(Check(mkdirat(parent.folder.number(), parent.name.c_str(), 0700), path));
  return Check(fchmodat(parent.folder.number(), parent.name.c_str(), mode, 0), path);
}

Status RealFiles::MakeDirectories(const std::string& path, uint32_t mode) {
  for (size_t slash = path.find('/', 1); true; slash = path.find('/', slash + 1)) {
    std::string part = path.substr(0, slash);
    Status made = MakeDirectory(part, mode);
    if (!made.ok() && made.error().kind != ErrorKind::kExists) {
      return made.error();
    }
    if (slash == std::string::npos) {
      return OkStatus();
    }
  }
}

Status RealFiles::MakeSymlink(const std::string& target, const std::string& path) {
  UPGRAPH_ASSIGN(Parent parent, OpenParent(root_.number(), path));
  return Check(symlinkat(target.c_str(), parent.folder.number(), parent.name.c_str()), path);
}

Status RealFiles::SetMode(const std::string& path, uint32_t mode) {
  UPGRAPH_ASSIGN(Parent parent, OpenParent(root_.number(), path));
  // fchmodat cannot spare a link; a link has no mode to set.
  UPGRAPH_ASSIGN(FileStatus status, Stat(path));
  if (status.type == FileType::kSymlink) {
    return Error{ErrorKind::kInvalid, path + ": a link has no mode"};
  }
  return Check(fchmodat(parent.folder.number(), parent.name.c_str(), mode, 0), path);
}

Status RealFiles::SetOwner(const std::string& path, uint32_t uid, uint32_t gid) {
  UPGRAPH_ASSIGN(Parent parent, OpenParent(root_.number(), path));
  return Check(fchownat(parent.folder.number(), parent.name.c_str(), uid, gid, AT_SYMLINK_NOFOLLOW),
               path);
}

Status RealFiles::SetMtime(const std::string& path, int64_t mtime_ns) {
  UPGRAPH_ASSIGN(Parent parent, OpenParent(root_.number(), path));
  int64_t seconds = mtime_ns / 1'000'000'000;
  int64_t rest = mtime_ns % 1'000'000'000;
  if (rest < 0) {
    --seconds;
    rest += 1'000'000'000;
  }
  timespec times[2] = {{0, UTIME_OMIT}, {seconds, rest}};
  return Check(utimensat(parent.folder.number(), parent.name.c_str(), times, AT_SYMLINK_NOFOLLOW),
               path);
}

Status RealFiles::SetXattr(const std::string& path, const std::string& name,
                           const std::string& value) {
  UPGRAPH_ASSIGN(Parent parent, OpenParent(root_.number(), path));
  return Check(lsetxattr(ProcPath(parent).c_str(), name.c_str(), value.data(), value.size(), 0),
               path);
}

Status RealFiles::RemoveXattr(const std::string& path, const std::string& name) {
  UPGRAPH_ASSIGN(Parent parent, OpenParent(root_.number(), path));
  return Check(lremovexattr(ProcPath(parent).c_str(), name.c_str()), path);
}

Status RealFiles::Rename(const std::string& from, const std::string& to, unsigned flags) {
  UPGRAPH_ASSIGN(Parent old_parent, OpenParent(root_.number(), from));
  UPGRAPH_ASSIGN(Parent new_parent, OpenParent(root_.number(), to));
  if (renameat2(old_parent.folder.number(), old_parent.name.c_str(), new_parent.folder.number(),
                new_parent.name.c_str(), flags) != 0) {
    // EINVAL is how a file system says that it does not know the flag.
    return SystemError(flags != 0 && errno == EINVAL ? EOPNOTSUPP : errno, from + " -> " + to);
  }
  return OkStatus();
}

Status RealFiles::RenameNew(const std::string& from, const std::string& to) {
  return Rename(from, to, RENAME_NOREPLACE);
}

Status RealFiles::RenameOver(const std::string& from, const std::string& to) {
  return Rename(from, to, 0);
}

Status RealFiles::Exchange(const std::string& a, const std::string& b) {
  return Rename(a, b, RENAME_EXCHANGE);
}

Status RealFiles::RemoveFile(const std::string& path) {
  UPGRAPH_ASSIGN(Parent parent, OpenParent(root_.number(), path));
  return Check(unlinkat(parent.folder.number(), parent.name.c_str(), 0), path);
}

Status RealFiles::RemoveDirectory(const std::string& path) {
  UPGRAPH_ASSIGN(Parent parent, OpenParent(root_.number(), path));
  return Check(unlinkat(parent.folder.number(), parent.name.c_str(), AT_REMOVEDIR), path);
}

Status RealFiles::RemoveTree(const std::string& path) {
  auto status = Stat(path);
  if (!status.ok()) {
    return status.error().kind == ErrorKind::kNotFound ? OkStatus() : Status(status.error());
  }
  if (status->type != FileType::kDirectory) {
    return RemoveFile(path);
  }
  UPGRAPH_TRY(RemoveBelow(*this, path));
  return RemoveDirectory(path);
}

Status RealFiles::SyncFile(const std::string& path) {
  UPGRAPH_ASSIGN(Descriptor file,
                 OpenBeneath(root_.number(), path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  return Check(fsync(file.number()), path);
}

Status RealFiles::SyncDirectory(const std::string& path) {
  UPGRAPH_ASSIGN(Descriptor folder, OpenBeneath(root_.number(), path, O_RDONLY | O_DIRECTORY));
  return Check(fsync(folder.number()), path);
}

Status RealFiles::SyncFileSystem(const std::string& path) {
  UPGRAPH_ASSIGN(Descriptor folder, OpenBeneath(root_.number(), path, O_RDONLY | O_DIRECTORY));
  return Check(syncfs(folder.number()), path);
}

Status RealFiles::SyncTree(const std::string& path) {
  UPGRAPH_ASSIGN(FileStatus status, Stat(path));
  if (status.type == FileType::kRegular) {
    return SyncFile(path);
  }
  if (status.type != FileType::kDirectory) {
    return OkStatus();  // its folder holds all there is of it
  }
  UPGRAPH_ASSIGN(std::vector<std::string> names, List(path));
  for (const std::string& name : names) {
    UPGRAPH_TRY(SyncTree(path + "/" + name));
  }
  return SyncDirectory(path);
}

}  // namespace upgraph::env
