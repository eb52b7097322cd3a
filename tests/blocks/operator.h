#pragma once

// The process that mounts a device and works on it. It is not the one that serves the device: when
// a server dies with its descriptors, whoever waits for an answer gets an error; a process that
// waited for itself would wait for ever.

#include <sys/types.h>

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "tests/crash/host_state.h"

namespace upgraph::blocks {

// Makes the mounts of this process its own: nobody else sees what it mounts, and all of it goes
// with the last process of it. Empty, or why not.
std::string UseOwnMounts();

using Range = std::pair<uint64_t, uint64_t>;  // offset and size

// How the reason begins where this system has no loop devices.
inline constexpr const char* kNoLoopDevice = "no loop device";

std::string NewBootId();

// The calling thread comes first whenever it has something to do, and what it starts does not:
// everybody waits for it, and it has little to do. Where that is not allowed, all is as before.
void ComeFirst();

class Operator {
 public:
  // Started before this process has threads. `device` is the file that is served later, `work` a
  // folder of our own, `told_fd` the standard output of what is run, `snapshot` host_snapshot.py.
  Operator(const std::string& device, const std::string& work, int told_fd,
           const std::string& snapshot);
  ~Operator();
  Operator(const Operator&) = delete;
  Operator& operator=(const Operator&) = delete;

  // Where devices are mounted.
  std::string mount_point() const { return work_ + "/mount"; }
  std::string log_path() const { return work_ + "/operator.log"; }
  // Called whenever what is run may have said something.
  std::function<void()> when_told;
  int told_reader = -1;

  // Each gives an empty text, or what went wrong. `ranges` of the device are read first, in large
  // pieces: ext4 takes its blocks from the cache of the device, else one by one.
  std::string Mount(const std::string& type, const std::string& options,
                    const std::vector<Range>& ranges);
  std::string Unmount();
  // The exit code, or 128 and the signal.
  int Run(const std::vector<std::string>& arguments);
  crash::Snapshot Take(const std::string& host, bool is_forward);
  // From here on programs see this boot of the machine.
  void Boot(const std::string& id) const;

 private:
  Json Ask(const Json& request);

  std::string work_;
  pid_t process_ = -1;
  int channel_ = -1;
  std::string unread_;
};

}  // namespace upgraph::blocks
