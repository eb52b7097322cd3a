#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "compiler/source/utf8.h"
#include "compiler/syntax/literals.h"

namespace upgraph::syntax {
namespace {

using ast::Expr;
using ast::ExprKind;
using diagnostics::Kind;

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsWordByte(char c) { return IsLetter(c) || (c >= '0' && c <= '9'); }
// Stands for itself in a text.
bool IsPlain(char c) { return c != '\\' && c != '$' && c != '\n' && c != '\r'; }

// Takes the pieces of a text apart. `text` is what stands between the quotes, `begin` its offset;
// the lines of a text of several begin behind `indent` blanks, where they are not empty.
class TextReader {
 public:
  TextReader(std::string_view text, source::BufferId buffer_id, uint32_t begin, size_t indent,
             diagnostics::Emitter& emitter)
      : text_(text), buffer_id_(buffer_id), begin_(begin), indent_(indent), emitter_(emitter) {}

  // False when something was wrong.
  bool Read(ast::List<ast::TextPart>* parts);

 private:
  source::SourceRange Range(size_t from, size_t to) const {
    return {buffer_id_, begin_ + static_cast<uint32_t>(from), begin_ + static_cast<uint32_t>(to)};
  }
  void Error(size_t from, std::string message, std::string hint);
  void ReadPlain();
  void SkipIndent();
  void ReadEscape();
  void ReadCode(size_t from);
  void ReadInterpolation(ast::List<ast::TextPart>* parts);
  std::optional<ast::DottedName> ReadName(size_t from, size_t to) const;
  void Flush(ast::List<ast::TextPart>* parts);

