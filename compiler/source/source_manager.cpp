#include "compiler/source/source_manager.h"

#include <algorithm>
#include <utility>

namespace upgraph::source {

SourceBuffer::SourceBuffer(std::string path, std::string text)
    : path_(std::move(path)), text_(std::move(text)) {
  UPGRAPH_CHECK(text_.size() < UINT32_MAX);
  line_starts_.push_back(0);
  for (size_t end = text_.find('\n'); end != std::string::npos; end = text_.find('\n', end + 1)) {
    line_starts_.push_back(static_cast<uint32_t>(end + 1));
  }
}

LineColumn SourceBuffer::Locate(uint32_t offset) const {
  auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  auto line = static_cast<uint32_t>(after - line_starts_.begin());
  return {line, offset - line_starts_[line - 1] + 1};
}

std::string_view SourceBuffer::Line(uint32_t line) const {
  UPGRAPH_CHECK(line >= 1 && line <= line_count());
  const uint32_t begin = line_starts_[line - 1];
  // From what is known, not by looking for the end: a line may be as long as the file.
  const size_t end = line < line_count() ? line_starts_[line] - 1 : text_.size();
  std::string_view found = text().substr(begin, end - begin);
  if (found.ends_with('\r')) {
    found.remove_suffix(1);
  }
  return found;
}

uint32_t SourceBuffer::Offset(LineColumn place) const {
  uint32_t line = std::clamp(place.line, 1u, line_count());
  uint32_t column = std::max(place.column, 1u);
  uint64_t offset = static_cast<uint64_t>(line_starts_[line - 1]) + column - 1;
  return static_cast<uint32_t>(std::min<uint64_t>(offset, text_.size()));
}

BufferId SourceManager::Add(std::string path, std::string text) {
  total_bytes_ += text.size();
  buffers_.emplace_back(std::move(path), std::move(text));
  return BufferId(static_cast<uint32_t>(buffers_.size() - 1));
}

const SourceBuffer& SourceManager::buffer(BufferId id) const {
  UPGRAPH_CHECK(id.index() < buffers_.size());
  return buffers_[id.index()];
}

BufferId SourceManager::Find(std::string_view path) const {
  for (size_t i = 0; i < buffers_.size(); ++i) {
    if (buffers_[i].path() == path) {
      return BufferId(static_cast<uint32_t>(i));
    }
  }
  return {};
}

std::string_view SourceManager::Text(SourceRange range) const {
  return buffer(range.buffer_id).text().substr(range.begin, range.size_bytes());
}

}  // namespace upgraph::source
