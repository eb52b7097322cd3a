#include "tests/crash/tracer.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstddef>
#include <map>
#include <set>
#include <unordered_map>

#include "base/check.h"
#include "tests/crash/host_state.h"

namespace upgraph::crash {
namespace {

constexpr int kSyscallStop = SIGTRAP | 0x80;

enum class SubjectKind { kNone, kDescriptor, kPath, kPathAt, kTwoPathsAt };

struct CallTraits {
  const char* name;
  SubjectKind subject;
};

// The calls by which the runtime acts on files, processes and locks.
const std::unordered_map<long, CallTraits>& KnownCalls() {
  static const auto* const kCalls = new std::unordered_map<long, CallTraits>{
      {SYS_read, {"read", SubjectKind::kDescriptor}},
      {SYS_pread64, {"pread64", SubjectKind::kDescriptor}},
      {SYS_write, {"write", SubjectKind::kDescriptor}},
      {SYS_pwrite64, {"pwrite64", SubjectKind::kDescriptor}},
      {SYS_fsync, {"fsync", SubjectKind::kDescriptor}},
      {SYS_fdatasync, {"fdatasync", SubjectKind::kDescriptor}},
      {SYS_syncfs, {"syncfs", SubjectKind::kDescriptor}},
      {SYS_ftruncate, {"ftruncate", SubjectKind::kDescriptor}},
      {SYS_fallocate, {"fallocate", SubjectKind::kDescriptor}},
      {SYS_fchmod, {"fchmod", SubjectKind::kDescriptor}},
      {SYS_fchown, {"fchown", SubjectKind::kDescriptor}},
      {SYS_fsetxattr, {"fsetxattr", SubjectKind::kDescriptor}},
      {SYS_fremovexattr, {"fremovexattr", SubjectKind::kDescriptor}},
      {SYS_lsetxattr, {"lsetxattr", SubjectKind::kPath}},
      {SYS_setxattr, {"setxattr", SubjectKind::kPath}},
      {SYS_fcntl, {"fcntl", SubjectKind::kDescriptor}},
      {SYS_flock, {"flock", SubjectKind::kDescriptor}},
      {SYS_getdents64, {"getdents64", SubjectKind::kDescriptor}},
      {SYS_fstat, {"fstat", SubjectKind::kDescriptor}},
      {SYS_close, {"close", SubjectKind::kDescriptor}},
      {SYS_lseek, {"lseek", SubjectKind::kDescriptor}},
      {SYS_open, {"open", SubjectKind::kPath}},
      {SYS_stat, {"stat", SubjectKind::kPath}},
      {SYS_lstat, {"lstat", SubjectKind::kPath}},
      {SYS_access, {"access", SubjectKind::kPath}},
      {SYS_unlink, {"unlink", SubjectKind::kPath}},
      {SYS_rmdir, {"rmdir", SubjectKind::kPath}},
      {SYS_mkdir, {"mkdir", SubjectKind::kPath}},
      {SYS_chmod, {"chmod", SubjectKind::kPath}},
      {SYS_rename, {"rename", SubjectKind::kPath}},
      {SYS_openat, {"openat", SubjectKind::kPathAt}},
      {SYS_openat2, {"openat2", SubjectKind::kPathAt}},
      {SYS_newfstatat, {"newfstatat", SubjectKind::kPathAt}},
      {SYS_statx, {"statx", SubjectKind::kPathAt}},
      {SYS_unlinkat, {"unlinkat", SubjectKind::kPathAt}},
      {SYS_mkdirat, {"mkdirat", SubjectKind::kPathAt}},
      {SYS_fchmodat, {"fchmodat", SubjectKind::kPathAt}},
      {SYS_fchownat, {"fchownat", SubjectKind::kPathAt}},
      {SYS_utimensat, {"utimensat", SubjectKind::kPathAt}},
      {SYS_readlinkat, {"readlinkat", SubjectKind::kPathAt}},
      {SYS_faccessat, {"faccessat", SubjectKind::kPathAt}},
      {SYS_faccessat2, {"faccessat2", SubjectKind::kPathAt}},
      {SYS_renameat, {"renameat", SubjectKind::kTwoPathsAt}},
      {SYS_renameat2, {"renameat2", SubjectKind::kTwoPathsAt}},
      {SYS_linkat, {"linkat", SubjectKind::kTwoPathsAt}},
      {SYS_symlinkat, {"symlinkat", SubjectKind::kNone}},
      {SYS_clone, {"clone", SubjectKind::kNone}},
      {SYS_clone3, {"clone3", SubjectKind::kNone}},
      {SYS_fork, {"fork", SubjectKind::kNone}},
      {SYS_vfork, {"vfork", SubjectKind::kNone}},
      {SYS_wait4, {"wait4", SubjectKind::kNone}},
      {SYS_waitid, {"waitid", SubjectKind::kNone}},
      {SYS_kill, {"kill", SubjectKind::kNone}},
      {SYS_futex, {"futex", SubjectKind::kNone}},
      {SYS_poll, {"poll", SubjectKind::kNone}},
      {SYS_mmap, {"mmap", SubjectKind::kNone}},
      {SYS_munmap, {"munmap", SubjectKind::kNone}},
      {SYS_exit_group, {"exit_group", SubjectKind::kNone}},
  };
  return *kCalls;
}

std::string DescriptorPath(pid_t thread, uint64_t descriptor) {
  char target[PATH_MAX];
  std::string link =
      "/proc/" + std::to_string(thread) + "/fd/" + std::to_string(static_cast<int>(descriptor));
  ssize_t size = readlink(link.c_str(), target, sizeof target);
  return size < 0 ? std::string() : std::string(target, static_cast<size_t>(size));
}

// A zero-terminated string in the memory of the stopped thread; cut at PATH_MAX.
std::string ReadText(pid_t thread, uint64_t address) {
  std::string text;
  while (address != 0 && text.size() < PATH_MAX) {
    char buffer[256];
    // One read never crosses a page, so that the end of a mapping does no harm.
    size_t size = sizeof buffer - address % sizeof buffer;
    iovec local{buffer, size};
    iovec remote{reinterpret_cast<void*>(address), size};
    ssize_t count = process_vm_readv(thread, &local, 1, &remote, 1, 0);
    if (count <= 0) {
      break;
    }
    std::string piece(buffer, static_cast<size_t>(count));
    size_t end = piece.find('\0');
    text += piece.substr(0, end);
    if (end != std::string::npos) {
      break;
    }
    address += static_cast<uint64_t>(count);
  }
  return text;
}

std::string PathAt(const SystemCall& call, int directory_index) {
  std::string path = ReadText(call.thread, call.arguments[directory_index + 1]);
  if (!path.empty() && path[0] == '/') {
    return path;
  }
  int directory = static_cast<int>(call.arguments[directory_index]);
  std::string base =
      directory == AT_FDCWD ? "" : DescriptorPath(call.thread, call.arguments[directory_index]);
  return path.empty() ? base : base + "/" + path;
}

bool ReadCall(pid_t thread, SystemCall* call) {
  user_regs_struct registers{};
  if (ptrace(PTRACE_GETREGS, thread, nullptr, &registers) != 0) {
    return false;
  }
  *call = {
      thread,
      static_cast<long>(registers.orig_rax),
      {registers.rdi, registers.rsi, registers.rdx, registers.r10, registers.r8, registers.r9}};
  return true;
}

[[noreturn]] void BecomeProgram(const std::vector<std::string>& arguments,
                                const std::string& log_path) {
  const int log = OpenLog(log_path);
  TakeStreams(log, log);
  ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
  raise(SIGSTOP);
  Exec(arguments);
}

// The threads of one traced program, and in which of them a call has been entered.
class Session {
 public:
  Session(pid_t program, const std::function<Verdict(const SystemCall&)>& visit)
      : program_(program), visit_(visit) {
    threads_.insert(program);
  }

