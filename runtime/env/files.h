#pragma once

// The host's files, seen from one root. Every path is a host path ("/etc/dten.ini"); it is
// resolved beneath the root as chroot would (openat2, RESOLVE_IN_ROOT, no magic links), so a link
// can never lead out of the tree. The last component is never followed unless a call says so.
// Durability is explicit: nothing is synced unless the name of the call says so.
// Implementations are thread-safe; errors carry the path.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/result.h"

namespace upgraph::env {

// Names and values, in byte order of the names. Holds ACLs, capabilities and labels too.
using Xattrs = std::vector<std::pair<std::string, std::string>>;

enum class FileType { kRegular, kDirectory, kSymlink, kFifo, kSocket, kDevice };
const char* FileTypeName(FileType type);

struct FileStatus {
  FileType type = FileType::kRegular;
  uint32_t mode = 0;  // permission bits with set-id and sticky, without the type
  uint32_t uid = 0;
  uint32_t gid = 0;
  uint64_t size_bytes = 0;
  int64_t mtime_ns = 0;
  uint64_t link_count = 1;
  uint64_t device = 0;
  uint64_t inode = 0;
  uint64_t mount_id = 0;       // differs where another mount begins, bind mounts included
  bool is_mount_root = false;  // the path itself is where a mount begins
  bool is_immutable = false;   // chattr +i or +a
};

struct SpaceStatus {
  uint64_t free_bytes = 0;  // for the calling user
  uint64_t free_inodes = 0;
};

// A regular file that was opened once; it is closed with the object.
class OpenFile {
 public:
  virtual ~OpenFile() = default;
  // Not synced.
  virtual Status WriteAt(uint64_t offset, const std::string& bytes) = 0;
};

class Files {
 public:
  virtual ~Files() = default;

  // The root as given, for messages and for commands that run in it.
  virtual const std::string& root() const = 0;
  // ROOT + path, for libraries that open files by name themselves (SQLite). Resolves links of the
  // parent beneath the root first, so that the result can be used without leaving it.
  virtual Result<std::string> RealPath(const std::string& path) = 0;

  // -- looking --
  virtual Result<FileStatus> Stat(const std::string& path) = 0;  // kNotFound when absent
  virtual Result<FileStatus> StatFollow(const std::string& path) = 0;
  virtual Result<bool> Exists(const std::string& path) = 0;  // of the name itself
  virtual Result<std::string> Read(const std::string& path, uint64_t bytes_max) = 0;  // follows
  virtual Result<std::string> ReadLink(const std::string& path) = 0;
  virtual Result<std::vector<std::string>> List(const std::string& path) = 0;  // sorted names
  virtual Result<Xattrs> ReadXattrs(const std::string& path) = 0;
  virtual Result<SpaceStatus> Space(const std::string& path) = 0;
  // Why what is written below a folder does not outlive a reboot or a power cut: on what it lies,
  // as far as the system tells. Empty: nothing speaks against it.
  virtual Result<std::string> WhyNotDurable(const std::string& path);

  // -- changing --
  // Makes a new regular file (it must not exist) with exactly this content, mode and owner; the
  // umask does not count. Not synced.
  virtual Status WriteNew(const std::string& path, const std::string& content, uint32_t mode) = 0;
  // A new regular file with the content of another, which is never in memory as a whole. Not
  // synced.
  virtual Status CopyNew(const std::string& from, const std::string& to, uint32_t mode);
  // Adds to the end of a regular file, which is made, for the owner alone, where there is none. No
  // link is followed. Not synced.
  virtual Status Append(const std::string& path, const std::string& content) = 0;
  // Writes over a part of a regular file, which is made, for the owner alone, where there is none.
  // No link is followed. Not synced.
  virtual Status WriteAt(const std::string& path, uint64_t offset, const std::string& bytes) = 0;
  // For what is written over again and again: as WriteAt, but that the name is looked up once.
  // These files outlive it.
  virtual Result<std::unique_ptr<OpenFile>> OpenToWrite(const std::string& path);
  virtual Status MakeDirectory(const std::string& path, uint32_t mode) = 0;    // one level; kExists
  virtual Status MakeDirectories(const std::string& path, uint32_t mode) = 0;  // existing is fine
  virtual Status MakeSymlink(const std::string& target, const std::string& path) = 0;
  virtual Status SetMode(const std::string& path, uint32_t mode) = 0;
  virtual Status SetOwner(const std::string& path, uint32_t uid, uint32_t gid) = 0;
  virtual Status SetMtime(const std::string& path, int64_t mtime_ns) = 0;  // links themselves too
  virtual Status SetXattr(const std::string& path, const std::string& name,
                          const std::string& value) = 0;
  virtual Status RemoveXattr(const std::string& path, const std::string& name) = 0;
  // Renames within one mount. kExists when `to` exists (RENAME_NOREPLACE).
  virtual Status RenameNew(const std::string& from, const std::string& to) = 0;
  // Renames over `to`, which may exist.
  virtual Status RenameOver(const std::string& from, const std::string& to) = 0;
  // Swaps two existing names in one step (RENAME_EXCHANGE); kUnsupported where the file system
  // cannot.
  virtual Status Exchange(const std::string& a, const std::string& b) = 0;
  virtual Status RemoveFile(const std::string& path) = 0;       // not a directory
  virtual Status RemoveDirectory(const std::string& path) = 0;  // an empty one
  virtual Status RemoveTree(const std::string& path) = 0;       // whatever it is; absent is fine

  // -- durability --
  virtual Status SyncFile(const std::string& path) = 0;       // content and metadata
  virtual Status SyncDirectory(const std::string& path) = 0;  // its names
  virtual Status SyncTree(
      const std::string& path) = 0;  // every file and directory below, and itself
  // Everything on the file system that holds the directory `path`: for changes that others made.
  virtual Status SyncFileSystem(const std::string& path) = 0;
};

// The folder of a host path; of a name right below the root it is "/".
std::string ParentOf(const std::string& path);

// The real files below `root`, which must be an existing directory.
Result<std::unique_ptr<Files>> OpenFiles(const std::string& root);

}  // namespace upgraph::env
