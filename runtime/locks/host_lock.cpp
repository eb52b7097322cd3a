#include "runtime/locks/host_lock.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
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

// Processes that have the lock file open: with the runner range ours, these can only be children
// of a dead runner's steps, which inherited it.
std::vector<pid_t> Holders(int descriptor) {
  struct stat held {};
  fstat(descriptor, &held);
  std::vector<pid_t> holders;
  for (int pid : Numbers("/proc")) {
    if (pid == getpid()) {
      continue;
    }
    std::string folder = fmt::format("/proc/{}/fd", pid);
    for (int fd : Numbers(folder)) {
      struct stat open_file {};
      if (stat(fmt::format("{}/{}", folder, fd).c_str(), &open_file) == 0 &&
          open_file.st_dev == held.st_dev && open_file.st_ino == held.st_ino) {
        holders.push_back(pid);
        break;
      }
    }
  }
  return holders;
}

// Ends what a dead runner left and takes the work range.
Status FenceAndTakeWork(env::Env& env, int work) {
  int64_t end_ms = env.clock.BootMs() + kFenceMsMax;
  while (true) {
    UPGRAPH_ASSIGN(bool is_taken, TryLock(work, kWorkByte));
    if (is_taken) {
      return OkStatus();
    }
    for (pid_t pid : Holders(work)) {
      kill(pid, SIGKILL);
    }
    if (env.clock.BootMs() >= end_ms) {
      return Error{ErrorKind::kBusy,
                   "children of a run that ended still run and could not be stopped"};
    }
    env.clock.SleepMs(kFencePollMs);
  }
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
  UPGRAPH_ASSIGN(int runner, OpenLockFile(real_path));
  auto work = OpenLockFile(real_path);
  if (!work.ok()) {
    close(runner);
    return work.error();
  }
  auto lock = std::unique_ptr<HostLock>(new HostLock(runner, *work));
  UPGRAPH_ASSIGN(bool is_taken, TryLock(runner, kRunnerByte));
  for (int64_t end_ms = env.clock.BootMs() + kRunnerGraceMs;
       !is_taken && env.clock.BootMs() < end_ms;) {
    env.clock.SleepMs(kFencePollMs);
    UPGRAPH_ASSIGN(is_taken, TryLock(runner, kRunnerByte));
  }
  if (!is_taken) {
    return Error{ErrorKind::kBusy, "another run is alive on this host"};
  }
  UPGRAPH_TRY(CheckSameFile(runner, real_path));
  UPGRAPH_TRY(CheckSameFile(*work, real_path));
  UPGRAPH_TRY(FenceAndTakeWork(env, *work));
  UPGRAPH_ASSIGN(lock->epoch_, NextEpoch(env, state_folder));
  return lock;
}

HostLock::~HostLock() {
  close(work_);
  close(runner_);
}

Result<bool> IsRunnerAlive(env::Env& env, const std::string& state_folder) {
  UPGRAPH_ASSIGN(std::string real_path, env.files.RealPath(state_folder + "/lock"));
  int descriptor = open(real_path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0) {
    return errno == ENOENT ? Result<bool>(false) : Result<bool>(SystemError(errno, real_path));
  }
  struct flock range = Range(kRunnerByte);
  int code = fcntl(descriptor, F_OFD_GETLK, &range);
  close(descriptor);
  return code == 0 && range.l_type != F_UNLCK;
}

}  // namespace upgraph::locks
