#include "tests/disk/content.h"

#include <algorithm>
#include <cstring>

namespace upgraph::disk {

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

}  // namespace upgraph::disk
