#include "tests/disk/disk_files.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/check.h"

namespace upgraph::disk {
namespace {

constexpr int kLinksMax = 40;
constexpr const char* kStateFolder = "/var/lib/upgraph";

std::vector<std::string> Split(const std::string& path) {
  std::vector<std::string> names;
  std::istringstream text(path);
  for (std::string name; std::getline(text, name, '/');) {
    if (!name.empty() && name != ".") {
      names.push_back(name);
    }
  }
  return names;
}

Error Missing(const std::string& path) { return {ErrorKind::kNotFound, path + ": it is missing"}; }
Error There(const std::string& path) { return {ErrorKind::kExists, path + ": it exists"}; }

Inode MakeInode(env::FileType type, uint32_t mode) {
  Inode inode;
  inode.type = type;
  inode.mode = mode;
  return inode;
}

}  // namespace

Ino FindIno(const SimulatedDisk& disk, const std::string& path, bool follows) {
  std::vector<Ino> trail = {kRootIno};
  std::vector<std::string> names = Split(path);
  int links = 0;
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == "..") {
      if (trail.size() > 1) {
        trail.pop_back();
      }
      continue;
    }
    const Inode& folder = disk.At(trail.back());
    auto entry = folder.entries.find(names[i]);
    if (folder.type != env::FileType::kDirectory || entry == folder.entries.end()) {
      return 0;
    }
    const Inode& child = disk.At(entry->second);
    if (child.type != env::FileType::kSymlink || (i + 1 == names.size() && !follows)) {
      trail.push_back(entry->second);
      continue;
    }
    if (++links > kLinksMax) {
      return 0;
    }
    std::vector<std::string> rest = Split(child.link);
    rest.insert(rest.end(), names.begin() + static_cast<std::ptrdiff_t>(i) + 1, names.end());
    if (child.link.rfind('/', 0) == 0) {
      trail = {kRootIno};
    }
    names = std::move(rest);
    i = SIZE_MAX;  // begins again at 0
  }
  return trail.back();
}

Result<DiskFiles::Place> DiskFiles::Find(const std::string& path) {
  const std::string parent = env::ParentOf(path);
  const Ino folder = FindIno(disk_, parent, true);
  if (folder == 0) {
    return Missing(parent);
  }
  if (disk_.At(folder).type != env::FileType::kDirectory) {
    return Error{ErrorKind::kInvalid, parent + ": it is no folder"};
  }
  Place place{folder, path.substr(path.rfind('/') + 1), 0};
  const auto& entries = disk_.At(folder).entries;
  auto entry = entries.find(place.name);
  place.ino = entry == entries.end() ? 0 : entry->second;
  return place;
}

Result<Ino> DiskFiles::Existing(const std::string& path, bool follows) {
  const Ino ino = FindIno(disk_, path, follows);
  return ino == 0 ? Result<Ino>(Missing(path)) : Result<Ino>(ino);
}

Result<std::string> DiskFiles::RealPath(const std::string& path) {
  if (path == std::string(kStateFolder) + "/lock") {
    return lock_folder_ + "/lock";
  }
  UPGRAPH_TRY(Find(path));
  return kRealRoot + path;
}

Result<env::FileStatus> DiskFiles::StatusOf(const std::string& path, bool follows) {
  UPGRAPH_ASSIGN(Ino ino, Existing(path, follows));
  const Inode& inode = disk_.At(ino);
  env::FileStatus status;
  status.type = inode.type;
  status.mode = inode.mode;
  status.uid = inode.uid;
  status.gid = inode.gid;
  status.size_bytes =
      inode.type == env::FileType::kSymlink ? inode.link.size() : inode.content.size();
  status.mtime_ns = inode.mtime_ns;
  status.device = 1;
  status.inode = ino;
  status.mount_id = 1;
  return status;
}

