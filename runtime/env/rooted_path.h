#pragma once

// Opening paths beneath a root, as chroot would see them.

#include <string>

#include "base/result.h"

namespace upgraph::env {

// Owns a file descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.number_) { other.number_ = -1; }
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();

  int number() const { return number_; }

 private:
  int number_ = -1;
};

// Opens `path` beneath `root` with openat2 (links stay inside, no magic links); `flags` as of open.
Result<Descriptor> OpenBeneath(int root, const std::string& path, uint64_t flags);

// A path split into its folder, opened, and its last name. The root itself gives the name ".".
struct Parent {
  Descriptor folder;
  std::string name;
};
// kInvalid: not absolute, too long, or ending in "..".
Result<Parent> OpenParent(int root, const std::string& path);

}  // namespace upgraph::env
