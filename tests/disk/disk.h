#pragma once

// A disk in memory that loses what was not synced: each unsynced write, name and attribute may be
// there after a power cut or not, a write may be there in parts, and only what was synced is there
// for certain. Names that share a folder keep their order, as on any journaling file system;
// nothing else does. A file that moves to another folder may have both names, as on btrfs.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "runtime/env/files.h"
#include "tests/disk/content.h"

namespace upgraph::disk {

using Ino = uint64_t;
inline constexpr Ino kRootIno = 1;

struct Inode {
  env::FileType type = env::FileType::kRegular;
  uint32_t mode = 0;
  uint32_t uid = 0;
  uint32_t gid = 0;
  int64_t mtime_ns = 0;
  Content content;
  std::string link;
  std::map<std::string, std::string> xattrs;
  std::map<std::string, Ino> entries;
};

using Inodes = std::map<Ino, Inode>;

// Sets or takes away one name.
struct NameChange {
  Ino folder = 0;
  std::string name;
  Ino ino = 0;  // 0: the name goes
};

class SimulatedDisk {
 public:
  using Random = std::mt19937_64;

  SimulatedDisk();

  const Inode& At(Ino ino) const { return inodes_.at(ino); }
  bool Has(Ino ino) const { return inodes_.count(ino) != 0; }
  uint64_t change_count() const { return change_count_; }
  uint64_t sync_count() const { return sync_count_; }

  // Makes an inode without a name.
  Ino Make(const Inode& inode);
  void Write(Ino ino, uint64_t offset, std::string_view bytes);
  void Truncate(Ino ino, uint64_t size);
  // `change` sets mode, owner, time or attributes, and nothing else.
  void SetAttributes(Ino ino, std::function<void(Inode*)> change);
  // All of them at once or none, also after a cut; but a file that moves may have both names.
  void ChangeNames(std::vector<NameChange> changes);

  // False: it failed. What was written to the files that it is about and was not durable will not
  // be by any later sync: programs see it as long as the system runs, as a page that could not be
  // written counts as clean. Attributes and names are the business of the file system's journal,
  // and go on waiting.
  bool SyncFile(Ino ino);
  bool SyncFolder(Ino ino);
  bool SyncAll();

  // What may be there after a cut now; everything on it is durable. The draw says how much is lost.
  std::unique_ptr<SimulatedDisk> Cut(Random* random) const;
  // Of everything that can be reached from the root.
  uint64_t Hash() const;

  // Called before each change and each sync: where a cut may come.
  std::function<void()> before_change;
  std::function<void()> before_sync;
  // A disk that says that it synced and did not: to see that somebody would notice.
  bool ignores_sync = false;
  // The sync of this number fails, counted from 1.
  uint64_t failing_sync = 0;

 private:
  struct Operation {
    Ino ino = 0;  // of the file; 0: names
    bool is_write = false;
    uint64_t offset = 0;
    std::string bytes;
    std::function<void(Inode*)> change;
    std::vector<NameChange> names;
    int64_t time_ns = 0;
  };

  void Announce();
  void AnnounceSync();
  void Add(Operation operation);
  static void ApplyNames(const Operation& operation, Inodes* inodes);
  void ApplyTo(const Operation& operation, Inodes* inodes) const;
  Inode* Born(Ino ino, Inodes* inodes) const;
  bool IsMoveOfFile(const std::vector<NameChange>& names) const;
  bool Settle(const std::vector<bool>& chosen);

  Inodes inodes_;   // as programs see them
  Inodes durable_;  // what is there for certain
  Inodes births_;   // as each was made, without content and names
  std::vector<Operation> pending_;
  Ino next_ino_ = kRootIno + 1;
  uint64_t change_count_ = 0;
  uint64_t sync_count_ = 0;
  int64_t now_ns_ = 1'767'225'600'000'000'000;
};

}  // namespace upgraph::disk
