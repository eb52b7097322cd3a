#include "compiler/syntax/scanner.h"

#include <UpgraphLexer.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "compiler/source/utf8.h"
#include "compiler/syntax/bracket_stack.h"
#include "compiler/syntax/foreign_character.h"
#include "compiler/syntax/parser_limits.h"
#include "compiler/syntax/token_matcher.h"

namespace upgraph::syntax {
namespace {

using diagnostics::Kind;
using generated::UpgraphLexer;

class Scanner {
 public:
  Scanner(source::BufferId buffer_id, const source::SourceBuffer& buffer,
          diagnostics::Emitter& emitter)
      : buffer_id_(buffer_id),
        buffer_(buffer),
        text_(buffer.text()),
        emitter_(emitter),
        brackets_(buffer_id, buffer, emitter) {}

  Scan Run();

 private:
  void Take(const ScannedToken& token);
  void TakeNewline(const ScannedToken& token);
  void TakeDoc(const ScannedToken& token);
  void TakeVersion(const ScannedToken& token);
  void TakeOpenText(ScannedToken token);
  void TakeUnknown(const ScannedToken& token);
  void TakeBracket(const ScannedToken& token);
  void Add(const ScannedToken& token);
  void DropDoc();
  bool IsContinued() const;
  bool IsAlone(uint32_t begin) const;
  // Of the line at hand: lines are damaged in order.
  bool IsDamaged(uint32_t line) const {
    return !scan_.damaged_lines.empty() && scan_.damaged_lines.back() == line;
  }
  diagnostics::Diagnostic& Report(Kind kind, const ScannedToken& token, std::string message);

