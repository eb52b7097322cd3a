#pragma once

// A block device as a file: served by FUSE, so that every write and every flush of the loop device
// above it is seen here, in order, before it is answered.

#include <sys/types.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "tests/blocks/block_log.h"

struct fuse_session;

namespace upgraph::blocks {

class BlockServer {
 public:
  // Mounts at `folder`, which must be there. `told_fd`: where the programs on the device say what
  // they do, as lines of docs/formats/progress.md, and `pid N` when one is started. What stands
  // there when an operation comes was told before it. nullptr with a reason where no FUSE can be
  // mounted.
  static std::unique_ptr<BlockServer> Mount(const std::string& folder, uint64_t size, int told_fd,
                                            std::string* reason);
  ~BlockServer();
  BlockServer(const BlockServer&) = delete;
  BlockServer& operator=(const BlockServer&) = delete;

  static constexpr const char* kFileName = "device";

  // What the device holds from now on; it must not be in use.
  void Insert(disk::Content content);
  disk::Content content();
  // This was told before whatever comes.
  void Begin(const Told& told);
  // Logs from here, beginning with what was told.
  void StartLog();
  uint64_t operation_count();  // of the log
  BlockLog TakeLog();
  // A rollback is asked for from here on.
  void AskBack();
  // Kills the program that was started last before the `count`th operation from now; 0: does not.
  void KillAfter(uint64_t count);
  // Reads what was told, without waiting.
  void ReadTold();
  Told told();
  // The line with which the last command ended.
  std::string last_end();

  // Called by FUSE.
  std::string Read(uint64_t offset, uint64_t count);
  void Write(uint64_t offset, std::string_view bytes);
  void Flush();
  uint64_t size() const { return size_; }

 private:
  BlockServer(std::string folder, uint64_t size, int told_fd)
      : folder_(std::move(folder)), size_(size), told_fd_(told_fd) {}
  void ReadToldLocked();
  void HearLine(const std::string& line);
  void BeforeOperation();

  const std::string folder_;
  const uint64_t size_;
  const int told_fd_;
  fuse_session* session_ = nullptr;
  std::thread thread_;
  std::mutex mutex_;
  disk::Content content_;
  std::optional<BlockLog> log_;
  Told told_;
  std::string end_;
  std::string line_;      // that has not ended yet
  pid_t program_ = -1;    // that was started last
  uint64_t kill_in_ = 0;  // operations; 0: nobody is killed
};

}  // namespace upgraph::blocks
