#include "tests/disk/disk_vfs.h"

#include <sqlite3.h>

#include <cstring>
#include <new>

#include "base/check.h"
#include "runtime/env/files.h"
#include "tests/disk/disk_files.h"

namespace upgraph::disk {
namespace {

SimulatedDisk* current_disk = nullptr;

// The index of a WAL that connections share; memory alone, gone with the last of them. One thread
// uses a disk, and one connection writes, so that locks are granted.
struct SharedMemory {
  std::map<int, std::vector<char>> regions;
};
using SharedKey = std::pair<SimulatedDisk*, Ino>;
std::map<SharedKey, std::weak_ptr<SharedMemory>>& SharedMemories() {
  static auto* const kMemories = new std::map<SharedKey, std::weak_ptr<SharedMemory>>();
  return *kMemories;
}

// What sqlite3_file has to begin with.
struct DiskFile {
  sqlite3_file base;
  SimulatedDisk* disk;
  Ino ino;
  Ino folder_to_sync;  // of a log that was made: its name is synced with its first content
  bool keeps_log;
  std::string* delete_path;
  std::shared_ptr<SharedMemory>* memory;
};

DiskFile& Cast(sqlite3_file* file) { return *reinterpret_cast<DiskFile*>(file); }

std::string HostPath(const char* name) { return std::string(name).substr(std::strlen(kRealRoot)); }

bool IsOurs(const char* name) {
  const std::string root = std::string(kRealRoot) + "/";
  return name != nullptr && std::string(name).rfind(root, 0) == 0;
}

sqlite3_vfs* Real(sqlite3_vfs* vfs) { return static_cast<sqlite3_vfs*>(vfs->pAppData); }

Status Remove(SimulatedDisk* disk, const std::string& path) {
  return DiskFiles(disk, "").RemoveFile(path);
}

int Close(sqlite3_file* base) {
  DiskFile& file = Cast(base);
  if (file.delete_path != nullptr) {
    (void)Remove(file.disk, *file.delete_path).ok();
  }
  delete file.delete_path;
  delete file.memory;
  return SQLITE_OK;
}

int Read(sqlite3_file* base, void* target, int count, sqlite3_int64 offset) {
  DiskFile& file = Cast(base);
  const std::string bytes = file.disk->At(file.ino).content.Read(static_cast<uint64_t>(offset),
                                                                 static_cast<uint64_t>(count));
  std::memcpy(target, bytes.data(), bytes.size());
  if (bytes.size() == static_cast<size_t>(count)) {
    return SQLITE_OK;
  }
  std::memset(static_cast<char*>(target) + bytes.size(), 0,
              static_cast<size_t>(count) - bytes.size());
  return SQLITE_IOERR_SHORT_READ;
}

int Write(sqlite3_file* base, const void* bytes, int count, sqlite3_int64 offset) {
  DiskFile& file = Cast(base);
  file.disk->Write(file.ino, static_cast<uint64_t>(offset),
                   {static_cast<const char*>(bytes), static_cast<size_t>(count)});
  return SQLITE_OK;
}

int Truncate(sqlite3_file* base, sqlite3_int64 size) {
  Cast(base).disk->Truncate(Cast(base).ino, static_cast<uint64_t>(size));
  return SQLITE_OK;
}

int Sync(sqlite3_file* base, int) {
  DiskFile& file = Cast(base);
  if (!file.disk->SyncFile(file.ino)) {
    return SQLITE_IOERR_FSYNC;
  }
  if (file.folder_to_sync != 0) {
    if (!file.disk->SyncFolder(file.folder_to_sync)) {
      return SQLITE_IOERR_DIR_FSYNC;
    }
    file.folder_to_sync = 0;
  }
  return SQLITE_OK;
}

int FileSize(sqlite3_file* base, sqlite3_int64* size) {
  *size = static_cast<sqlite3_int64>(Cast(base).disk->At(Cast(base).ino).content.size());
  return SQLITE_OK;
}

int Grant(sqlite3_file*, int) { return SQLITE_OK; }
int IsReserved(sqlite3_file*, int* is_reserved) {
  *is_reserved = 0;
  return SQLITE_OK;
}
int Control(sqlite3_file* base, int operation, void* value) {
  if (operation != SQLITE_FCNTL_PERSIST_WAL) {
    return SQLITE_NOTFOUND;
  }
  // Set by 0 or 1, asked for by a negative number: whether the log outlives its last connection.
  int* asked = static_cast<int*>(value);
  if (*asked >= 0) {
    Cast(base).keeps_log = *asked != 0;
  }
  *asked = Cast(base).keeps_log ? 1 : 0;
  return SQLITE_OK;
}
int SectorSize(sqlite3_file*) { return static_cast<int>(kPageBytes); }
int Characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

int MapShared(sqlite3_file* base, int region, int size, int extends, void volatile** target) {
  DiskFile& file = Cast(base);
  if (*file.memory == nullptr) {
    auto& known = SharedMemories()[{file.disk, file.ino}];
    *file.memory = known.lock();
    if (*file.memory == nullptr) {
      *file.memory = std::make_shared<SharedMemory>();
      known = *file.memory;
    }
  }
  auto& regions = (*file.memory)->regions;
  auto found = regions.find(region);
  if (found == regions.end()) {
    if (extends == 0) {
      *target = nullptr;
      return SQLITE_OK;
    }
    found = regions.emplace(region, std::vector<char>(static_cast<size_t>(size), '\0')).first;
  }
  *target = found->second.data();
  return SQLITE_OK;
}
int LockShared(sqlite3_file*, int, int, int) { return SQLITE_OK; }
void Barrier(sqlite3_file*) {}
int UnmapShared(sqlite3_file* base, int) {
  Cast(base).memory->reset();
  return SQLITE_OK;
}

const sqlite3_io_methods* Methods() {
  static const auto* const kMethods = new sqlite3_io_methods{
      2,           Close,      Read,    Write,      Truncate,        Sync,      FileSize,   Grant,
      Grant,       IsReserved, Control, SectorSize, Characteristics, MapShared, LockShared, Barrier,
      UnmapShared, nullptr,    nullptr};
  return kMethods;
}

int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* base, int flags, int* out_flags) {
  if (!IsOurs(name)) {
    return Real(vfs)->xOpen(Real(vfs), name, base, flags, out_flags);
  }
  base->pMethods = nullptr;
  SimulatedDisk* disk = current_disk;
  UPGRAPH_CHECK(disk != nullptr);
  const std::string path = HostPath(name);
  Ino ino = FindIno(*disk, path, true);
  Ino folder = 0;
  if (ino == 0) {
    DiskFiles files(disk, "");
    if ((flags & SQLITE_OPEN_CREATE) == 0 || !files.WriteNew(path, "", 0644).ok()) {
      return SQLITE_CANTOPEN;
    }
    ino = FindIno(*disk, path, true);
    if ((flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0) {
      folder = FindIno(*disk, env::ParentOf(path), true);
    }
  }
  auto* file = new (base) DiskFile{};
  file->disk = disk;
  file->ino = ino;
  file->folder_to_sync = folder;
  file->memory = new std::shared_ptr<SharedMemory>();
  if ((flags & SQLITE_OPEN_DELETEONCLOSE) != 0) {
    file->delete_path = new std::string(path);
  }
  file->base.pMethods = Methods();
  if (out_flags != nullptr) {
    *out_flags = flags;
  }
  return SQLITE_OK;
}

int Delete(sqlite3_vfs* vfs, const char* name, int syncs) {
  if (!IsOurs(name)) {
    return Real(vfs)->xDelete(Real(vfs), name, syncs);
  }
  const std::string path = HostPath(name);
  if (!Remove(current_disk, path).ok()) {
    return SQLITE_IOERR_DELETE_NOENT;
  }
  if (syncs != 0 && !current_disk->SyncFolder(FindIno(*current_disk, env::ParentOf(path), true))) {
    return SQLITE_IOERR_DIR_FSYNC;
  }
  return SQLITE_OK;
}

int Access(sqlite3_vfs* vfs, const char* name, int flags, int* result) {
  if (!IsOurs(name)) {
    return Real(vfs)->xAccess(Real(vfs), name, flags, result);
  }
  const Ino ino = FindIno(*current_disk, HostPath(name), true);
  *result = ino != 0;
  if (flags == SQLITE_ACCESS_EXISTS && ino != 0) {
    *result = current_disk->At(ino).content.size() > 0;
  }
  return SQLITE_OK;
}

int FullPath(sqlite3_vfs* vfs, const char* name, int size, char* target) {
  if (!IsOurs(name)) {
    return Real(vfs)->xFullPathname(Real(vfs), name, size, target);
  }
  sqlite3_snprintf(size, target, "%s", name);
  return SQLITE_OK;
}

}  // namespace

void InstallVfs() {
  static sqlite3_vfs vfs;
  sqlite3_vfs* real = sqlite3_vfs_find(nullptr);
  vfs = *real;
  vfs.szOsFile = std::max(real->szOsFile, static_cast<int>(sizeof(DiskFile)));
  vfs.zName = "simulated";
  vfs.pAppData = real;
  vfs.xOpen = Open;
  vfs.xDelete = Delete;
  vfs.xAccess = Access;
  vfs.xFullPathname = FullPath;
  vfs.xDlOpen = nullptr;
  UPGRAPH_CHECK(sqlite3_vfs_register(&vfs, 1) == SQLITE_OK);
}

void SetCurrentDisk(SimulatedDisk* disk) { current_disk = disk; }
SimulatedDisk* CurrentDisk() { return current_disk; }

}  // namespace upgraph::disk
