#include "compiler/syntax/text_check.h"

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "compiler/source/utf8.h"

namespace upgraph::syntax {
namespace {

using diagnostics::Kind;
using source::ChangesDirection;
using source::IsControl;
using source::IsHidden;

// A file that is not text at all has thousands of faults, and one cause.
constexpr int kFaultsMax = 10;

void Report(source::SourceRange range, const source::Utf8Character& found, std::string_view text,
            diagnostics::Emitter& emitter) {
  if (!found.is_valid) {
    emitter
        .Emit(Kind::kBadEncoding, range,
              fmt::format("found byte 0x{:02x}, a spec is UTF-8 text",
                          static_cast<unsigned char>(text[range.begin])))
        .SetHint("save the file as UTF-8");
  } else if (found.code == 0xfeff && range.begin == 0) {
    emitter
        .Emit(Kind::kBadEncoding, range,
              "found a byte order mark, a spec is UTF-8 text without one")
        .SetHint("save the file as UTF-8 without BOM");
  } else if (ChangesDirection(found.code)) {
    emitter.Emit(Kind::kBadEncoding, range,
                 fmt::format("found U+{:04X}, which changes the direction of writing; a spec must "
                             "read as it looks",
                             found.code));
  } else {
    emitter.Emit(Kind::kBadEncoding, range,
                 fmt::format("found the {} character U+{:04X}; a spec must read as it looks",
                             IsControl(found.code) ? "control" : "hidden", found.code));
  }
}

// The first place from `at` on that is no printable character of ASCII and no end of a line: what
// nearly all of a spec is.
size_t SkipPlain(std::string_view text, size_t at) {
  while (at < text.size() && ((text[at] >= 0x20 && text[at] < 0x7f) || text[at] == '\n')) {
    ++at;
  }
  return at;
}

}  // namespace

bool CheckText(source::BufferId buffer_id, const source::SourceBuffer& buffer,
               diagnostics::Emitter& emitter) {
  std::string_view text = buffer.text();
  int fault_count = 0;
  for (size_t at = SkipPlain(text, 0); at < text.size() && fault_count < kFaultsMax;) {
    source::Utf8Character found = source::DecodeUtf8(text.substr(at));
    if (!found.is_valid || IsControl(found.code) || ChangesDirection(found.code) ||
        IsHidden(found.code)) {
      auto begin = static_cast<uint32_t>(at);
      Report({buffer_id, begin, begin + found.size_bytes}, found, text, emitter);
      ++fault_count;
    }
    at = SkipPlain(text, at + found.size_bytes);
  }
  return fault_count == 0;
}

}  // namespace upgraph::syntax
