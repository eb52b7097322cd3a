#include "tests/disk/disk.h"

#include <algorithm>
#include <cstring>
#include <set>

namespace upgraph::disk {
namespace {

constexpr uint64_t kHashSeed = 0xcbf29ce484222325;

uint64_t Mix(uint64_t hash, uint64_t value) {
  hash ^= value;
  hash *= 0x9e3779b97f4a7c15;
  return hash ^ (hash >> 29);
}

uint64_t MixText(uint64_t hash, std::string_view text) {
  hash = Mix(hash, text.size());
  while (text.size() >= sizeof(uint64_t)) {
    uint64_t word;
    std::memcpy(&word, text.data(), sizeof word);
    hash = Mix(hash, word);
    text.remove_prefix(sizeof word);
  }
  for (char c : text) {
    hash = Mix(hash, static_cast<unsigned char>(c));
  }
  return hash;
}

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

std::string Content::Read(uint64_t offset, uint64_t count) const {
  if (offset >= size_) {
    return std::string();
  }
  count = std::min(count, size_ - offset);
  std::string bytes(count, '\0');
  for (uint64_t done = 0; done < count;) {
    const uint64_t at = offset + done;
    const uint64_t part = std::min(count - done, kPageBytes - at % kPageBytes);
    const auto& page = pages_[at / kPageBytes];
    if (page != nullptr) {
      std::memcpy(bytes.data() + done, page->bytes.data() + at % kPageBytes, part);
    }
    done += part;
  }
  return bytes;
}

void Content::Write(uint64_t offset, std::string_view bytes) {
  if (bytes.empty()) {
    return;
  }
  if (offset + bytes.size() > size_) {
    size_ = offset + bytes.size();
    pages_.resize((size_ + kPageBytes - 1) / kPageBytes);
  }
  for (uint64_t done = 0; done < bytes.size();) {
    const uint64_t at = offset + done;
    const uint64_t part = std::min<uint64_t>(bytes.size() - done, kPageBytes - at % kPageBytes);
    auto& page = pages_[at / kPageBytes];
    auto fresh = page == nullptr ? std::make_shared<Page>() : std::make_shared<Page>(*page);
    std::memcpy(fresh->bytes.data() + at % kPageBytes, bytes.data() + done, part);
    fresh->hash = 0;
    page = std::move(fresh);
    done += part;
  }
}

void Content::Truncate(uint64_t size) {
  if (size < size_ && size % kPageBytes != 0) {
    // What is cut off is zero when the file grows again.
    const uint64_t rest = std::min(size_ - size, kPageBytes - size % kPageBytes);
    Write(size, std::string(rest, '\0'));
  }
  size_ = size;
  pages_.resize((size_ + kPageBytes - 1) / kPageBytes);
}

uint64_t Content::Hash() const {
  uint64_t hash = Mix(kHashSeed, size_);
  for (const auto& page : pages_) {
    if (page == nullptr) {
      hash = Mix(hash, 1);
      continue;
    }
    if (page->hash == 0) {
      page->hash = MixText(kHashSeed, std::string_view(page->bytes.data(), kPageBytes)) | 1;
    }
    hash = Mix(hash, page->hash);
  }
  return hash;
}

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
void SimulatedDisk::Settle(const std::vector<bool>& chosen) {
  if (ignores_sync) {
    return;
  }
  std::vector<Operation> rest;
  for (size_t i = 0; i < pending_.size(); ++i) {
    if (chosen[i]) {
      ApplyTo(pending_[i], &durable_);
    } else {
      rest.push_back(std::move(pending_[i]));
    }
  }
  pending_ = std::move(rest);
}

void SimulatedDisk::SyncFile(Ino ino) {
  Announce();
  std::vector<bool> chosen(pending_.size(), false);
  for (size_t i = 0; i < pending_.size(); ++i) {
    chosen[i] = pending_[i].ino == ino;
  }
  if (!ignores_sync) {
    (void)Born(ino, &durable_);
  }
  Settle(chosen);
}

// Its names, and every earlier change of names that shares a folder with one of them; its own
// attributes too.
void SimulatedDisk::SyncFolder(Ino ino) {
  Announce();
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
  Settle(chosen);
}

void SimulatedDisk::SyncAll() {
  Announce();
  Settle(std::vector<bool>(pending_.size(), true));
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