  std::string_view text_;
  source::BufferId buffer_id_;
  uint32_t begin_;
  size_t indent_;
  diagnostics::Emitter& emitter_;
  size_t at_ = 0;
  std::string piece_;
  bool is_valid_ = true;
};

bool TextReader::Read(ast::List<ast::TextPart>* parts) {
  SkipIndent();
  while (at_ < text_.size()) {
    if (text_[at_] == '\\') {
      ReadEscape();
    } else if (text_[at_] == '\n') {
      piece_ += text_[at_++];
      SkipIndent();
    } else if (text_.substr(at_, 2) == "\r\n") {
      ++at_;
    } else if (text_.substr(at_, 2) == "${") {
      ReadInterpolation(parts);
    } else {
      ReadPlain();
    }
  }
  Flush(parts);
  return is_valid_;
}

// A character that stands for itself, and those behind it that do.
void TextReader::ReadPlain() {
  const size_t from = at_++;
  while (at_ < text_.size() && IsPlain(text_[at_])) {
    ++at_;
  }
  piece_.append(text_, from, at_ - from);
}

void TextReader::SkipIndent() {
  for (size_t i = 0; i < indent_ && at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r';
       ++i) {
    ++at_;
  }
}

void TextReader::Flush(ast::List<ast::TextPart>* parts) {
  if (!piece_.empty()) {
    parts->push_back({std::move(piece_), {}});
    piece_.clear();
  }
}

void TextReader::Error(size_t from, std::string message, std::string hint) {
  emitter_.Emit(Kind::kBadEscape, Range(from, at_), std::move(message)).SetHint(std::move(hint));
  is_valid_ = false;
}

void TextReader::ReadEscape() {
  size_t from = at_;
  char next = text_[at_ + 1];  // the lexer lets no text end in a single backslash
  at_ += 2;
  switch (next) {
    case '"':
    case '\\':
    case '$':
      piece_ += next;
      return;
    case 'n':
      piece_ += '\n';
      return;
    case 't':
      piece_ += '\t';
      return;
    case 'u':
      return ReadCode(from);
    case '\n':
    case '\r':
      at_ = from + 1;
      return Error(from, "found a `\\` at the end of a line, which stands for nothing",
                   "a line of the text ends where it ends; a backslash is written `\\\\`");
    default:
      at_ = from + 1 + source::DecodeUtf8(text_.substr(from + 1)).size_bytes;
      Error(from,
            fmt::format("found `{}`, which stands for nothing", text_.substr(from, at_ - from)),
            "a backslash is followed by one of `\" \\ $ n t` or `u{1F600}`; in a raw text "
            "between `'` it is a plain character");
  }
}

// \u{1F600}
void TextReader::ReadCode(size_t from) {
  constexpr size_t kDigitsMax = 6;
  uint32_t code = 0;
  // Not further: a text of nothing but `\u` would be read as often as it has any.
  const size_t size = text_.substr(at_, kDigitsMax + 2).find('}');
  const size_t close = at_ + size;
  bool is_valid = text_.substr(at_).starts_with("{") && size != std::string_view::npos && size > 1;
  for (size_t i = at_ + 1; is_valid && i < close; ++i) {
    char c = text_[i];
    int digit = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
    is_valid = digit >= 0;
    code = code * 16 + static_cast<uint32_t>(digit);
  }
  if (!is_valid || code == 0 || !source::IsCharacter(code)) {
    at_ = is_valid ? close + 1 : at_;
    Error(from, fmt::format("found `{}`, which is no character", text_.substr(from, at_ - from)),
          "a character is written by its number in hexadecimal digits: `\\u{1F600}`");
    return;
  }
  piece_ += source::EncodeUtf8(code);
  at_ = close + 1;
}

void TextReader::ReadInterpolation(ast::List<ast::TextPart>* parts) {
  constexpr const char* kRule = "`${` is followed by a name and `}`";
  constexpr const char* kHint = "as in `/opt/dten-${from}`; a plain `${` is written `\\${`";
  size_t from = at_;
  size_t close = text_.find('}', at_);
  if (close == std::string_view::npos) {
    at_ = text_.size();
    Error(from, fmt::format("found `${{` without `}}`, {}", kRule), kHint);
    return;
  }
  at_ = close + 1;
  std::optional<ast::DottedName> name = ReadName(from + 2, close);
  if (!name) {
    Error(from, fmt::format("found `{}`, {}", text_.substr(from, at_ - from), kRule), kHint);
    return;
  }
  Flush(parts);
  parts->push_back({"", *std::move(name)});
}

std::optional<ast::DottedName> TextReader::ReadName(size_t from, size_t to) const {
  ast::DottedName name;
  name.range = Range(from, to);
  size_t at = from;
  while (at < to && IsLetter(text_[at])) {
    size_t end = at;
    while (end < to && IsWordByte(text_[end])) {
      ++end;
    }
    name.parts.push_back({std::string(text_.substr(at, end - at)), Range(at, end)});
    if (end == to) {
      return name;
    }
    if (text_[end] != '.') {
      return std::nullopt;
    }
    at = end + 1;
  }
  return std::nullopt;
}

constexpr std::string_view kBlockQuotes = "\"\"\"";
constexpr const char* kBlockHint =
    "as in `\"\"\"`, then the lines of the text, then `\"\"\"` on a line of its own; what stands "
    "before that is taken away from each line";

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r") == std::string_view::npos;
}

// What stands between the quotes of a text of several lines, without the line breaks behind the
// first and before the last. Nothing, with an error, when they do not stand as they must.
struct BlockText {
  size_t begin = 0;  // in the text with its quotes
  size_t end = 0;
  size_t indent = 0;  // of the closing quotes
};

class BlockReader {
 public:
  BlockReader(std::string_view text, source::SourceRange range, diagnostics::Emitter& emitter)
      : text_(text), range_(range), emitter_(emitter) {}