Result<env::FileStatus> DiskFiles::Stat(const std::string& path) { return StatusOf(path, false); }
Result<env::FileStatus> DiskFiles::StatFollow(const std::string& path) {
  return StatusOf(path, true);
}

Result<bool> DiskFiles::Exists(const std::string& path) { return FindIno(disk_, path, false) != 0; }

Result<std::string> DiskFiles::Read(const std::string& path, uint64_t bytes_max) {
  UPGRAPH_ASSIGN(Ino ino, Existing(path, true));
  const Inode& inode = disk_.At(ino);
  if (inode.type != env::FileType::kRegular || inode.content.size() > bytes_max) {
    return Error{ErrorKind::kInvalid, path + ": it is no file, or too large"};
  }
  return inode.content.Read(0, inode.content.size());
}

Result<std::string> DiskFiles::ReadLink(const std::string& path) {
  UPGRAPH_ASSIGN(Ino ino, Existing(path, false));
  return disk_.At(ino).link;
}

Result<std::vector<std::string>> DiskFiles::List(const std::string& path) {
  UPGRAPH_ASSIGN(Ino ino, Existing(path, true));
  std::vector<std::string> names;
  for (const auto& [name, child] : disk_.At(ino).entries) {
    names.push_back(name);
  }
  return names;
}

Result<env::Xattrs> DiskFiles::ReadXattrs(const std::string& path) {
  UPGRAPH_ASSIGN(Ino ino, Existing(path, false));
  const auto& xattrs = disk_.At(ino).xattrs;
  return env::Xattrs(xattrs.begin(), xattrs.end());
}

Result<env::SpaceStatus> DiskFiles::Space(const std::string&) {
  return env::SpaceStatus{uint64_t{1} << 40, uint64_t{1} << 20};
}

Status DiskFiles::Make(const std::string& path, const Inode& inode, Ino* made) {
  UPGRAPH_ASSIGN(Place place, Find(path));
  if (place.ino != 0) {
    return There(path);
  }
  *made = disk_.Make(inode);
  disk_.ChangeNames({{place.folder, place.name, *made}});
  return OkStatus();
}

Status DiskFiles::WriteNew(const std::string& path, const std::string& content, uint32_t mode) {
  Ino ino = 0;
  UPGRAPH_TRY(Make(path, MakeInode(env::FileType::kRegular, mode), &ino));
  if (!content.empty()) {
    disk_.Write(ino, 0, content);
  }
  return OkStatus();
}

Status DiskFiles::Append(const std::string& path, const std::string& content) {
  Ino ino = FindIno(disk_, path, false);
  if (ino == 0) {
    UPGRAPH_TRY(Make(path, MakeInode(env::FileType::kRegular, 0600), &ino));
  }
  disk_.Write(ino, disk_.At(ino).content.size(), content);
  return OkStatus();
}

Status DiskFiles::WriteAt(const std::string& path, uint64_t offset, const std::string& bytes) {
  Ino ino = FindIno(disk_, path, false);
  if (ino == 0) {
    UPGRAPH_TRY(Make(path, MakeInode(env::FileType::kRegular, 0600), &ino));
  }
  disk_.Write(ino, offset, bytes);
  return OkStatus();
}

Status DiskFiles::MakeDirectory(const std::string& path, uint32_t mode) {
  Ino ino = 0;
  return Make(path, MakeInode(env::FileType::kDirectory, mode), &ino);
}

Status DiskFiles::MakeDirectories(const std::string& path, uint32_t mode) {
  std::string above;
  for (const std::string& name : Split(path)) {
    above += "/" + name;
    if (FindIno(disk_, above, true) == 0) {
      UPGRAPH_TRY(MakeDirectory(above, mode));
    }
  }
  return OkStatus();
}

Status DiskFiles::MakeSymlink(const std::string& target, const std::string& path) {
  Inode inode = MakeInode(env::FileType::kSymlink, 0777);
  inode.link = target;
  Ino ino = 0;
  return Make(path, inode, &ino);
}

