#pragma once

// The head file: the last event that a commit said was durable. Written after each commit, never
// synced: losing it costs nothing, having it shows a journal that lost its end.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/digest.h"
#include "base/result.h"

namespace upgraph::journal {

struct HeadSlot {
  uint64_t seq = 0;
  Digest hash;
};

// Two slots of 48 bytes, by turns, so that a torn write leaves the other whole.
class HeadFile {
 public:
  // Opens or makes the file.
  static Result<std::unique_ptr<HeadFile>> Open(const std::string& real_path);
  ~HeadFile();
  HeadFile(const HeadFile&) = delete;
  HeadFile& operator=(const HeadFile&) = delete;

  Status Write(const HeadSlot& slot);

 private:
  explicit HeadFile(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

// The newest whole slot; none when the file is missing or holds none.
std::optional<HeadSlot> ReadHead(const std::string& real_path);

}  // namespace upgraph::journal
