#pragma once

// Text inside of Markdown. Pure; all of it is made printable.

#include <string>
#include <string_view>

namespace upgraph::cli {

// On one line, and nothing in it is markup, also not in a cell of a table.
std::string MarkdownText(std::string_view text);
// A span of code, whatever backticks are in it.
std::string MarkdownCode(std::string_view text);
// What was written as Markdown already: lines and marks stay.
std::string MarkdownProse(std::string_view text);

// Lines become one.
std::string OneLine(std::string_view text);
// Up to the first full stop that ends one.
std::string FirstSentence(std::string_view text);
// With a capital letter, and a full stop.
std::string Sentence(std::string_view text);

}  // namespace upgraph::cli