  TraceResult Run() {
    while (!threads_.empty()) {
      int status = 0;
      pid_t thread = waitpid(-1, &status, __WALL);
      if (thread < 0) {
        UPGRAPH_CHECK(errno == EINTR);
        continue;
      }
      if (WIFEXITED(status) || WIFSIGNALED(status)) {
        End(thread, status);
      } else if (WIFSTOPPED(status)) {
        Stop(thread, status);
      }
    }
    return result_;
  }

 private:
  void End(pid_t thread, int status) {
    threads_.erase(thread);
    inside_.erase(thread);
    failing_.erase(thread);
    if (thread != program_) {
      return;
    }
    if (WIFEXITED(status)) {
      result_.exit_code = WEXITSTATUS(status);
    } else if (!result_.was_killed) {
      result_.signal = WTERMSIG(status);
    }
  }

  void Stop(pid_t thread, int status) {
    threads_.insert(thread);  // a new thread may stop before its parent's event is seen
    int signal = WSTOPSIG(status);
    int deliver = 0;
    if (signal == kSyscallStop) {
      if (inside_.erase(thread) == 0) {
        inside_.insert(thread);
        Enter(thread);
      } else {
        Leave(thread);
      }
    } else if (status >> 16 == 0 && signal != SIGSTOP && signal != SIGTRAP) {
      deliver = signal;
    }
    // Fails for a thread that was killed meanwhile; its end is reported by waitpid.
    ptrace(PTRACE_SYSCALL, thread, nullptr, deliver);
  }

