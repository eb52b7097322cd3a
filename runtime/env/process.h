#pragma once

// Running a command: no shell, a clean environment, bounded time and output.

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace upgraph::env {

// What a command may know and nobody else: it is in no argument and in no variable.
struct SecretArgument {
  size_t index = 0;     // of the argument that becomes the name of a file
  std::string content;  // of that file, which is in memory alone and gone with the command
};

struct Command {
  std::vector<std::string> arguments;                            // [0] is looked up in a fixed PATH
  std::string directory = "/";                                   // where it starts
  std::vector<std::pair<std::string, std::string>> environment;  // beside PATH, LANG=C.UTF-8, HOME
  int64_t timeout_ms = 0;               // then TERM, grace, KILL to the whole process group
  uint64_t output_bytes_max = 1 << 20;  // of stdout and stderr together; the rest is dropped
  std::vector<SecretArgument> secrets;
  int inherited_fd = -1;  // passed on as it is (the work lock); -1: none
  // When it becomes true the command is ended as at a timeout. May be null.
  const std::atomic<bool>* cancel = nullptr;
};

struct CommandResult {
  int exit_code = 0;       // of a command that ended by itself
  int signal = 0;          // that ended it, else 0
  bool timed_out = false;  // ended by us: interrupted, never "did nothing"
  bool cancelled = false;
  std::string output;  // stdout and stderr in the order they came, cut at output_bytes_max
};

class Processes {
 public:
  virtual ~Processes() = default;
  // Waits for the end. An error only when it could not be started. stdin is /dev/null. The child
  // gets a process group of its own and dies with the calling thread (PR_SET_PDEATHSIG).
  virtual Result<CommandResult> Run(const Command& command) = 0;
  // Asks the system on which this program runs to reboot, in order. OK: it was accepted, and the
  // end of this process is near.
  virtual Status Reboot();
};

Processes& SystemProcesses();

}  // namespace upgraph::env