Status DiskFiles::Set(const std::string& path, std::function<void(Inode*)> change) {
  UPGRAPH_ASSIGN(Ino ino, Existing(path, false));
  disk_.SetAttributes(ino, std::move(change));
  return OkStatus();
}

Status DiskFiles::SetMode(const std::string& path, uint32_t mode) {
  return Set(path, [mode](Inode* inode) { inode->mode = mode; });
}
Status DiskFiles::SetOwner(const std::string& path, uint32_t uid, uint32_t gid) {
  return Set(path, [uid, gid](Inode* inode) {
    inode->uid = uid;
    inode->gid = gid;
  });
}
Status DiskFiles::SetMtime(const std::string& path, int64_t mtime_ns) {
  return Set(path, [mtime_ns](Inode* inode) { inode->mtime_ns = mtime_ns; });
}
Status DiskFiles::SetXattr(const std::string& path, const std::string& name,
                           const std::string& value) {
  return Set(path, [name, value](Inode* inode) { inode->xattrs[name] = value; });
}
Status DiskFiles::RemoveXattr(const std::string& path, const std::string& name) {
  return Set(path, [name](Inode* inode) { inode->xattrs.erase(name); });
}

Status DiskFiles::Rename(const std::string& from, const std::string& to, bool replaces) {
  UPGRAPH_ASSIGN(Place source, Find(from));
  UPGRAPH_ASSIGN(Place target, Find(to));
  if (source.ino == 0) {
    return Missing(from);
  }
  if (target.ino != 0 && !replaces) {
    return There(to);
  }
  disk_.ChangeNames({{source.folder, source.name, 0}, {target.folder, target.name, source.ino}});
  return OkStatus();
}

Status DiskFiles::RenameNew(const std::string& from, const std::string& to) {
  return Rename(from, to, false);
}
Status DiskFiles::RenameOver(const std::string& from, const std::string& to) {
  return Rename(from, to, true);
}

Status DiskFiles::Exchange(const std::string& a, const std::string& b) {
  UPGRAPH_ASSIGN(Place first, Find(a));
  UPGRAPH_ASSIGN(Place second, Find(b));
  if (first.ino == 0 || second.ino == 0) {
    return Missing(first.ino == 0 ? a : b);
  }
  disk_.ChangeNames(
      {{first.folder, first.name, second.ino}, {second.folder, second.name, first.ino}});
  return OkStatus();
}

Status DiskFiles::RemoveFile(const std::string& path) {
  UPGRAPH_ASSIGN(Place place, Find(path));
  if (place.ino == 0) {
    return Missing(path);
  }
  disk_.ChangeNames({{place.folder, place.name, 0}});
  return OkStatus();
}

Status DiskFiles::RemoveDirectory(const std::string& path) {
  UPGRAPH_ASSIGN(Place place, Find(path));
  if (place.ino == 0) {
    return Missing(path);
  }
  if (!disk_.At(place.ino).entries.empty()) {
    return Error{ErrorKind::kInvalid, path + ": it is not empty"};
  }
  disk_.ChangeNames({{place.folder, place.name, 0}});
  return OkStatus();
}

Status DiskFiles::RemoveTree(const std::string& path) {
  auto place = Find(path);
  if (!place.ok() || place->ino == 0) {
    return OkStatus();
  }
  const std::map<std::string, Ino> entries = disk_.At(place->ino).entries;
  for (const auto& [name, child] : entries) {
    UPGRAPH_TRY(RemoveTree(path + "/" + name));
  }
  disk_.ChangeNames({{place->folder, place->name, 0}});
  return OkStatus();
}

namespace {

Status Synced(bool is_synced, const std::string& path) {
  return is_synced ? OkStatus() : Status(SystemError(EIO, path));
}

}  // namespace

Status DiskFiles::SyncFile(const std::string& path) {
  UPGRAPH_ASSIGN(Ino ino, Existing(path, false));
  return Synced(disk_.SyncFile(ino), path);
}

