#pragma once

// A machine with one disk whose power can go: a device, a file system on it, and who works there.

#include <memory>
#include <string>
#include <vector>

#include "tests/blocks/block_server.h"
#include "tests/blocks/operator.h"

namespace upgraph::blocks {

struct FileSystem {
  std::string name;  // ours, of a file system with its options
  std::string type;
  std::string options;
  std::vector<std::string> make;  // a file is added
  std::string size;               // added behind the file; empty: all of it
};

const std::vector<FileSystem>& FileSystems();

struct Tools {
  std::string upgraph;
  std::string make_host;
  std::string snapshot;
  std::string work;  // a folder of our own
};

class Machine {
 public:
  // Before this process has threads, with mounts of its own. nullptr with a reason where this
  // system cannot have one.
  static std::unique_ptr<Machine> Make(const Tools& tools, std::string* reason);

  BlockServer& device() { return *device_; }
  std::string host() const { return operator_->mount_point() + "/host"; }

  // Why this system does not have the file system; empty: it has it.
  std::string WhyMissing(const FileSystem& file_system) const;
  // A disk with the host of all scenarios, all of it durable; false with a reason.
  bool MakeDisk(const FileSystem& file_system, disk::Content* content, std::string* reason);

  // Each gives an empty text, or what went wrong.
  std::string Mount(const FileSystem& file_system);
  std::string Unmount() { return operator_->Unmount(); }

  // A command of the program on the host; its exit code.
  int Do(const std::string& verb, const std::string& package = "");
  // What the last command, or the last that failed, said.
  std::string said() const { return crash::ReadFile(operator_->log_path()) + device_->last_end(); }
  crash::Snapshot Take(bool is_forward) { return operator_->Take(host(), is_forward); }
  void Boot(const std::string& id) { operator_->Boot(id); }

 private:
  explicit Machine(const Tools& tools) : tools_(tools) {}

  const Tools tools_;
  std::unique_ptr<Operator> operator_;  // goes last: it may still have the device
  std::unique_ptr<BlockServer> device_;
};

}  // namespace upgraph::blocks
