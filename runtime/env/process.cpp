#include "runtime/env/process.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "runtime/env/clock.h"
#include "runtime/env/rooted_path.h"

namespace upgraph::env {
namespace {

constexpr const char* kPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
constexpr int64_t kGraceMs = 2'000;  // from TERM to KILL
constexpr int kPollMs = 20;

// Everything that the child needs, made before it is there. Until its exec the child lives in the
// memory of its parent (vfork), whose other threads go on and may hold any lock: it makes system
// calls, and changes nothing but its own stack.
// Rejected: fork, which copies the page tables of the whole runner for every command (at a thousand
// steps half of all the time that went into starting them); posix_spawn, which knows no
// PR_SET_PDEATHSIG, no umask and no range of descriptors.
struct Launch {
  std::vector<std::string> programs;  // where the program may lie: the first that is there
  std::vector<char*> arguments;
  std::vector<std::string> environment_texts;
  std::vector<char*> environment;
  const char* directory;
  int output;
  int error_pipe;
  int inherited_fd;
  std::vector<int> secrets;
  pid_t parent;
};

[[noreturn]] void FailLaunch(const Launch& launch) {
  int code = errno;
  (void)!write(launch.error_pipe, &code, sizeof code);
  _exit(127);
}

[[noreturn]] void RunChild(const Launch& launch) {
  // Handlers would run in the parent's memory: none is left when signals are let through.
  for (int number = 1; number < 32; ++number) {
    signal(number, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != launch.parent) {
    _exit(127);  // the parent ended before it could be watched
  }
  umask(077);
  int null = open("/dev/null", O_RDONLY);
  if (null < 0 || dup2(null, 0) < 0 || dup2(launch.output, 1) < 0 || dup2(launch.output, 2) < 0 ||
      chdir(launch.directory) != 0) {
    FailLaunch(launch);
  }
  // Whoever started us may have left files open for its children; they are not for this one.
  syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
  if (launch.inherited_fd >= 0) {
    fcntl(launch.inherited_fd, F_SETFD, 0);
  }
  for (int secret : launch.secrets) {
    fcntl(secret, F_SETFD, 0);
  }
  int code = ENOENT;
  for (const std::string& program : launch.programs) {
    execvpe(program.c_str(), launch.arguments.data(), launch.environment.data());
    const bool is_absent = errno == ENOENT || errno == ENOTDIR;
    code = is_absent ? code : errno;
    if (!is_absent && errno != EACCES) {
      break;
    }
  }
  errno = code;
  FailLaunch(launch);
}

// The child's process id; -1 and errno. Signals wait until the child has no handler any more.
pid_t LaunchChild(const Launch& launch) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t child = vfork();
  if (child == 0) {
    RunChild(launch);
  }
  const int code = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = code;
  return child;
}

// A name without a slash is looked for in the fixed PATH.
std::vector<std::string> ProgramPaths(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    return {name};
  }
  std::vector<std::string> paths;
  const std::string_view folders = kPath;
  for (size_t start = 0; start <= folders.size();) {
    const size_t end = std::min(folders.find(':', start), folders.size());
    paths.push_back(std::string(folders.substr(start, end - start)) + "/" + name);
    start = end + 1;
  }
  return paths;
}

Launch PrepareLaunch(const Command& command, int output, int error_pipe) {
  Launch launch;
  launch.programs = ProgramPaths(command.arguments[0]);
  for (const std::string& argument : command.arguments) {
    launch.arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  launch.arguments.push_back(nullptr);
  launch.environment_texts = {std::string("PATH=") + kPath, "LANG=C.UTF-8", "HOME=/root"};
  for (const auto& [name, value] : command.environment) {
    launch.environment_texts.push_back(name + "=" + value);
  }
  for (std::string& text : launch.environment_texts) {
    launch.environment.push_back(text.data());
  }
  launch.environment.push_back(nullptr);
  launch.directory = command.directory.c_str();
  launch.output = output;
  launch.error_pipe = error_pipe;
  launch.inherited_fd = command.inherited_fd;
  launch.parent = getpid();
  return launch;
}

// A file without a name in any folder that holds `content`, which nobody can change.
Result<Descriptor> MakeSecretFile(const std::string& content) {
  Descriptor file(memfd_create("upgraph-secret", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (file.number() < 0) {
    return SystemError(errno, "a file for a secret");
  }
  for (size_t done = 0; done < content.size();) {
    const ssize_t size = write(file.number(), content.data() + done, content.size() - done);
    if (size < 0) {
      return SystemError(errno, "a file for a secret");
    }
    done += static_cast<size_t>(size);
  }
  lseek(file.number(), 0, SEEK_SET);
  fcntl(file.number(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
  return file;
}

// Watches one child until it is gone: its output, its time, and whether it shall stop.
class Watch {
 public:
  Watch(const Command& command, pid_t child, int output)
      : command_(command),
        child_(child),
        // Becomes readable when the command ends; without one (no descriptor left) its end is seen
        // at the next poll.
        end_(static_cast<int>(syscall(SYS_pidfd_open, child, 0))),
        output_(output),
        start_ms_(SystemClock().BootMs()) {}

  CommandResult Run() {
    bool is_open = true;
    while (!HasEnded()) {
      pollfd ready[2] = {{end_.number(), POLLIN, 0}, {output_, POLLIN, 0}};
      poll(ready, is_open ? 2 : 1, kPollMs);
      is_open = is_open && ReadOutput();
      Enforce();
    }
    // What the command left running in its group must not outlive the step. Until the command is
    // reaped its number, and so that of the group, is nobody else's.
    kill(-child_, SIGKILL);
    int status = 0;
    waitpid(child_, &status, 0);
    while (is_open && ReadOutput() && PollAgain()) {
    }
    if (WIFEXITED(status)) {
      result_.exit_code = WEXITSTATUS(status);
    } else {
      result_.signal = WTERMSIG(status);
    }
    return std::move(result_);
  }

 private:
  bool HasEnded() const {
    siginfo_t info = {};
    return waitid(P_PID, static_cast<id_t>(child_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == child_;
  }

  bool PollAgain() {
    pollfd ready{output_, POLLIN, 0};
    return poll(&ready, 1, 0) > 0;
  }

  // False when the other end is closed.
  bool ReadOutput() {
    char buffer[16 << 10];
    while (true) {
      ssize_t size = read(output_, buffer, sizeof buffer);
      if (size < 0) {
        return errno == EAGAIN || errno == EINTR;
      }
      if (size == 0) {
        return false;
      }
      size_t room = command_.output_bytes_max - result_.output.size();
      result_.output.append(buffer, std::min(static_cast<size_t>(size), room));
    }
  }

  void Enforce() {
    int64_t now_ms = SystemClock().BootMs();
    if (end_ms_ == 0) {
      bool is_cancelled = command_.cancel != nullptr && command_.cancel->load();
      bool is_late = command_.timeout_ms > 0 && now_ms - start_ms_ >= command_.timeout_ms;
      if (!is_cancelled && !is_late) {
        return;
      }
      result_.cancelled = is_cancelled;
      result_.timed_out = !is_cancelled;
      kill(-child_, SIGTERM);
      end_ms_ = now_ms + kGraceMs;
    } else if (now_ms >= end_ms_) {
      kill(-child_, SIGKILL);
    }
  }

  const Command& command_;
  pid_t child_;
  Descriptor end_;
  int output_;
  int64_t start_ms_;
  int64_t end_ms_ = 0;  // when grace ends; 0: not asked to end
  CommandResult result_;
};

class RealProcesses : public Processes {
 public:
  Result<CommandResult> Run(const Command& command) override {
    if (command.secrets.empty()) {
      return Start(command, {});
    }
    Command with_files = command;
    with_files.secrets.clear();
    std::vector<Descriptor> files;
    std::vector<int> numbers;
    for (const SecretArgument& secret : command.secrets) {
      UPGRAPH_CHECK(secret.index > 0 && secret.index < command.arguments.size());
      UPGRAPH_ASSIGN(Descriptor file, MakeSecretFile(secret.content));
      with_files.arguments[secret.index] = "/proc/self/fd/" + std::to_string(file.number());
      numbers.push_back(file.number());
      files.push_back(std::move(file));
    }
    return Start(with_files, std::move(numbers));
  }

 private:
  static Result<CommandResult> Start(const Command& command, std::vector<int> secrets) {
    if (command.arguments.empty()) {
      return Error{ErrorKind::kInvalid, "an empty command"};
    }
    int output[2];
    int failure[2];
    if (pipe2(output, O_CLOEXEC) != 0) {
      return SystemError(errno, "pipe");
    }
    Descriptor output_read(output[0]);
    Descriptor output_write(output[1]);
    if (pipe2(failure, O_CLOEXEC) != 0) {
      return SystemError(errno, "pipe");
    }
    Descriptor failure_read(failure[0]);
    Descriptor failure_write(failure[1]);
    Launch launch = PrepareLaunch(command, output_write.number(), failure_write.number());
    launch.secrets = std::move(secrets);
    const pid_t child = LaunchChild(launch);
    if (child < 0) {
      return SystemError(errno, "cannot start `" + command.arguments[0] + "`");
    }
    output_write = Descriptor();
    failure_write = Descriptor();
    int code = 0;
    if (read(failure_read.number(), &code, sizeof code) == static_cast<ssize_t>(sizeof code)) {
      waitpid(child, nullptr, 0);
      return SystemError(code, "cannot start `" + command.arguments[0] + "`");
    }
    fcntl(output_read.number(), F_SETFL, O_NONBLOCK);
    return Watch(command, child, output_read.number()).Run();
  }
};

}  // namespace

Status Processes::Reboot() {
  constexpr int64_t kAskMsMax = 60'000;
  const bool has_systemd = access("/run/systemd/system", F_OK) == 0;
  Command command;
  command.arguments = has_systemd ? std::vector<std::string>{"systemctl", "reboot"}
                                  : std::vector<std::string>{"shutdown", "-r", "now"};
  command.timeout_ms = kAskMsMax;
  UPGRAPH_ASSIGN(const CommandResult result, Run(command));
  if (result.exit_code == 0 && result.signal == 0) {
    return OkStatus();
  }
  return Error{ErrorKind::kFailed, "the system does not reboot: " +
                                       (result.timed_out ? "it does not answer" : result.output)};
}

Processes& SystemProcesses() {
  static auto* const kProcesses = new RealProcesses();
  return *kProcesses;
}

}  // namespace upgraph::env
