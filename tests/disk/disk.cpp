#include "tests/disk/disk.h"

#include <algorithm>
#include <set>

namespace upgraph::disk {
namespace {

bool SharesFolder(const std::vector<NameChange>& changes, const std::set<Ino>& folders) {
  return std::any_of(changes.begin(), changes.end(),
                     [&](const NameChange& change) { return folders.count(change.folder) != 0; });
}

uint64_t HashTree(const Inodes& inodes, Ino ino, uint64_t hash) {
  const Inode& inode = inodes.at(ino);
  hash = Mix(hash, static_cast<uint64_t>(inode.type) << 48 | inode.mode);
  hash = Mix(hash, uint64_t{inode.uid} << 32 | inode.gid);
  hash = Mix(hash, static_cast<uint64_t>(inode.mtime_ns));
  hash = Mix(MixText(hash, inode.link), inode.content.Hash());
  for (const auto& [name, value] : inode.xattrs) {
    hash = MixText(MixText(hash, name), value);
  }
  for (const auto& [name, child] : inode.entries) {
    hash = HashTree(inodes, child, MixText(hash, name));
  }
  return Mix(hash, inode.entries.size());
}

}  // namespace

SimulatedDisk::SimulatedDisk() {
  Inode root;
  root.type = env::FileType::kDirectory;
  root.mode = 0755;
  root.mtime_ns = now_ns_;
  inodes_[kRootIno] = root;
  durable_[kRootIno] = root;
  births_[kRootIno] = root;
}

void SimulatedDisk::Announce() {
  ++change_count_;
  now_ns_ += 1'000'000;
  if (before_change) {
    before_change();
  }
}

void SimulatedDisk::AnnounceSync() {
  Announce();
  if (before_sync) {
    before_sync();
  }
}

// A file that was made and never synced is there with its first attributes, and empty.
Inode* SimulatedDisk::Born(Ino ino, Inodes* inodes) const {
  auto found = inodes->find(ino);
  return found != inodes->end() ? &found->second
                                : &inodes->emplace(ino, births_.at(ino)).first->second;
}

void SimulatedDisk::ApplyTo(const Operation& operation, Inodes* inodes) const {
  if (operation.ino == 0) {
    for (const NameChange& change : operation.names) {
      Inode* folder = Born(change.folder, inodes);
      folder->mtime_ns = operation.time_ns;
      if (change.ino == 0) {
        folder->entries.erase(change.name);
      } else {
        (void)Born(change.ino, inodes);
        folder->entries[change.name] = change.ino;
      }
    }
    return;
  }
  Inode* inode = Born(operation.ino, inodes);
  if (operation.is_write) {
    inode->content.Write(operation.offset, operation.bytes);
    inode->mtime_ns = operation.time_ns;
  } else {
    operation.change(inode);
  }
}

void SimulatedDisk::Add(Operation operation) {
  operation.time_ns = now_ns_;
  ApplyTo(operation, &inodes_);
  pending_.push_back(std::move(operation));
}

Ino SimulatedDisk::Make(const Inode& inode) {
  const Ino ino = next_ino_++;
  inodes_[ino] = inode;
  inodes_[ino].mtime_ns = now_ns_;
  births_[ino] = inodes_[ino];
  return ino;
}

void SimulatedDisk::Write(Ino ino, uint64_t offset, std::string_view bytes) {
  Announce();
  Operation operation;
  operation.ino = ino;
  operation.is_write = true;
  operation.offset = offset;
  operation.bytes = bytes;
  Add(std::move(operation));
}

void SimulatedDisk::Truncate(Ino ino, uint64_t size) {
  SetAttributes(ino, [size](Inode* inode) { inode->content.Truncate(size); });
}

void SimulatedDisk::SetAttributes(Ino ino, std::function<void(Inode*)> change) {
  Announce();
  Operation operation;
  operation.ino = ino;
  operation.change = std::move(change);
  Add(std::move(operation));
}

void SimulatedDisk::ChangeNames(std::vector<NameChange> changes) {
  Announce();
  Operation operation;
  operation.names = std::move(changes);
  Add(std::move(operation));
}

// What is chosen becomes durable, in order; the rest goes on waiting.
bool SimulatedDisk::Settle(const std::vector<bool>& chosen) {
  const bool fails = ++sync_count_ == failing_sync;
  if (ignores_sync) {
    return !fails;
  }
  std::vector<Operation> rest;
  for (size_t i = 0; i < pending_.size(); ++i) {
    if (fails && chosen[i] && pending_[i].is_write) {
      continue;  // nobody will write it
    }
    if (chosen[i] && !fails) {
      ApplyTo(pending_[i], &durable_);
    } else {
      rest.push_back(std::move(pending_[i]));
    }
  }
  pending_ = std::move(rest);
  return !fails;
}

bool SimulatedDisk::SyncFile(Ino ino) {
  AnnounceSync();
  std::vector<bool> chosen(pending_.size(), false);
  for (size_t i = 0; i < pending_.size(); ++i) {
    chosen[i] = pending_[i].ino == ino;
  }
  if (!ignores_sync) {
    (void)Born(ino, &durable_);
  }
  return Settle(chosen);
}

// Its names, and every earlier change of names that shares a folder with one of them; its own
// attributes too.
bool SimulatedDisk::SyncFolder(Ino ino) {
  AnnounceSync();
  std::vector<bool> chosen(pending_.size(), false);
  std::set<Ino> folders = {ino};
  for (size_t i = pending_.size(); i-- > 0;) {
    const Operation& operation = pending_[i];
    if (operation.ino == ino) {
      chosen[i] = true;
    } else if (operation.ino == 0 && SharesFolder(operation.names, folders)) {
      chosen[i] = true;
      for (const NameChange& change : operation.names) {
        folders.insert(change.folder);
      }
    }
  }
  return Settle(chosen);
}

bool SimulatedDisk::SyncAll() {
  AnnounceSync();
  return Settle(std::vector<bool>(pending_.size(), true));
}

// To another folder, so that one of the two may be on the disk without the other.
bool SimulatedDisk::IsMoveOfFile(const std::vector<NameChange>& names) const {
  return names.size() == 2 && names[0].ino == 0 && names[1].ino != 0 &&
         names[0].folder != names[1].folder &&
         births_.at(names[1].ino).type != env::FileType::kDirectory;
}

std::unique_ptr<SimulatedDisk> SimulatedDisk::Cut(Random* random) const {
  auto after = std::make_unique<SimulatedDisk>();
  after->durable_ = durable_;
  after->births_ = births_;
  after->next_ino_ = next_ino_;
  after->now_ns_ = now_ns_;
  // How likely each change is there, in eighths; or everything up to a point in time.
  const uint64_t odds = (*random)() % 10;
  const size_t prefix = pending_.empty() ? 0 : (*random)() % (pending_.size() + 1);
  const bool tears = (*random)() % 2 == 0;
  std::set<Ino> broken;  // folders that lost a change of names: later ones are lost as well
  for (size_t i = 0; i < pending_.size(); ++i) {
    const Operation& operation = pending_[i];
    bool is_there = odds == 9 ? i < prefix : (*random)() % 8 < odds;
    if (operation.ino == 0) {
      is_there = is_there && !SharesFolder(operation.names, broken);
      if (!is_there) {
        if (IsMoveOfFile(operation.names) && !SharesFolder({operation.names[1]}, broken) &&
            (*random)() % 4 == 0) {
          Operation second_name = operation;
          second_name.names = {operation.names[1]};
          ApplyTo(second_name, &after->durable_);
        }
        for (const NameChange& change : operation.names) {
          broken.insert(change.folder);
        }
        continue;
      }
    }
    if (!is_there) {
      continue;
    }
    if (operation.is_write && tears && (*random)() % 4 == 0) {
      Operation part = operation;
      for (size_t at = 0; at < operation.bytes.size(); at += kSectorBytes) {
        if ((*random)() % 2 == 0) {
          part.offset = operation.offset + at;
          part.bytes = operation.bytes.substr(at, kSectorBytes);
          ApplyTo(part, &after->durable_);
        }
      }
      continue;
    }
    ApplyTo(operation, &after->durable_);
  }
  after->inodes_ = after->durable_;
  return after;
}

uint64_t SimulatedDisk::Hash() const { return HashTree(inodes_, kRootIno, kHashSeed); }

}  // namespace upgraph::disk
