#pragma once

// Between ranges of a text and positions as plans carry them, so that what a check finds in a plan
// is shown like any other diagnostic.

#include "compiler/source/source_manager.h"
#include "plan/plan.h"

namespace upgraph::diagnostics {

// Of a range without a buffer: an empty path, line 0. The length ends with the line.
plan::SourcePosition PositionOf(const source::SourceManager& sources, source::SourceRange range);

// Without a buffer when `sources` knows no text of that path.
source::SourceRange RangeOf(const source::SourceManager& sources,
                            const plan::SourcePosition& position);

}  // namespace upgraph::diagnostics
