#include "tests/blocks/operator.h"

#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/loop.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/check.h"

namespace upgraph::blocks {
namespace {

namespace fs = std::filesystem;

constexpr const char* kBootId = "/proc/sys/kernel/random/boot_id";
constexpr int kLoopMajor = 7;
constexpr int kTriesMax = 100;  // others take loop devices as well

std::string Failure(const std::string& what) { return what + ": " + std::strerror(errno); }

// The path of a loop device over `file`, which goes when nobody uses it any more.
std::string AttachLoop(const std::string& file, std::string* path, int* opened) {
  const int backing = open(file.c_str(), O_RDWR | O_CLOEXEC);
  const int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
  std::string fault = backing < 0 ? Failure(file) : control < 0 ? Failure("/dev/loop-control") : "";
  for (int i = 0; fault.empty(); ++i) {
    const int number = ioctl(control, LOOP_CTL_GET_FREE);
    *path = "/dev/loop" + std::to_string(number);
    if (number >= 0 && access(path->c_str(), F_OK) != 0) {
      // Where no udev makes it.
      (void)mknod(path->c_str(), S_IFBLK | 0600,
                  makedev(kLoopMajor, static_cast<unsigned>(number)));
    }
    *opened = open(path->c_str(), O_RDWR | O_CLOEXEC);
    loop_config config{};
    config.fd = static_cast<uint32_t>(backing);
    config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
    if (*opened >= 0 && ioctl(*opened, LOOP_CONFIGURE, &config) == 0) {
      break;
    }
    if (i == kTriesMax) {
      fault = Failure(*path);
    }
    if (*opened >= 0) {
      close(*opened);
    }
    *opened = -1;
    usleep(10'000);
  }
  close(backing);
  close(control);
  return fault;
}

// What an operator's process does.
class Worker {
 public:
  Worker(const std::string& device, const std::string& work, int told_fd,
         const std::string& snapshot)
      : device_(device), work_(work), told_fd_(told_fd), snapshots_(snapshot) {
    UPGRAPH_CHECK(mount((work_ + "/boot_id").c_str(), kBootId, nullptr, MS_BIND, nullptr) == 0);
  }

  Json Do(const Json& request) {
    const std::string what = request["do"].get<std::string>();
    if (what == "mount") {
      return Json{
          {"fault", Mount(request["type"].get<std::string>(), request["options"].get<std::string>(),
                          request["ranges"].get<std::vector<Range>>())}};
    }
    if (what == "unmount") {
      return Json{{"fault", Unmount()}};
    }
    if (what == "run") {
      return Json{{"code", Run(request["arguments"].get<std::vector<std::string>>())}};
    }
    if (what == "take") {
      return Json{{"snapshot", snapshots_.Take(request["host"].get<std::string>(),
                                               request["is_forward"].get<bool>())}};
    }
    UPGRAPH_UNREACHABLE("request");
  }

 private:
  std::string point() const { return work_ + "/mount"; }

  std::string Mount(const std::string& type, const std::string& options,
                    const std::vector<Range>& ranges) {
    std::string path;
    int opened = -1;
    if (std::string fault = AttachLoop(device_, &path, &opened); !fault.empty()) {
      return kNoLoopDevice + (": " + fault);
    }
    loop_ = path;
    for (const auto& [offset, size] : ranges) {
      std::string bytes(size, '\0');
      (void)pread(opened, bytes.data(), size, static_cast<off_t>(offset));
    }
    // Access times would be writes of our own.
    const bool is_mounted =
        mount(path.c_str(), point().c_str(), type.c_str(), MS_NOATIME, options.c_str()) == 0;
    std::string fault = is_mounted ? "" : Failure("mount");
    close(opened);
    if (!is_mounted) {
      ForgetBtrfs(type);
    }
    type_ = type;
    return fault;
  }

  std::string Unmount() {
    for (int i = 0; umount2(point().c_str(), 0) != 0; ++i) {
      if (errno != EBUSY || i == kTriesMax) {
        return Failure("umount");
      }
      usleep(10'000);
    }
    ForgetBtrfs(type_);
    return "";
  }

  // The kernel remembers devices of btrfs by what was on them; ours holds something older next.
  void ForgetBtrfs(const std::string& type) {
    const int control = type == "btrfs" ? open("/dev/btrfs-control", O_RDWR | O_CLOEXEC) : -1;
    if (control >= 0) {
      btrfs_ioctl_vol_args arguments{};
      loop_.copy(arguments.name, sizeof arguments.name - 1);
      (void)ioctl(control, BTRFS_IOC_FORGET_DEV, &arguments);
      close(control);
    }
  }

  int Run(const std::vector<std::string>& arguments) {
    const pid_t child = fork();
    UPGRAPH_CHECK(child >= 0);
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      // A line of its own also behind one that a killed program left half.
      const std::string line = "\npid " + std::to_string(getpid()) + "\n";
      UPGRAPH_CHECK(write(told_fd_, line.data(), line.size()) == static_cast<ssize_t>(line.size()));
      crash::TakeStreams(told_fd_, crash::OpenLog(work_ + "/operator.log"));
      crash::Exec(arguments);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return crash::ExitCodeOf(status);
  }

  const std::string device_;
  const std::string work_;
  const int told_fd_;
  crash::Snapshots snapshots_;
  std::string loop_;
  std::string type_;
};

// One line, without its end; false when the other side is gone.
bool ReadLine(int descriptor, std::string* unread, std::string* line) {
  size_t end = 0;
  while ((end = unread->find('\n')) == std::string::npos) {
    char bytes[4096];
    const ssize_t count = read(descriptor, bytes, sizeof bytes);
    if (count <= 0) {
      return false;
    }
    unread->append(bytes, static_cast<size_t>(count));
  }
  *line = unread->substr(0, end);
  unread->erase(0, end + 1);
  return true;
}

void WriteLine(int descriptor, const Json& json) {
  const std::string line = CompactJson(json) + "\n";
  for (size_t done = 0; done < line.size();) {
    const ssize_t count = write(descriptor, line.data() + done, line.size() - done);
    UPGRAPH_CHECK(count > 0);
    done += static_cast<size_t>(count);
  }
}

}  // namespace

std::string UseOwnMounts() {
  if (unshare(CLONE_NEWNS) != 0) {
    return Failure("no mounts of its own");
  }
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    return Failure("no private mounts");
  }
  return "";
}

void ComeFirst() {
  sched_param parameters{};
  parameters.sched_priority = 1;
  (void)sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &parameters);
}

std::string NewBootId() { return crash::ReadFile("/proc/sys/kernel/random/uuid"); }

Operator::Operator(const std::string& device, const std::string& work, int told_fd,
                   const std::string& snapshot)
    : work_(work) {
  fs::create_directories(mount_point());
  Boot(NewBootId());
  int channel[2];
  UPGRAPH_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) == 0);
  process_ = fork();
  UPGRAPH_CHECK(process_ >= 0);
  if (process_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(channel[0]);
    ComeFirst();
    Worker worker(device, work, told_fd, snapshot);
    std::string unread;
    for (std::string line; ReadLine(channel[1], &unread, &line);) {
      WriteLine(channel[1], worker.Do(*ParseJson(line)));
    }
    _exit(0);
  }
  close(channel[1]);
  channel_ = channel[0];
}

