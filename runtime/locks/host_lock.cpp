#include "runtime/locks/host_lock.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <climits>
#include <fstream>
#include <vector>

namespace upgraph::locks {
namespace {

constexpr off_t kRunnerByte = 0;
constexpr off_t kWorkByte = 1;
constexpr int64_t kFencePollMs = 5;
// A runner that was killed while it started a child is alive in it until the child's exec.
constexpr int64_t kRunnerGraceMs = 200;

struct flock Range(off_t byte) {
  struct flock range {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  range.l_start = byte;
  range.l_len = 1;
  return range;
}

Result<bool> TryLock(int descriptor, off_t byte) {
  struct flock range = Range(byte);
  if (fcntl(descriptor, F_OFD_SETLK, &range) == 0) {
    return true;
  }
  if (errno == EAGAIN || errno == EACCES) {
    return false;
  }
  return SystemError(errno, "host lock");
}

// The runner range, and the folder that the lock file lies in: whoever removes or replaces the file
// while a runner is alive does not let a second one in.
Result<bool> TryLockRunner(int runner, int folder) {
  UPGRAPH_ASSIGN(bool is_taken, TryLock(runner, kRunnerByte));
  if (!is_taken || flock(folder, LOCK_EX | LOCK_NB) == 0) {
    return is_taken;
  }
  if (errno != EWOULDBLOCK) {
    return true;  // not every file system over a network locks folders
  }
  struct flock range = Range(kRunnerByte);
  range.l_type = F_UNLCK;
  fcntl(runner, F_OFD_SETLK, &range);
  return false;
}

Result<int> OpenLockFile(const std::string& real_path) {
  int descriptor = open(real_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) {
    return SystemError(errno, real_path);
  }
  return descriptor;
}

// The file that was locked must still be the one that its name leads to, or two runners could hold
// two files.
Status CheckSameFile(int descriptor, const std::string& real_path) {
  struct stat held {};
  struct stat named {};
  if (fstat(descriptor, &held) != 0 || lstat(real_path.c_str(), &named) != 0 ||
      held.st_dev != named.st_dev || held.st_ino != named.st_ino) {
    return Error{ErrorKind::kBusy,
                 fmt::format("the lock file `{}` was replaced while it was taken", real_path)};
  }
  return OkStatus();
}

std::vector<int> Numbers(const std::string& folder) {
  std::vector<int> numbers;
  DIR* directory = opendir(folder.c_str());
  if (directory == nullptr) {
    return numbers;
  }
  while (const dirent* entry = readdir(directory)) {
    std::string name = entry->d_name;
    int number = 0;
    auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error == std::errc() && end == name.data() + name.size()) {
      numbers.push_back(number);
    }
  }
  closedir(directory);
  return numbers;
}

// Whether an open file of a process, of which `info` is what the kernel tells, holds the work
// range.
bool HoldsWork(const std::string& info) {
  std::ifstream lines(info);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("lock:", 0) == 0 && line.find("OFDLCK") != std::string::npos &&
        line.ends_with(fmt::format(" {} {}", kWorkByte, kWorkByte))) {
      return true;
    }
  }
  return false;
}

// Whether that descriptor of a process is of the lock file, or of one of its name that somebody
// removed.
bool IsLockFile(const std::string& link, const struct stat& lock, const std::string& real_path) {
  struct stat open_file {};
  if (stat(link.c_str(), &open_file) != 0 || open_file.st_dev != lock.st_dev) {
    return false;
  }
  char target[PATH_MAX];
  const ssize_t size = open_file.st_nlink == 0 ? readlink(link.c_str(), target, sizeof target) : 0;
  return open_file.st_ino == lock.st_ino ||
         (size > 0 &&
          std::string_view(target, static_cast<size_t>(size)) == real_path + " (deleted)");
}

// Processes that hold the work range of the lock file, or of an earlier one in its place: with the
// runner range ours, these are children of a dead runner's steps, which inherited it. Others that
// have the file open ask for it as we do.
std::vector<pid_t> Holders(int descriptor, const std::string& real_path) {
  struct stat held {};
  fstat(descriptor, &held);
  std::vector<pid_t> holders;
  for (int pid : Numbers("/proc")) {
    if (pid == getpid()) {
      continue;
    }
    const std::string process = fmt::format("/proc/{}", pid);
    for (int fd : Numbers(process + "/fd")) {
      if (IsLockFile(fmt::format("{}/fd/{}", process, fd), held, real_path) &&
          HoldsWork(fmt::format("{}/fdinfo/{}", process, fd))) {
        holders.push_back(pid);
        break;
      }
    }
  }
  return holders;
}

// The lock file as it was when a runner last took it: leftovers may hold one that is gone, which
// keeps nobody from this one. Lost in a power cut, with all leftovers.
class KnownLockFile {
 public:
  KnownLockFile(env::Env& env, const std::string& state_folder, int descriptor)
      : files_(env.files), path_(state_folder + "/lock.inode") {
    struct stat held {};
    fstat(descriptor, &held);
    text_ = fmt::format("{}\n", held.st_ino);
    auto known = files_.Read(path_, 64);
    is_known_ = known.ok() && *known == text_;
  }
  bool is_known() const { return is_known_; }
  Status Keep() {
    if (is_known_) {
      return OkStatus();
    }
    UPGRAPH_TRY(files_.RemoveTree(path_ + ".new"));
    UPGRAPH_TRY(files_.WriteNew(path_ + ".new", text_, 0600));
    return files_.RenameOver(path_ + ".new", path_);
  }

