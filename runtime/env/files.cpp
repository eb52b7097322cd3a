// The real files: looking. Changes and syncs are in files_change.cpp.

#include "runtime/env/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "runtime/env/real_files.h"

namespace upgraph::env {
namespace {

FileType TypeOf(uint32_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return FileType::kRegular;
    case S_IFDIR:
      return FileType::kDirectory;
    case S_IFLNK:
      return FileType::kSymlink;
    case S_IFIFO:
      return FileType::kFifo;
    case S_IFSOCK:
      return FileType::kSocket;
    default:
      return FileType::kDevice;
  }
}

Result<FileStatus> StatAt(int folder, const std::string& name, int flags, const std::string& path) {
  struct statx raw {};
  if (statx(folder, name.c_str(), flags, STATX_BASIC_STATS | STATX_MNT_ID, &raw) != 0) {
    return SystemError(errno, path);
  }
  FileStatus status;
  status.type = TypeOf(raw.stx_mode);
  status.mode = raw.stx_mode & 07777;
  status.uid = raw.stx_uid;
  status.gid = raw.stx_gid;
  status.size_bytes = raw.stx_size;
  status.mtime_ns = raw.stx_mtime.tv_sec * 1'000'000'000 + raw.stx_mtime.tv_nsec;
  status.link_count = raw.stx_nlink;
  status.device = makedev(raw.stx_dev_major, raw.stx_dev_minor);
  status.inode = raw.stx_ino;
  status.mount_id = raw.stx_mnt_id;
  status.is_mount_root = (raw.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
  status.is_immutable = (raw.stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND)) != 0;
  return status;
}

}  // namespace

