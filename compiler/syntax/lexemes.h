#pragma once

// A text as its formatter sees it: every token and every comment, with the line breaks between
// them. No rule of the grammar is known here.

#include <cstdint>
#include <optional>
#include <vector>

#include "compiler/source/source_manager.h"

namespace upgraph::syntax {

enum class LexemeKind : uint8_t {
  kWord,      // a name, or a word with a meaning in some places only; `true` and its like
  kReserved,  // any other reserved word, also where it stands for a name
  kLiteral,   // a text, a number, a version
  kOpen,      // ( [ {
  kClose,     // ) ] }
  kSign,      // , . : = -> ..< and the operators
  kComment,   // `//` and `///` to the end of the line, without blanks at its end
};

struct Lexeme {
  uint32_t begin = 0;
  uint32_t end = 0;
  LexemeKind kind = LexemeKind::kWord;
  uint8_t newlines_before = 0;  // since the lexeme before; 2 stands for more as well
  // A newline that ends a statement stands between this and the token before.
  bool starts_statement = false;
};

// The lexemes of a text, or nothing where one of them is wrong; Parse() says what.
std::optional<std::vector<Lexeme>> ReadLexemes(source::BufferId buffer_id,
                                               const source::SourceManager& sources);

}  // namespace upgraph::syntax