 private:
  env::Files& files_;
  std::string path_;
  std::string text_;
  bool is_known_ = false;
};

// Ends what a dead runner left and takes the work range. `is_known`: it can only hold this file.
Status FenceAndTakeWork(env::Env& env, int work, const std::string& real_path, bool is_known) {
  int64_t end_ms = env.clock.BootMs() + kFenceMsMax;
  while (true) {
    UPGRAPH_ASSIGN(bool is_taken, TryLock(work, kWorkByte));
    std::vector<pid_t> holders;
    if (!is_taken || !is_known) {
      holders = Holders(work, real_path);
    }
    if (is_taken && holders.empty()) {
      return OkStatus();
    }
    for (pid_t pid : holders) {
      kill(pid, SIGKILL);
    }
    if (env.clock.BootMs() >= end_ms) {
      return Error{ErrorKind::kBusy,
                   "children of a run that ended still run and could not be stopped"};
    }
    env.clock.SleepMs(kFencePollMs);
  }
}

// Whether a runner is alive whose lock file somebody removed or replaced. Whoever takes the lock
// meanwhile tries for longer than this holds it.
Result<bool> IsFolderLocked(const std::string& real_folder) {
  const int folder = open(real_folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (folder < 0) {
    return errno == ENOENT ? Result<bool>(false) : Result<bool>(SystemError(errno, real_folder));
  }
  const bool is_locked = flock(folder, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  close(folder);
  return is_locked;
}

Result<uint64_t> NextEpoch(env::Env& env, const std::string& state_folder) {
  const std::string path = state_folder + "/epoch";
  uint64_t epoch = 0;
  auto text = env.files.Read(path, 64);
  if (text.ok()) {
    auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), epoch);
    if (error != std::errc() || std::string_view(end, text->data() + text->size()) != "\n") {
      return Error{ErrorKind::kDamaged, fmt::format("`{}` holds no number", path)};
    }
  } else if (text.error().kind != ErrorKind::kNotFound) {
    return text.error();
  }
  ++epoch;
  const std::string fresh = path + ".new";
  UPGRAPH_TRY(env.files.RemoveTree(fresh));
  UPGRAPH_TRY(env.files.WriteNew(fresh, fmt::format("{}\n", epoch), 0600));
  UPGRAPH_TRY(env.files.SyncFile(fresh));
  UPGRAPH_TRY(env.files.RenameOver(fresh, path));
  UPGRAPH_TRY(env.files.SyncDirectory(state_folder));
  return epoch;
}

}  // namespace

Result<std::unique_ptr<HostLock>> HostLock::Take(env::Env& env, const std::string& state_folder) {
  UPGRAPH_ASSIGN(std::string real_path, env.files.RealPath(state_folder + "/lock"));
  const std::string real_folder = env::ParentOf(real_path);
  auto lock = std::unique_ptr<HostLock>(new HostLock());
  lock->folder_ = open(real_folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (lock->folder_ < 0) {
    return SystemError(errno, real_folder);
  }
  UPGRAPH_ASSIGN(lock->runner_, OpenLockFile(real_path));
  UPGRAPH_ASSIGN(lock->work_, OpenLockFile(real_path));
  UPGRAPH_ASSIGN(bool is_taken, TryLockRunner(lock->runner_, lock->folder_));
  for (int64_t end_ms = env.clock.BootMs() + kRunnerGraceMs;
       !is_taken && env.clock.BootMs() < end_ms;) {
    env.clock.SleepMs(kFencePollMs);
    UPGRAPH_ASSIGN(is_taken, TryLockRunner(lock->runner_, lock->folder_));
  }
  if (!is_taken) {
    return Error{ErrorKind::kBusy, "another run is alive on this host"};
  }
  UPGRAPH_TRY(CheckSameFile(lock->runner_, real_path));
  UPGRAPH_TRY(CheckSameFile(lock->work_, real_path));
  KnownLockFile file(env, state_folder, lock->runner_);
  UPGRAPH_TRY(FenceAndTakeWork(env, lock->work_, real_path, file.is_known()));
  UPGRAPH_TRY(file.Keep());
  UPGRAPH_ASSIGN(lock->epoch_, NextEpoch(env, state_folder));
  return lock;
}

HostLock::~HostLock() {
  for (int descriptor : {work_, runner_, folder_}) {
    if (descriptor >= 0) {
      close(descriptor);
    }
  }
}

Result<bool> IsRunnerAlive(env::Env& env, const std::string& state_folder) {
  UPGRAPH_ASSIGN(std::string real_path, env.files.RealPath(state_folder + "/lock"));
  int descriptor = open(real_path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) {
    return errno == ENOENT ? IsFolderLocked(env::ParentOf(real_path))
                           : Result<bool>(SystemError(errno, real_path));
  }
  struct flock range = Range(kRunnerByte);
  int code = fcntl(descriptor, F_OFD_GETLK, &range);
  close(descriptor);
  return code == 0 && range.l_type != F_UNLCK ? Result<bool>(true)
                                              : IsFolderLocked(env::ParentOf(real_path));
}

}  // namespace upgraph::locks
