#pragma once

// Diagnostics as text for people and for machines. Pure.

#include <string>
#include <vector>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/source/source_manager.h"

namespace upgraph::diagnostics {

// FILE:LINE:COLUMN: error: message [name], the line with a caret below, notes, the hint. Bytes that
// a terminal would obey are shown as `?`.
std::string RenderHuman(const std::vector<Diagnostic>& diagnostics,
                        const source::SourceManager& sources, bool use_color);

// {"diagnostics": [ … ]}, one object each, with path, line, column, length; a newline at the end.
std::string RenderJson(const std::vector<Diagnostic>& diagnostics,
                       const source::SourceManager& sources);

}  // namespace upgraph::diagnostics
