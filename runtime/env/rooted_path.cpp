#include "runtime/env/rooted_path.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/limits.h"

namespace upgraph::env {

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    if (number_ >= 0) {
      close(number_);
    }
    number_ = other.number_;
    other.number_ = -1;
  }
  return *this;
}

Descriptor::~Descriptor() {
  if (number_ >= 0) {
    close(number_);
  }
}

Result<Descriptor> OpenBeneath(int root, const std::string& path, uint64_t flags) {
  open_how how{};
  how.flags = flags | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  std::string relative = path == "/" ? "." : path;
  while (true) {
    long number = syscall(SYS_openat2, root, relative.c_str(), &how, sizeof how);
    if (number >= 0) {
      return Descriptor(static_cast<int>(number));
    }
    // EAGAIN: a rename or mount elsewhere went through the walk; the kernel asks to try again.
    if (errno != EINTR && errno != EAGAIN) {
      return SystemError(errno, path);
    }
  }
}

Result<Parent> OpenParent(int root, const std::string& path) {
  if (path.empty() || path[0] != '/') {
    return Error{ErrorKind::kInvalid, "`" + path + "` is not an absolute path"};
  }
  if (path.size() > kPathBytesMax || path.find('\0') != std::string::npos) {
    return Error{ErrorKind::kInvalid, "a path longer than 4095 bytes, or with a zero byte"};
  }
  std::string clean = path;
  while (clean.size() > 1 && clean.back() == '/') {
    clean.pop_back();
  }
  size_t slash = clean.find_last_of('/');
  std::string name = clean.substr(slash + 1);
  if (clean == "/") {
    name = ".";
  }
  if (name == "..") {
    return Error{ErrorKind::kInvalid, "`" + path + "` ends in `..`"};
  }
  std::string folder = slash == 0 ? "/" : clean.substr(0, slash);
  auto opened = OpenBeneath(root, folder, O_PATH | O_DIRECTORY);
  if (!opened.ok()) {
    return Error{opened.error().kind, opened.error().message};
  }
  return Parent{std::move(*opened), name};
}

}  // namespace upgraph::env
