#pragma once

// Two texts side by side. Pure.

#include <cstddef>
#include <string>
#include <string_view>

namespace upgraph::cli {

// What differs between two texts that differ in nothing but blanks and line breaks, as the hunks of
// a unified diff without context. At most `lines_max` lines of it, with a last line that says how
// many more there are.
std::string LayoutDiff(std::string_view before, std::string_view after, size_t lines_max,
                       bool use_color);

// The same of any two texts: lines that were changed, added or taken away.
std::string LineDiff(std::string_view before, std::string_view after, size_t lines_max,
                     bool use_color);

}  // namespace upgraph::cli
