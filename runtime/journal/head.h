#pragma once

// The head file: the last event that a commit said was durable. Written after each commit, never
// synced: losing it costs nothing, having it shows a journal that lost its end.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/digest.h"
#include "base/result.h"
#include "runtime/env/files.h"

namespace upgraph::journal {

struct HeadSlot {
  uint64_t seq = 0;
  Digest hash;
};

// Two slots of 48 bytes, by turns, so that a torn write leaves the other whole.
class HeadFile {
 public:
  // `path` is a host path; the file is made by the first write. `files` outlives it.
  HeadFile(env::Files& files, std::string path) : files_(files), path_(std::move(path)) {}

  Status Write(const HeadSlot& slot);

 private:
  env::Files& files_;
  std::string path_;
  std::unique_ptr<env::OpenFile> file_;  // from the first write on
  size_t next_ = 0;                      // the slot that is written next
};

// The newest whole slot; none when the file is missing or holds none.
std::optional<HeadSlot> ReadHead(env::Files& files, const std::string& path);

}  // namespace upgraph::journal