Status DiskFiles::SyncDirectory(const std::string& path) {
  UPGRAPH_ASSIGN(Ino ino, Existing(path, true));
  return Synced(disk_.SyncFolder(ino), path);
}

Status DiskFiles::SyncTree(const std::string& path) {
  UPGRAPH_ASSIGN(Ino ino, Existing(path, false));
  const Inode& inode = disk_.At(ino);
  if (inode.type == env::FileType::kRegular) {
    return Synced(disk_.SyncFile(ino), path);
  }
  if (inode.type != env::FileType::kDirectory) {
    return OkStatus();
  }
  for (const auto& [name, child] : std::map<std::string, Ino>(inode.entries)) {
    UPGRAPH_TRY(SyncTree(path + "/" + name));
  }
  return Synced(disk_.SyncFolder(ino), path);
}

Status DiskFiles::SyncFileSystem(const std::string& path) { return Synced(disk_.SyncAll(), path); }

namespace {

void ImportInto(const std::filesystem::path& real, Ino folder, SimulatedDisk* disk) {
  for (const auto& entry : std::filesystem::directory_iterator(real)) {
    struct stat status {};
    UPGRAPH_CHECK(lstat(entry.path().c_str(), &status) == 0);
    Inode inode = MakeInode(env::FileType::kRegular, status.st_mode & 07777);
    inode.uid = status.st_uid;
    inode.gid = status.st_gid;
    if (S_ISLNK(status.st_mode)) {
      inode.type = env::FileType::kSymlink;
      inode.link = std::filesystem::read_symlink(entry.path());
    } else if (S_ISDIR(status.st_mode)) {
      inode.type = env::FileType::kDirectory;
    } else {
      std::ifstream file(entry.path(), std::ios::binary);
      std::ostringstream text;
      text << file.rdbuf();
      inode.content.Write(0, text.str());
    }
    const Ino ino = disk->Make(inode);
    disk->ChangeNames({{folder, entry.path().filename(), ino}});
    if (S_ISDIR(status.st_mode)) {
      ImportInto(entry.path(), ino, disk);
    }
    const int64_t mtime_ns = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec;
    disk->SetAttributes(ino, [mtime_ns](Inode* made) { made->mtime_ns = mtime_ns; });
  }
}

void AddToPicture(const SimulatedDisk& disk, Ino ino, const std::string& path, bool with_times,
                  std::map<std::string, std::string>* picture) {
  const Inode& inode = disk.At(ino);
  std::string line = fmt::format("{} {:o} {}:{} {} {}", env::FileTypeName(inode.type), inode.mode,
                                 inode.uid, inode.gid, inode.link,
                                 path.ends_with(".db")
                                     ? "database"
                                     : Sha256(inode.content.Read(0, inode.content.size())).Hex());
  for (const auto& [name, value] : inode.xattrs) {
    line += " " + name + "=" + value;
  }
  // A database has times of its own, and the folder above the state gets its own back.
  if (with_times && !path.ends_with(".db")) {
    line += fmt::format(" {}", inode.mtime_ns);
  }
  (*picture)[path] = line;
  for (const auto& [name, child] : inode.entries) {
    const std::string below = path + "/" + name;
    if (below != kStateFolder && !below.ends_with(".db-journal") && !below.ends_with(".db-wal") &&
        !below.ends_with(".db-shm")) {
      AddToPicture(disk, child, below, with_times, picture);
    }
  }
}

}  // namespace

void Import(const std::string& real_folder, SimulatedDisk* disk) {
  ImportInto(real_folder, kRootIno, disk);
  UPGRAPH_CHECK(disk->SyncAll());
}

std::map<std::string, std::string> Picture(const SimulatedDisk& disk, bool with_times) {
  std::map<std::string, std::string> picture;
  AddToPicture(disk, kRootIno, "", with_times, &picture);
  return picture;
}

}  // namespace upgraph::disk