Operator::~Operator() {
  close(channel_);
  waitpid(process_, nullptr, 0);
}

Json Operator::Ask(const Json& request) {
  WriteLine(channel_, request);
  pollfd waits[] = {{channel_, POLLIN, 0}, {told_reader, POLLIN, 0}};
  while (unread_.find('\n') == std::string::npos) {
    UPGRAPH_CHECK(poll(waits, 2, -1) > 0);
    if ((waits[1].revents & POLLIN) != 0) {
      when_told();
    }
    if (waits[0].revents != 0) {
      break;
    }
  }
  std::string line;
  UPGRAPH_CHECK(ReadLine(channel_, &unread_, &line));  // it says on stderr why it ended
  when_told();
  return *ParseJson(line);
}

std::string Operator::Mount(const std::string& type, const std::string& options,
                            const std::vector<Range>& ranges) {
  return Ask(
      Json{{"do", "mount"}, {"type", type}, {"options", options}, {"ranges", ranges}})["fault"];
}

std::string Operator::Unmount() { return Ask(Json{{"do", "unmount"}})["fault"]; }

int Operator::Run(const std::vector<std::string>& arguments) {
  return Ask(Json{{"do", "run"}, {"arguments", arguments}})["code"];
}

crash::Snapshot Operator::Take(const std::string& host, bool is_forward) {
  return Ask(Json{{"do", "take"}, {"host", host}, {"is_forward", is_forward}})["snapshot"]
      .get<crash::Snapshot>();
}

void Operator::Boot(const std::string& id) const { std::ofstream(work_ + "/boot_id") << id; }

}  // namespace upgraph::blocks
