#include "compiler/syntax/lexemes.h"

#include <UpgraphLexer.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/limits.h"
#include "compiler/diagnostics/emitter.h"
#include "compiler/syntax/fault_message.h"
#include "compiler/syntax/scanner.h"
#include "compiler/syntax/text_check.h"

namespace upgraph::syntax {
namespace {

using generated::UpgraphLexer;

LexemeKind KindOf(size_t type, char first) {
  switch (first) {
    case '(':
    case '[':
    case '{':
      return LexemeKind::kOpen;
    case ')':
    case ']':
    case '}':
      return LexemeKind::kClose;
    case '"':
    case '\'':
      return LexemeKind::kLiteral;
    default:
      break;
  }
  switch (type) {
    case UpgraphLexer::VERSION:
    case UpgraphLexer::QUOTED_VERSION:
    case UpgraphLexer::NUMBER:
      return LexemeKind::kLiteral;
    case UpgraphLexer::TRUE:
    case UpgraphLexer::FALSE:
    case UpgraphLexer::ON:
    case UpgraphLexer::OFF:
      return LexemeKind::kWord;
    default:
      break;
  }
  const bool is_word =
      (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') || first == '_';
  if (!is_word) {
    return LexemeKind::kSign;
  }
  return IsReserved(type) ? LexemeKind::kReserved : LexemeKind::kWord;
}

class LexemeReader {
 public:
  LexemeReader(std::string_view text, size_t token_count) : text_(text) {
    lexemes_.reserve(token_count);
  }

  // What the scanner drops: comments, blanks and newlines.
  void TakeGap(uint32_t begin, uint32_t end) {
    while (begin < end) {
      if (text_[begin] == '/') {
        const size_t newline = std::min<size_t>(text_.find('\n', begin), end);
        const std::string_view line = text_.substr(begin, newline - begin);
        const auto size = static_cast<uint32_t>(line.find_last_not_of(" \t\r") + 1);
        Add(LexemeKind::kComment, begin, begin + size);
        begin = static_cast<uint32_t>(newline);
        continue;
      }
      if (text_[begin] == '\n') {
        newlines_ = static_cast<uint8_t>(std::min(newlines_ + 1, 2));
      }
      ++begin;
    }
  }

  void TakeToken(const ScannedToken& token) {
    if (token.type == UpgraphLexer::NEWLINE) {
      starts_statement_ = true;
      newlines_ = static_cast<uint8_t>(std::min(newlines_ + 1, 2));
      return;
    }
    Add(KindOf(token.type, text_[token.begin]), token.begin, token.end);
    starts_statement_ = false;
  }

  std::vector<Lexeme> Finish() { return std::move(lexemes_); }

 private:
  void Add(LexemeKind kind, uint32_t begin, uint32_t end) {
    lexemes_.push_back({begin, end, kind, newlines_, starts_statement_});
    newlines_ = 0;
  }

  std::string_view text_;
  std::vector<Lexeme> lexemes_;
  uint8_t newlines_ = 0;
  bool starts_statement_ = false;
};

}  // namespace

std::optional<std::vector<Lexeme>> ReadLexemes(source::BufferId buffer_id,
                                               const source::SourceManager& sources) {
  const source::SourceBuffer& buffer = sources.buffer(buffer_id);
  diagnostics::Emitter emitter;
  if (buffer.text().size() > kSourceFileBytesMax || !CheckText(buffer_id, buffer, emitter)) {
    return std::nullopt;
  }
  const Scan scan = ScanTokens(buffer_id, buffer, emitter);
  if (!scan.is_usable || emitter.has_errors()) {
    return std::nullopt;
  }
  LexemeReader reader(buffer.text(), scan.tokens.size());
  uint32_t at = 0;
  for (const ScannedToken& token : scan.tokens) {
    reader.TakeGap(at, token.begin);
    reader.TakeToken(token);
    at = token.end;
  }
  reader.TakeGap(at, static_cast<uint32_t>(buffer.text().size()));
  return reader.Finish();
}

}  // namespace upgraph::syntax
