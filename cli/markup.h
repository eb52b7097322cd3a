#pragma once

// Text inside of HTML and SVG. Pure.

#include <string>
#include <string_view>

namespace upgraph::cli {

// Made printable, and for content and for attributes: none of it is markup.
std::string EscapeMarkup(std::string_view text);

}  // namespace upgraph::cli
