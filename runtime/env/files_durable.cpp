// The real files: whether a file system keeps what is synced.

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>
#include <fstream>
#include <sstream>

#include "runtime/env/real_files.h"

namespace upgraph::env {
namespace {

// Of a file system that lies in memory; empty for all others.
const char* NameInMemory(const struct statfs& raw) {
  switch (static_cast<uint32_t>(raw.f_type)) {
    case TMPFS_MAGIC:
      return "tmpfs";
    case RAMFS_MAGIC:
      return "ramfs";
    default:
      return "";
  }
}

// As /proc/self/mountinfo writes a path: "\\040" is a blank.
std::string Unescaped(const std::string& text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_escape =
        text[i] == '\\' && i + 3 < text.size() && text.find_first_not_of("01234567", i + 1) > i + 3;
    if (is_escape) {
      plain += static_cast<char>(std::stoi(text.substr(i + 1, 3), nullptr, 8));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

// The options of the file system that is mounted there: "rw,lowerdir=/a,upperdir=/b,workdir=/c".
std::string SuperOptions(uint64_t mount_id) {
  std::ifstream mounts("/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words(line);
    uint64_t id = 0;
    words >> id;
    const size_t dash = line.find(" - ");
    if (id != mount_id || dash == std::string::npos) {
      continue;
    }
    std::istringstream rest(line.substr(dash + 3));
    std::string type;
    std::string source;
    std::string options;
    rest >> type >> source >> options;
    return options;
  }
  return "";
}

// An overlay keeps what its upper folder keeps. One that cannot be seen from here, as in a
// container, tells nothing.
std::string WhyOverlayIsNotDurable(uint64_t mount_id) {
  constexpr std::string_view kUpper = "upperdir=";
  std::istringstream options(SuperOptions(mount_id));
  for (std::string option; std::getline(options, option, ',');) {
    if (option == "volatile" || option == "fsync=volatile") {  // as kernels have it
      return "an overlay that was mounted `volatile`";
    }
    if (!option.starts_with(kUpper)) {
      continue;
    }
    const std::string upper = Unescaped(option.substr(kUpper.size()));
    struct statfs raw {};
    if (upper.starts_with('/') && statfs(upper.c_str(), &raw) == 0 && *NameInMemory(raw) != '\0') {
      return std::string("an overlay over `") + upper + "`, which lies on " + NameInMemory(raw);
    }
  }
  return "";
}

}  // namespace

Result<std::string> Files::WhyNotDurable(const std::string&) { return std::string(); }

Result<std::string> RealFiles::WhyNotDurable(const std::string& path) {
  UPGRAPH_ASSIGN(Descriptor opened, OpenBeneath(root_.number(), path, O_PATH));
  struct statfs raw {};
  if (fstatfs(opened.number(), &raw) != 0) {
    return SystemError(errno, path);
  }
  if (static_cast<uint32_t>(raw.f_type) != OVERLAYFS_SUPER_MAGIC) {
    return std::string(NameInMemory(raw));
  }
  UPGRAPH_ASSIGN(FileStatus status, StatFollow(path));
  return WhyOverlayIsNotDurable(status.mount_id);
}

}  // namespace upgraph::env
