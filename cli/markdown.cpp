#include "cli/markdown.h"

#include <algorithm>

#include "runtime/package/extract_policy.h"

namespace upgraph::cli {

using package::Printable;

std::string OneLine(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool is_blank = c == '\n' || c == ' ';
    if (!is_blank) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  while (line.ends_with(' ')) {
    line.pop_back();
  }
  return line;
}

std::string MarkdownText(std::string_view text) {
  std::string escaped;
  for (const char c : Printable(OneLine(text))) {
    if (std::string_view("\\`*_[]<|#~").find(c) != std::string_view::npos) {
      escaped += '\\';
    }
    escaped += c;
  }
  return escaped;
}

std::string MarkdownCode(std::string_view text) {
  const std::string line = Printable(OneLine(text));
  size_t longest = 0;
  size_t run = 0;
  for (const char c : line) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  // A blank keeps the fence apart from a backtick at either end.
  const char* blank = longest > 0 ? " " : "";
  return fence + blank + line + blank + fence;
}

std::string MarkdownProse(std::string_view text) {
  std::string prose;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    prose += (begin == 0 ? "" : "\n") + Printable(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return prose;
}

std::string FirstSentence(std::string_view text) {
  const std::string line = OneLine(text);
  return line.substr(0, std::min(line.find(". "), line.size() - 1) + 1);
}

std::string Sentence(std::string_view text) {
  std::string sentence(text);
  if (!sentence.empty() && sentence[0] >= 'a' && sentence[0] <= 'z') {
    sentence[0] = static_cast<char>(sentence[0] - 'a' + 'A');
  }
  return sentence.ends_with('.') ? sentence : sentence + ".";
}

}  // namespace upgraph::cli
