#pragma once

// The texts of one compilation. Buffers are added, never removed; views into them live as long as
// the manager. Not thread-safe.

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/source/source_range.h"

namespace upgraph::source {

// Both count from 1; columns count bytes.
struct LineColumn {
  uint32_t line = 1;
  uint32_t column = 1;
  friend bool operator==(const LineColumn&, const LineColumn&) = default;
};

class SourceBuffer {
 public:
  // `text` is shorter than 4 GiB. Whoever reads a file refuses one above kSourceFileBytesMax first;
  // the parser refuses it too.
  SourceBuffer(std::string path, std::string text);

  const std::string& path() const { return path_; }
  std::string_view text() const { return text_; }
  uint32_t line_count() const { return static_cast<uint32_t>(line_starts_.size()); }
  // Any offset up to the size of the text.
  LineColumn Locate(uint32_t offset) const;
  // Without its line end; `line` counts from 1 and exists.
  std::string_view Line(uint32_t line) const;
  // Of a place inside the text; clamped to it.
  uint32_t Offset(LineColumn place) const;

 private:
  std::string path_;
  std::string text_;
  std::vector<uint32_t> line_starts_;
};

class SourceManager {
 public:
  // `path` is how messages call the text.
  BufferId Add(std::string path, std::string text);
  const SourceBuffer& buffer(BufferId id) const;
  // The first buffer of that path, or none.
  BufferId Find(std::string_view path) const;
  std::string_view Text(SourceRange range) const;
  uint64_t total_bytes() const { return total_bytes_; }
  LineColumn Locate(SourceRange range) const { return buffer(range.buffer_id).Locate(range.begin); }

 private:
  std::deque<SourceBuffer> buffers_;
  uint64_t total_bytes_ = 0;
};

}  // namespace upgraph::source
