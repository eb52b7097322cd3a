#pragma once

// Runs a program and stops it before every system call of its own threads (not of its children),
// so that a test can end it before any one of them, as a power switch would, or let the call fail,
// as a bad disk would.

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace upgraph::crash {

// One system call that is about to be made.
struct SystemCall {
  pid_t thread = 0;
  long number = 0;
  uint64_t arguments[6] = {};
};

// What becomes of a call.
class Verdict {
 public:
  enum class Kind { kGoOn, kKill, kFail, kShorten };
  static const Verdict kGoOn;
  static const Verdict kKill;
  // The call is not made; it returns the error, an errno.
  static Verdict Fail(int error) { return {Kind::kFail, error}; }
  // A read or a write of more than one byte moves half of them.
  static const Verdict kShorten;

  Kind kind() const { return kind_; }
  int error() const { return error_; }

 private:
  Verdict(Kind kind, int error) : kind_(kind), error_(error) {}
  Kind kind_;
  int error_;
};

struct TraceResult {
  bool was_killed = false;  // by the visitor's verdict
  int exit_code = -1;       // of a program that ended by itself
  int signal = 0;           // that ended it, when nobody here sent it
};

// Starts `arguments` ([0] is a path) with stdout and stderr in the file `log_path`, calls `visit`
// before each system call, and returns when the program is gone. On kKill the whole program gets
// SIGKILL and the call is never made; its children are left to themselves, as in life.
// The calling thread must be the only one that waits for children.
TraceResult Trace(const std::vector<std::string>& arguments, const std::string& log_path,
                  const std::function<Verdict(const SystemCall&)>& visit);

// The name of a system call, or "syscall_N".
std::string SystemCallName(long number);

// What the call is about, for people and for telling calls apart: the path of its file descriptor,
// or its path argument, or nothing. Read from the stopped thread.
std::string SystemCallSubject(const SystemCall& call);

}  // namespace upgraph::crash
