#pragma once

// A piece of a source text: half-open, in bytes. Cheap to copy; means something only together with
// the SourceManager that gave out the buffer's id.

#include <algorithm>
#include <cstdint>

#include "base/id.h"

namespace upgraph::source {

struct BufferTag;
using BufferId = Id<BufferTag>;

struct SourceRange {
  BufferId buffer_id;
  uint32_t begin = 0;
  uint32_t end = 0;

  bool has_value() const { return buffer_id.has_value(); }
  uint32_t size_bytes() const { return end - begin; }
  friend bool operator==(const SourceRange&, const SourceRange&) = default;
};

// The smallest range that covers both; both must be of one buffer.
inline SourceRange Cover(SourceRange a, SourceRange b) {
  return {a.buffer_id, std::min(a.begin, b.begin), std::max(a.end, b.end)};
}

}  // namespace upgraph::source
