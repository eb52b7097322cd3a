#include "compiler/syntax/token_matcher.h"

#include <UpgraphLexer.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace upgraph::syntax {
namespace {

using generated::UpgraphLexer;

bool IsDecimal(char c) { return c >= '0' && c <= '9'; }

bool IsLetterOrDigit(char c) {
  return IsDecimal(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool IsPartOfWord(char c) { return IsLetterOrDigit(c) || c == '_'; }

// Ends a text in quotes, or hides what follows.
bool IsMarkOfText(char c) { return c == '"' || c == '\\' || c == '\n' || c == '\r'; }

// As the head of the lexer's grammar says: these all look alike to it.
bool IsForeign(char c) { return static_cast<unsigned char>(c) >= 0x80 || c == '\x1a'; }

// The bytes of the text one after another; behind its end come zero bytes, which begin no token and
// are part of none but texts and comments, where IsEnd() is asked first.
class Cursor {
 public:
  Cursor(std::string_view text, uint32_t at) : text_(text), at_(at) {}

  char now() const { return Ahead(0); }
  char Ahead(uint32_t count) const {
    return at_ + count < text_.size() ? text_[at_ + count] : '\0';
  }
  bool IsEnd() const { return at_ >= text_.size(); }
  bool IsLineEnd() const { return IsEnd() || text_[at_] == '\n' || text_[at_] == '\r'; }
  void Skip(uint32_t count) { at_ += count; }
  template <typename Predicate>
  void SkipWhile(Predicate is_part) {
    while (!IsEnd() && is_part(text_[at_])) {
      ++at_;
    }
  }
  void SkipLine() {
    while (!IsLineEnd()) {
      ++at_;
    }
  }
  // Up to `quote` on this line. False when the line has none any more.
  bool SkipTo(char quote) {
    while (!IsLineEnd() && now() != quote) {
      ++at_;
    }
    return !IsLineEnd();
  }
  MatchedToken Make(size_t type) const { return {static_cast<uint16_t>(type), at_}; }

 private:
  std::string_view text_;
  uint32_t at_;
};

// LABELS, if they stand behind `mark`; the part is optional.
void SkipLabels(char mark, Cursor* cursor) {
  if (cursor->now() != mark || !IsLetterOrDigit(cursor->Ahead(1))) {
    return;
  }
  cursor->Skip(1);
  while (true) {
    cursor->SkipWhile(IsLetterOrDigit);
    uint32_t gap = 0;
    if (cursor->now() == '.') {
      gap = 1;
    } else {
      while (cursor->Ahead(gap) == '-') {
        ++gap;
      }
    }
    if (gap == 0 || !IsLetterOrDigit(cursor->Ahead(gap))) {
      return;
    }
    cursor->Skip(gap);
  }
}

// At `v` with a digit behind it.
MatchedToken MatchVersion(Cursor cursor) {
  cursor.Skip(1);
  cursor.SkipWhile(IsDecimal);
  while (cursor.now() == '.' && IsDecimal(cursor.Ahead(1))) {
    cursor.Skip(1);
    cursor.SkipWhile(IsDecimal);
  }
  SkipLabels('-', &cursor);
  SkipLabels('+', &cursor);
  return cursor.Make(UpgraphLexer::VERSION);
}

MatchedToken MatchNumber(Cursor cursor) {
  cursor.SkipWhile(IsPartOfWord);
  while (cursor.now() == '.' && IsPartOfWord(cursor.Ahead(1))) {
    cursor.Skip(1);
    cursor.SkipWhile(IsPartOfWord);
  }
  cursor.Skip(cursor.now() == '%' ? 1 : 0);
  return cursor.Make(UpgraphLexer::NUMBER);
}

// Behind the opening `"""`. The next three quotes in a row end it, but for escaped ones.
MatchedToken MatchBlockText(Cursor cursor) {
  Cursor opening = cursor;
  opening.Skip(3);
  cursor.Skip(3);
  for (int quotes = 0; !cursor.IsEnd();) {
    const char c = cursor.now();
    cursor.Skip(1);
    quotes = c == '"' ? quotes + 1 : 0;
    if (quotes == 3) {
      return cursor.Make(UpgraphLexer::TEXT);
    }
    if (c == '\\' && !cursor.IsEnd()) {
      cursor.Skip(1);
    }
  }
  return opening.Make(UpgraphLexer::OPEN_BLOCK_TEXT);
}

MatchedToken MatchText(Cursor cursor) {
  if (cursor.Ahead(1) == '"' && cursor.Ahead(2) == '"') {
    return MatchBlockText(cursor);
  }
  cursor.Skip(1);
  while (true) {
    cursor.SkipWhile([](char c) { return !IsMarkOfText(c); });
    if (cursor.IsLineEnd()) {
      return cursor.Make(UpgraphLexer::OPEN_TEXT);
    }
    const char mark = cursor.now();
    cursor.Skip(1);
    if (mark == '"') {
      return cursor.Make(UpgraphLexer::TEXT);
    }
    cursor.Skip(cursor.IsLineEnd() ? 0 : 1);  // what the backslash hides
  }
}

// A text without escapes that `quote` ends, after `start` bytes.
MatchedToken MatchRaw(Cursor cursor, uint32_t start, char quote, size_t whole, size_t open) {
  cursor.Skip(start);
  if (!cursor.SkipTo(quote)) {
    return cursor.Make(open);
  }
  cursor.Skip(1);
  return cursor.Make(whole);
}

// At `//`. A line of four slashes is a plain comment.
MatchedToken MatchComment(Cursor cursor) {
  const bool is_doc = cursor.Ahead(2) == '/' && cursor.Ahead(3) != '/';
  cursor.SkipLine();
  return cursor.Make(is_doc ? UpgraphLexer::DOC : UpgraphLexer::COMMENT);
}

}  // namespace

struct TokenMatcher::Literals {
  // By their first byte, the longest first.
  using ByFirst = std::array<std::vector<std::pair<std::string, uint16_t>>, 128>;
  ByFirst words;
  ByFirst signs;
};

TokenMatcher::TokenMatcher() {
  auto literals = std::make_unique<Literals>();
  UpgraphLexer lexer(nullptr);
  const antlr4::dfa::Vocabulary& vocabulary = lexer.getVocabulary();
  for (size_t type = 1; type <= vocabulary.getMaxTokenType(); ++type) {
    const std::string quoted = vocabulary.getLiteralName(type);
    if (quoted.size() < 3) {
      continue;  // a pattern
    }
    const std::string text = quoted.substr(1, quoted.size() - 2);
    auto& by_first = IsPartOfWord(text.front()) ? literals->words : literals->signs;
    auto& longest_first = by_first.at(static_cast<unsigned char>(text.front()));
    auto place = longest_first.begin();
    while (place != longest_first.end() && place->first.size() >= text.size()) {
      ++place;
    }
    longest_first.insert(place, {text, static_cast<uint16_t>(type)});
  }
  literals_ = std::move(literals);
}

TokenMatcher::~TokenMatcher() = default;

MatchedToken TokenMatcher::MatchWord(std::string_view text, uint32_t at) const {
  Cursor cursor(text, at);
  cursor.SkipWhile(IsPartOfWord);
  MatchedToken token = cursor.Make(UpgraphLexer::WORD);
  const std::string_view found = text.substr(at, token.end - at);
  for (const auto& [word, type] : literals_->words[static_cast<unsigned char>(text[at])]) {
    if (word == found) {
      token.type = type;
    }
  }
  return token;
}

MatchedToken TokenMatcher::MatchSign(std::string_view text, uint32_t at) const {
  for (const auto& [sign, type] : literals_->signs[static_cast<unsigned char>(text[at])]) {
    if (text.substr(at, sign.size()) == sign) {
      return {type, at + static_cast<uint32_t>(sign.size())};
    }
  }
  return {UpgraphLexer::UNKNOWN, at + 1};
}

// Of all that match the longest is meant, of those the first in the grammar.
MatchedToken TokenMatcher::Match(std::string_view text, uint32_t at) const {
  Cursor cursor(text, at);
  const char first = cursor.now();
  if (first == 'v' && cursor.Ahead(1) == '"') {
    return MatchRaw(cursor, 2, '"', UpgraphLexer::QUOTED_VERSION,
                    UpgraphLexer::OPEN_QUOTED_VERSION);
  }
  if (IsDecimal(first)) {
    return MatchNumber(cursor);
  }
  if (IsPartOfWord(first)) {
    const MatchedToken word = MatchWord(text, at);
    if (first != 'v' || !IsDecimal(cursor.Ahead(1))) {
      return word;
    }
    const MatchedToken version = MatchVersion(cursor);
    return version.end >= word.end ? version : word;
  }
  if (IsForeign(first)) {
    cursor.SkipWhile(IsForeign);
    return cursor.Make(UpgraphLexer::FOREIGN);
  }
  switch (first) {
    case ' ':
    case '\t':
      cursor.SkipWhile([](char c) { return c == ' ' || c == '\t'; });
      return cursor.Make(UpgraphLexer::SPACE);
    case '\n':
      cursor.Skip(1);
      return cursor.Make(UpgraphLexer::NEWLINE);
    case '\r':
      if (cursor.Ahead(1) != '\n') {
        return MatchSign(text, at);
      }
      cursor.Skip(2);
      return cursor.Make(UpgraphLexer::NEWLINE);
    case '"':
      return MatchText(cursor);
    case '\'':
      return MatchRaw(cursor, 1, '\'', UpgraphLexer::RAW_TEXT, UpgraphLexer::OPEN_RAW_TEXT);
    case '/':
      return cursor.Ahead(1) == '/' ? MatchComment(cursor) : MatchSign(text, at);
    default:
      return MatchSign(text, at);
  }
}

}  // namespace upgraph::syntax