  source::BufferId buffer_id_;
  const source::SourceBuffer& buffer_;
  std::string_view text_;
  diagnostics::Emitter& emitter_;
  BracketStack brackets_;
  Scan scan_;
  uint32_t skip_to_ = 0;  // what comes before has been taken together with an earlier token
  // The `///` lines that wait for what they describe.
  bool has_doc_ = false;
  DocComment doc_;
  bool is_first_doc_ = true;
  int newlines_since_doc_ = 0;
};

Scan Scanner::Run() {
  const TokenMatcher matcher;
  for (uint32_t at = 0; scan_.is_usable && at < text_.size();) {
    const MatchedToken match = matcher.Match(text_, at);
    if (at >= skip_to_) {
      Take({at, match.end, match.type});
    }
    at = match.end;
  }
  DropDoc();
  scan_.is_usable = scan_.is_usable && brackets_.Finish();
  return std::move(scan_);
}

void Scanner::Take(const ScannedToken& token) {
  switch (token.type) {
    case UpgraphLexer::SPACE:
    case UpgraphLexer::COMMENT:
      return;
    case UpgraphLexer::NEWLINE:
      return TakeNewline(token);
    case UpgraphLexer::DOC:
      return TakeDoc(token);
    case UpgraphLexer::OPEN_BLOCK_TEXT:
      Report(Kind::kUnterminatedText, token,
             "found `\"\"\"` without the `\"\"\"` that ends the text")
          .SetHint("three quotes in a row end it; in the text one of them is written `\\\"`");
      scan_.is_usable = false;  // where it was meant to end nobody knows
      return;
    case UpgraphLexer::OPEN_TEXT:
    case UpgraphLexer::OPEN_RAW_TEXT:
    case UpgraphLexer::OPEN_QUOTED_VERSION:
      return TakeOpenText(token);
    case UpgraphLexer::FOREIGN:
    case UpgraphLexer::UNKNOWN:
      return TakeUnknown(token);
    case UpgraphLexer::LEFT_PAREN:
    case UpgraphLexer::RIGHT_PAREN:
    case UpgraphLexer::LEFT_BRACKET:
    case UpgraphLexer::RIGHT_BRACKET:
    case UpgraphLexer::LEFT_BRACE:
    case UpgraphLexer::RIGHT_BRACE:
      return TakeBracket(token);
    case UpgraphLexer::VERSION:
      return TakeVersion(token);
    default:
      return Add(token);
  }
}

// Of `v4.8x` the lexer takes the front.
void Scanner::TakeVersion(const ScannedToken& token) {
  auto is_word_byte = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  ScannedToken all = token;
  while (all.end < text_.size() && is_word_byte(text_[all.end])) {
    ++all.end;
  }
  if (all.end > token.end) {
    Report(Kind::kBadLiteral, all,
           fmt::format("found `{}`, a version ends where letters begin",
                       text_.substr(all.begin, all.end - all.begin)))
        .SetHint("a pre-release is written `v4.8.0-rc1`, anything else in quotes: `v\"4.8x\"`");
    skip_to_ = all.end;
  }
  Add(all);
}

// Whether the line before cannot be all of a statement.
bool Scanner::IsContinued() const {
  if (scan_.tokens.empty()) {
    return true;
  }
  switch (scan_.tokens.back().type) {
    case UpgraphLexer::COMMA:
    case UpgraphLexer::ARROW:
    case UpgraphLexer::LEFT_BRACE:
    case UpgraphLexer::PLUS:
    case UpgraphLexer::MINUS:
    case UpgraphLexer::STAR:
    case UpgraphLexer::UP_TO:
    case UpgraphLexer::EQUAL:
    case UpgraphLexer::NOT_EQUAL:
    case UpgraphLexer::LESS:
    case UpgraphLexer::LESS_EQUAL:
    case UpgraphLexer::GREATER:
    case UpgraphLexer::GREATER_EQUAL:
    case UpgraphLexer::AND:
    case UpgraphLexer::OR:
    case UpgraphLexer::NEWLINE:
      return true;
    default:
      return false;
  }
}

void Scanner::TakeNewline(const ScannedToken& token) {
  if (has_doc_ && ++newlines_since_doc_ == 2) {
    DropDoc();
  }
  if (!brackets_.IsInParentheses() && !IsContinued()) {
    Add(token);
  }
}

// Whether nothing but blanks comes before it on its line.
bool Scanner::IsAlone(uint32_t begin) const {
  const size_t before = text_.substr(0, begin).find_last_not_of(" \t");
  return before == std::string_view::npos || text_[before] == '\n';
}

void Scanner::TakeDoc(const ScannedToken& token) {
  if (!IsAlone(token.begin)) {
    scan_.stray_docs.push_back({token.begin, token.begin, token.end});
    return;
  }
  if (!has_doc_) {
    has_doc_ = true;
    doc_.begin = token.begin;
  }
  doc_.end = token.end;
  newlines_since_doc_ = 0;
}

// The `///` lines describe nothing that follows; the first ones of a file describe the file.
void Scanner::DropDoc() {
  if (has_doc_ && is_first_doc_ && scan_.tokens.empty()) {
    scan_.file_doc = DocText(text_.substr(doc_.begin, doc_.end - doc_.begin));
  } else if (has_doc_) {
    scan_.stray_docs.push_back(doc_);
  }
  is_first_doc_ = is_first_doc_ && !has_doc_;
  has_doc_ = false;
}

void Scanner::TakeOpenText(ScannedToken token) {
  bool is_raw = token.type == UpgraphLexer::OPEN_RAW_TEXT;
  Report(Kind::kUnterminatedText, token,
         fmt::format("found a text without its closing `{}`, a text ends on its line",
                     is_raw ? '\'' : '"'))
      .SetHint(is_raw ? "a raw text holds no `'`; write it between `\"`"
                      : "a line break in a text is written `\\n`, a quote `\\\"`");
  token.type = UpgraphLexer::RAW_TEXT;
  Add(token);
  for (char bracket : brackets_.CloseLine(token.begin)) {
    bool is_paren = bracket == ')';
    Add({token.end, token.end,
         static_cast<uint16_t>(is_paren ? UpgraphLexer::RIGHT_PAREN
                                        : UpgraphLexer::RIGHT_BRACKET)});
  }
}

void Scanner::TakeUnknown(const ScannedToken& token) {
  source::Utf8Character character = source::DecodeUtf8(text_.substr(token.begin));
  ScannedToken found = token;
  found.end = token.begin + character.size_bytes;
  std::string_view rest = text_.substr(token.begin);
  std::string_view written = rest.substr(0, character.size_bytes);
  // The first one of a line tells enough.
  if (!IsDamaged(buffer_.Locate(token.begin).line)) {
    Report(Kind::kUnexpectedCharacter, found, UnexpectedMessage(rest))
        .SetHint(UnexpectedHint(rest));
  }
  if (rest.starts_with("/*")) {
    // Its text would only bring more mistakes.
    size_t close = text_.find("*/", token.begin + 2);
    skip_to_ = static_cast<uint32_t>(close == std::string_view::npos ? text_.size() : close + 2);
  }
  if (written == ";" && !IsContinued()) {
    found.type = UpgraphLexer::NEWLINE;
    Add(found);
  }
}

void Scanner::TakeBracket(const ScannedToken& token) {
  Add(token);
  scan_.is_usable = scan_.is_usable && brackets_.Add(text_[token.begin], token.begin);
}

void Scanner::Add(const ScannedToken& token) {
  if (scan_.tokens.size() == kTokensMax) {
    Report(Kind::kTooLarge, token,
           fmt::format("the file has more than {} words and signs, the most that one may have",
                       kTokensMax))
        .SetHint("split it");
    scan_.is_usable = false;
    return;
  }
  if (has_doc_ && token.type != UpgraphLexer::NEWLINE) {
    if (token.type == UpgraphLexer::IMPORT) {
      DropDoc();
    } else {
      doc_.token_begin = token.begin;
      scan_.docs.push_back(doc_);
      has_doc_ = false;
      is_first_doc_ = false;
    }
  }
  scan_.tokens.push_back(token);
}

diagnostics::Diagnostic& Scanner::Report(Kind kind, const ScannedToken& token,
                                         std::string message) {
  uint32_t line = buffer_.Locate(token.begin).line;
  if (!IsDamaged(line)) {
    scan_.damaged_lines.push_back(line);
  }
  return emitter_.Emit(kind, {buffer_id_, token.begin, token.end}, std::move(message));
}

}  // namespace

Scan ScanTokens(source::BufferId buffer_id, const source::SourceBuffer& buffer,
                diagnostics::Emitter& emitter) {
  return Scanner(buffer_id, buffer, emitter).Run();
}

std::string DocText(std::string_view lines) {
  std::string text;
  while (!lines.empty()) {
    size_t newline = lines.find('\n');
    std::string_view line = lines.substr(0, newline);
    lines.remove_prefix(newline == std::string_view::npos ? lines.size() : newline + 1);
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    line.remove_prefix(std::min<size_t>(line.size(), line.starts_with("/// ") ? 4 : 3));
    line = line.substr(0, line.find_last_not_of(" \t\r") + 1);
    text += line;
    text += '\n';
  }
  while (text.ends_with('\n')) {
    text.pop_back();
  }
  return text;
}

}  // namespace upgraph::syntax