std::string ParentOf(const std::string& path) {
  size_t slash = path.find_last_of('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

const char* FileTypeName(FileType type) {
  switch (type) {
    case FileType::kRegular:
      return "file";
    case FileType::kDirectory:
      return "folder";
    case FileType::kSymlink:
      return "link";
    case FileType::kFifo:
      return "pipe";
    case FileType::kSocket:
      return "socket";
    case FileType::kDevice:
      return "device";
  }
  UPGRAPH_UNREACHABLE("file type");
}

Result<std::unique_ptr<Files>> OpenFiles(const std::string& root) {
  int descriptor = open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) {
    return SystemError(errno, "root `" + root + "`");
  }
  return std::unique_ptr<Files>(new RealFiles(root, Descriptor(descriptor)));
}

std::string RealFiles::ProcPath(const Parent& parent) {
  return "/proc/self/fd/" + std::to_string(parent.folder.number()) +
         (parent.name == "." ? "" : "/" + parent.name);
}

Result<std::string> RealFiles::RealPath(const std::string& path) {
  UPGRAPH_ASSIGN(Parent parent, OpenParent(root_.number(), path));
  std::string link = "/proc/self/fd/" + std::to_string(parent.folder.number());
  char target[4096];
  ssize_t size = readlink(link.c_str(), target, sizeof target);
  if (size < 0) {
    return SystemError(errno, path);
  }
  std::string folder(target, static_cast<size_t>(size));
  if (parent.name == ".") {
    return folder;
  }
  return (folder == "/" ? "" : folder) + "/" + parent.name;
}

Result<FileStatus> RealFiles::Stat(const std::string& path) {
  UPGRAPH_ASSIGN(Parent parent, OpenParent(root_.number(), path));
  return StatAt(parent.folder.number(), parent.name, AT_SYMLINK_NOFOLLOW, path);
}

Result<FileStatus> RealFiles::StatFollow(const std::string& path) {
  UPGRAPH_ASSIGN(Descriptor opened, OpenBeneath(root_.number(), path, O_PATH));
  return StatAt(opened.number(), "", AT_EMPTY_PATH, path);
}

Result<bool> RealFiles::Exists(const std::string& path) {
  auto status = Stat(path);
  if (!status.ok() && status.error().kind != ErrorKind::kNotFound) {
    return status.error();
  }
  return status.ok();
}

Result<std::string> RealFiles::Read(const std::string& path, uint64_t bytes_max) {
  UPGRAPH_ASSIGN(Descriptor opened,
                 OpenBeneath(root_.number(), path, O_RDONLY | O_NONBLOCK | O_NOCTTY));
  UPGRAPH_ASSIGN(FileStatus status, StatAt(opened.number(), "", AT_EMPTY_PATH, path));
  if (status.type != FileType::kRegular) {
    return Error{ErrorKind::kInvalid,
                 path + ": is a " + FileTypeName(status.type) + ", not a file"};
  }
  std::string content;
  content.reserve(std::min(status.size_bytes + 1, bytes_max + 1));
  char buffer[64 << 10];
  while (true) {
    ssize_t size = read(opened.number(), buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) {
      continue;
    }
    if (size < 0) {
      return SystemError(errno, path);
    }
    if (size == 0) {
      return content;
    }
    content.append(buffer, static_cast<size_t>(size));
    if (content.size() > bytes_max) {
      return Error{ErrorKind::kInvalid, path + ": larger than the " + std::to_string(bytes_max) +
                                            " bytes that are read"};
    }
  }
}

Result<std::string> RealFiles::ReadLink(const std::string& path) {
  UPGRAPH_ASSIGN(Parent parent, OpenParent(root_.number(), path));
  char target[4096];
  ssize_t size = readlinkat(parent.folder.number(), parent.name.c_str(), target, sizeof target);
  if (size < 0) {
    return SystemError(errno, path);
  }
  return std::string(target, static_cast<size_t>(size));
}

Result<std::vector<std::string>> RealFiles::List(const std::string& path) {
  UPGRAPH_ASSIGN(Descriptor opened, OpenBeneath(root_.number(), path, O_RDONLY | O_DIRECTORY));
  int own = fcntl(opened.number(), F_DUPFD_CLOEXEC, 0);
  DIR* directory = own < 0 ? nullptr : fdopendir(own);
  if (directory == nullptr) {
    return SystemError(errno, path);
  }
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = readdir(directory)) {
    std::string name = entry->d_name;
    if (name != "." && name != "..") {
      names.push_back(std::move(name));
    }
  }
  int failure = errno;
  closedir(directory);
  if (failure != 0) {
    return SystemError(failure, path);
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<Xattrs> RealFiles::ReadXattrs(const std::string& path) {
  UPGRAPH_ASSIGN(Parent parent, OpenParent(root_.number(), path));
  // There is no *at call for attributes; the folder is held open and the name is not followed.
  std::string name = ProcPath(parent);
  std::string list(64 << 10, '\0');
  ssize_t size = llistxattr(name.c_str(), list.data(), list.size());
  if (size < 0) {
    return errno == EOPNOTSUPP ? Result<Xattrs>(Xattrs()) : SystemError(errno, path);
  }
  Xattrs xattrs;
  for (const char* at = list.data(); at < list.data() + size; at += std::strlen(at) + 1) {
    std::string value(64 << 10, '\0');
    ssize_t value_size = lgetxattr(name.c_str(), at, value.data(), value.size());
    if (value_size < 0) {
      return SystemError(errno, path + ": attribute " + at);
    }
    value.resize(static_cast<size_t>(value_size));
    xattrs.emplace_back(at, std::move(value));
  }
  std::sort(xattrs.begin(), xattrs.end());
  return xattrs;
}

Result<SpaceStatus> RealFiles::Space(const std::string& path) {
  UPGRAPH_ASSIGN(Descriptor opened, OpenBeneath(root_.number(), path, O_PATH));
  struct statvfs raw {};
  if (fstatvfs(opened.number(), &raw) != 0) {
    return SystemError(errno, path);
  }
  return SpaceStatus{raw.f_bavail * raw.f_frsize, raw.f_favail};
}

}  // namespace upgraph::env
