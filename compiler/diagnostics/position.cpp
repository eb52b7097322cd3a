#include "compiler/diagnostics/position.h"

#include <algorithm>

namespace upgraph::diagnostics {

plan::SourcePosition PositionOf(const source::SourceManager& sources, source::SourceRange range) {
  if (!range.has_value()) {
    return {};
  }
  const source::SourceBuffer& buffer = sources.buffer(range.buffer_id);
  source::LineColumn place = buffer.Locate(range.begin);
  auto line_size = static_cast<uint32_t>(buffer.Line(place.line).size());
  uint32_t rest = line_size >= place.column ? line_size - place.column + 1 : 0;
  return {buffer.path(), place.line, place.column,
          std::max(1u, std::min(range.size_bytes(), rest))};
}

source::SourceRange RangeOf(const source::SourceManager& sources,
                            const plan::SourcePosition& position) {
  source::BufferId buffer_id = sources.Find(position.path);
  if (!buffer_id.has_value() || position.line == 0) {
    return {};
  }
  const source::SourceBuffer& buffer = sources.buffer(buffer_id);
  uint32_t begin = buffer.Offset({position.line, position.column});
  uint32_t end = buffer.Offset({position.line, position.column + position.length});
  return {buffer_id, begin, std::max(begin, end)};
}

}  // namespace upgraph::diagnostics