  std::optional<BlockText> Read() {
    const size_t close = text_.size() - kBlockQuotes.size();
    const size_t first = text_.find('\n');
    if (first == std::string_view::npos || !IsBlank(text_.substr(3, first - 3))) {
      const size_t end = first == std::string_view::npos ? text_.size() : first;
      Fail(0, end, "a text between `\"\"\"` begins on the line behind them");
      return std::nullopt;
    }
    const size_t last = text_.rfind('\n', close);
    const std::string_view indent = text_.substr(last + 1, close - last - 1);
    if (!IsBlank(indent)) {
      Fail(last + 1, text_.size(), "the `\"\"\"` that end a text stand on a line of their own");
      return std::nullopt;
    }
    for (size_t line = first + 1; line <= last;) {
      const size_t end = text_.find('\n', line);
      const std::string_view content = text_.substr(line, end - line);
      if (!IsBlank(content) && !content.starts_with(indent)) {
        Fail(line, end, "this line of the text begins before the `\"\"\"` that end it");
        return std::nullopt;
      }
      line = end + 1;
    }
    BlockText block{first + 1, std::max(last, first + 1), indent.size()};
    if (block.end > block.begin && text_[block.end - 1] == '\r') {
      --block.end;
    }
    return block;
  }

 private:
  void Fail(size_t from, size_t to, const char* message) {
    const source::SourceRange range{range_.buffer_id, range_.begin + static_cast<uint32_t>(from),
                                    range_.begin + static_cast<uint32_t>(to)};
    emitter_.Emit(Kind::kBadLiteral, range, message).SetHint(kBlockHint);
  }

  std::string_view text_;
  source::SourceRange range_;
  diagnostics::Emitter& emitter_;
};

}  // namespace

ast::Expr ReadText(std::string_view text, source::SourceRange range,
                   diagnostics::Emitter& emitter) {
  Expr expr;
  expr.range = range;
  bool is_closed = text.size() >= 2 && text.front() == text.back();
  if (!is_closed) {
    return expr;  // the scanner has reported it
  }
  std::string_view inner = text.substr(1, text.size() - 2);
  if (text.front() == '\'') {
    expr.kind = ExprKind::kText;
    expr.text = std::string(inner);
    return expr;
  }
  uint32_t begin = range.begin + 1;
  size_t indent = 0;
  if (text.size() >= 2 * kBlockQuotes.size() && text.starts_with(kBlockQuotes)) {
    const std::optional<BlockText> block = BlockReader(text, range, emitter).Read();
    if (!block) {
      return expr;
    }
    inner = text.substr(block->begin, block->end - block->begin);
    begin = range.begin + static_cast<uint32_t>(block->begin);
    indent = block->indent;
  }
  if (indent == 0 && std::all_of(inner.begin(), inner.end(), IsPlain)) {
    expr.kind = ExprKind::kText;
    expr.text = std::string(inner);
    return expr;
  }
  TextReader reader(inner, range.buffer_id, begin, indent, emitter);
  if (reader.Read(&expr.parts)) {
    expr.kind = ExprKind::kText;
  }
  if (expr.parts.size() == 1 && expr.parts[0].name.parts.empty()) {
    expr.text = std::move(expr.parts[0].text);
    expr.parts.clear();
  }
  return expr;
}

ast::Expr ReadVersion(std::string_view text, source::SourceRange range,
                      diagnostics::Emitter& emitter) {
  Expr expr;
  expr.range = range;
  std::string_view version = text.substr(1);
  if (version.starts_with('"')) {
    version = version.substr(1, version.size() - 2);
    if (version.empty()) {
      emitter.Emit(Kind::kBadLiteral, range, "found `v\"\"`, a version is not empty");
      return expr;
    }
  }
  size_t dash = text.starts_with("v\"") ? std::string_view::npos : text.find('-');
  if (dash != std::string_view::npos && dash + 2 < text.size() && text[dash + 1] == 'v' &&
      text[dash + 2] >= '0' && text[dash + 2] <= '9') {
    emitter
        .Emit(Kind::kBadLiteral, range,
              fmt::format("found `{}`, which reads as a pre-release of `{}`", text,
                          text.substr(0, dash)))
        .SetHint(fmt::format("a range is written `..<`: `{} ..< {}`", text.substr(0, dash),
                             text.substr(dash + 1)));
    return expr;
  }
  expr.kind = ExprKind::kVersion;
  expr.text = std::string(version);
  return expr;
}

}  // namespace upgraph::syntax
