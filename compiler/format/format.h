#pragma once

// The one style of specs. docs/style.md says what it looks like.

#include <string>
#include <string_view>

#include "base/result.h"
#include "compiler/source/source_manager.h"

namespace upgraph::format {

// The widest row that the formatter makes where it may break one.
inline constexpr uint32_t kRowWidthMax = 100;

// The text of a buffer in that style; the buffer has been parsed without an error. Formatting the
// answer again changes nothing. An error when the text would be too large for a spec, or when it
// would not read as before, which is a bug of ours.
Result<std::string> Format(source::BufferId buffer_id, const source::SourceManager& sources);

// Whether both texts, each parsed without an error, say the same: the same tokens, statements and
// comments in the same order. What differs are blanks, line breaks between the parts of a
// statement, and empty lines.
bool SaysTheSame(source::BufferId a, source::BufferId b, const source::SourceManager& sources);

}  // namespace upgraph::format
