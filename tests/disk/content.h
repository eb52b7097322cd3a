#pragma once

// Bytes in pages that copies share: a copy of a disk costs what is changed on it.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace upgraph::disk {

inline constexpr size_t kPageBytes = 4096;
inline constexpr size_t kSectorBytes = 512;

// One value after the other, into a hash.
inline constexpr uint64_t kHashSeed = 0xcbf29ce484222325;
uint64_t Mix(uint64_t hash, uint64_t value);
uint64_t MixText(uint64_t hash, std::string_view text);

// The bytes of a file or of a whole block device.
class Content {
 public:
  uint64_t size() const { return size_; }
  std::string Read(uint64_t offset, uint64_t count) const;  // what is beyond the end is left out
  void Write(uint64_t offset, std::string_view bytes);
  void Truncate(uint64_t size);
  bool IsHole(uint64_t page) const { return pages_[page] == nullptr; }  // never written
  uint64_t Hash() const;

 private:
  struct Page {
    std::array<char, kPageBytes> bytes{};
    mutable uint64_t hash = 0;  // 0: not known
  };
  std::vector<std::shared_ptr<const Page>> pages_;  // null: zeros
  uint64_t size_ = 0;
};

}  // namespace upgraph::disk