  void Enter(pid_t thread) {
    SystemCall call;
    if (result_.was_killed || !ReadCall(thread, &call)) {
      return;
    }
    const Verdict verdict = visit_(call);
    switch (verdict.kind()) {
      case Verdict::Kind::kGoOn:
        return;
      case Verdict::Kind::kKill:
        result_.was_killed = true;
        kill(program_, SIGKILL);
        return;
      case Verdict::Kind::kFail:
        // A call of no number is not made; what it returns is set when it is left.
        SetRegister(thread, offsetof(user_regs_struct, orig_rax), -1);
        failing_[thread] = verdict.error();
        return;
      case Verdict::Kind::kShorten:
        if (call.arguments[2] > 1) {
          SetRegister(thread, offsetof(user_regs_struct, rdx),
                      static_cast<long>(call.arguments[2] / 2));
        }
        return;
    }
  }

  void Leave(pid_t thread) {
    if (auto failing = failing_.find(thread); failing != failing_.end()) {
      SetRegister(thread, offsetof(user_regs_struct, rax), -failing->second);
      failing_.erase(failing);
    }
  }

  // Fails for a thread that was killed meanwhile.
  static void SetRegister(pid_t thread, size_t offset, long value) {
    ptrace(PTRACE_POKEUSER, thread, offset, value);
  }

  pid_t program_;
  const std::function<Verdict(const SystemCall&)>& visit_;
  std::set<pid_t> threads_;
  std::set<pid_t> inside_;
  std::map<pid_t, int> failing_;  // threads in a call that is not made, and its error
  TraceResult result_;
};

}  // namespace

const Verdict Verdict::kGoOn(Verdict::Kind::kGoOn, 0);
const Verdict Verdict::kKill(Verdict::Kind::kKill, 0);
const Verdict Verdict::kShorten(Verdict::Kind::kShorten, 0);

TraceResult Trace(const std::vector<std::string>& arguments, const std::string& log_path,
                  const std::function<Verdict(const SystemCall&)>& visit) {
  pid_t program = fork();
  UPGRAPH_CHECK(program >= 0);
  if (program == 0) {
    BecomeProgram(arguments, log_path);
  }
  int status = 0;
  UPGRAPH_CHECK(waitpid(program, &status, 0) == program && WIFSTOPPED(status));
  // Threads are followed; children (fork, vfork) are not.
  long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
  UPGRAPH_CHECK(ptrace(PTRACE_SETOPTIONS, program, nullptr, options) == 0);
  UPGRAPH_CHECK(ptrace(PTRACE_SYSCALL, program, nullptr, 0) == 0);
  return Session(program, visit).Run();
}

std::string SystemCallName(long number) {
  auto known = KnownCalls().find(number);
  return known == KnownCalls().end() ? "syscall_" + std::to_string(number) : known->second.name;
}

std::string SystemCallSubject(const SystemCall& call) {
  auto known = KnownCalls().find(call.number);
  if (known == KnownCalls().end()) {
    return "";
  }
  switch (known->second.subject) {
    case SubjectKind::kNone:
      return call.number == SYS_symlinkat ? PathAt(call, 1) : "";
    case SubjectKind::kDescriptor:
      return DescriptorPath(call.thread, call.arguments[0]);
    case SubjectKind::kPath:
      return ReadText(call.thread, call.arguments[0]);
    case SubjectKind::kPathAt:
      return PathAt(call, 0);
    case SubjectKind::kTwoPathsAt:
      return PathAt(call, 0) + " -> " + PathAt(call, 2);
  }
  UPGRAPH_UNREACHABLE("subject kind");
}

}  // namespace upgraph::crash
