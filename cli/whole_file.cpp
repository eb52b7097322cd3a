#include "cli/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"

namespace upgraph::cli {
namespace {

Result<std::string> ReadAll(int fd, const std::string& path, uint64_t bytes_max) {
  std::string text;
  struct stat status {};
  if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
    return SystemError(EISDIR, path);
  }
  char block[65536];
  while (true) {
    const ssize_t got = read(fd, block, sizeof(block));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return SystemError(errno, path);
    }
    if (got == 0) {
      return text;
    }
    if (text.size() + static_cast<size_t>(got) > bytes_max) {
      return Error{
          ErrorKind::kInvalid,
          fmt::format("{}: has more than {} bytes, which is the most allowed", path, bytes_max)};
    }
    text.append(block, static_cast<size_t>(got));
  }
}

Status WriteSynced(int fd, const std::string& path, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written < 0) {
      return SystemError(errno, path);
    }
    content.remove_prefix(static_cast<size_t>(written));
  }
  return fsync(fd) == 0 ? OkStatus() : Status(SystemError(errno, path));
}

// `like`: whose mode and owner it gets; null: those of a new file.
Status Replace(const std::string& path, const std::string& content, const struct stat* like) {
  const std::string beside = fmt::format("{}.{}.tmp", path, ToHex(RandomBytes(4)));
  const mode_t mode = like == nullptr ? 0644 : 0600;
  const int fd = open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) {
    return SystemError(errno, path);
  }
  Status status = OkStatus();
  if (like != nullptr) {
    // Only root may give a file away; the mode is set last, as a change of the owner takes bits.
    const bool is_given = fchown(fd, like->st_uid, like->st_gid) == 0 || errno == EPERM;
    if (!is_given || fchmod(fd, like->st_mode & 07777) != 0) {
      status = SystemError(errno, path);
    }
  }
  if (status.ok()) {
    status = WriteSynced(fd, path, content);
  }
  close(fd);
  if (status.ok() && rename(beside.c_str(), path.c_str()) != 0) {
    status = SystemError(errno, path);
  }
  if (!status.ok()) {
    unlink(beside.c_str());
  }
  return status;
}

}  // namespace

Result<std::string> ReadWhole(const std::string& path, uint64_t bytes_max) {
  if (path == "-") {
    return ReadAll(STDIN_FILENO, "standard input", bytes_max);
  }
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) {
    return SystemError(errno, path);
  }
  Result<std::string> text = ReadAll(fd, path, bytes_max);
  close(fd);
  return text;
}

Result<std::string> ReadHead(const std::string& path, size_t bytes_max) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0) {
    return SystemError(errno, path);
  }
  std::string head(bytes_max, '\0');
  const ssize_t got = pread(fd, head.data(), head.size(), 0);
  close(fd);
  if (got < 0) {
    return SystemError(errno, path);
  }
  head.resize(static_cast<size_t>(got));
  return head;
}

Status ReplaceFile(const std::string& path, const std::string& content) {
  return Replace(path, content, nullptr);
}

Status RewriteFile(const std::string& path, const std::string& content) {
  char* resolved = realpath(path.c_str(), nullptr);
  if (resolved == nullptr) {
    return SystemError(errno, path);
  }
  const std::string target = resolved;
  free(resolved);
  struct stat status {};
  if (access(target.c_str(), W_OK) != 0 || stat(target.c_str(), &status) != 0) {
    return SystemError(errno, path);
  }
  return Replace(target, content, &status);
}

}  // namespace upgraph::cli
