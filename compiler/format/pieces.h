#pragma once

// The lexemes of a text with what the layout needs to know of each. Internal to format.

#include <cstdint>
#include <string_view>
#include <vector>

#include "compiler/syntax/lexemes.h"

namespace upgraph::format {

using syntax::LexemeKind;

inline constexpr uint32_t kNoPiece = UINT32_MAX;

struct Piece {
  uint32_t begin = 0;
  uint32_t end = 0;
  uint32_t width = 0;           // in columns
  uint32_t partner = kNoPiece;  // of a bracket
  LexemeKind kind = LexemeKind::kWord;
  uint8_t newlines_before = 0;
  bool starts_statement = false;
  bool has_space = false;  // before it, where it does not begin a row
  uint8_t pad = 0;         // blanks beyond that one, so that it stands in its column
  bool is_value = false;   // of a property: where it goes on in the next row, it does so below this
  // Of an opening bracket that is no brace:
  bool has_comma = false;   // between two elements
  bool is_forced = false;   // what is inside gets rows of its own, whatever the width
  bool is_fixed = false;    // it does not, whatever the width
  bool is_hugging = false;  // holds nothing but another pair of brackets, which breaks in its place
};

struct Pieces {
  std::string_view text;
  std::vector<Piece> list;
  // Where each piece would begin if all stood on one row, without pads.
  std::vector<uint32_t> starts;

  std::string_view Text(uint32_t i) const {
    return text.substr(list[i].begin, list[i].end - list[i].begin);
  }
  char First(uint32_t i) const { return text[list[i].begin]; }
  bool IsSign(uint32_t i, std::string_view sign) const {
    return list[i].kind == LexemeKind::kSign && Text(i) == sign;
  }
  bool IsComment(uint32_t i) const { return list[i].kind == LexemeKind::kComment; }
  bool IsBrace(uint32_t i) const { return First(i) == '{' || First(i) == '}'; }
  uint32_t size() const { return static_cast<uint32_t>(list.size()); }
  // Of the pieces from `first` up to `end`, all on one row.
  uint32_t FlatWidth(uint32_t first, uint32_t end) const {
    return first == end ? 0 : starts[end - 1] + list[end - 1].width - starts[first];
  }
};

// Everything but spaces, pads and starts.
Pieces MakePieces(std::string_view text, const std::vector<syntax::Lexeme>& lexemes);

// A statement, a property, a key or a declaration: what a newline ends. With its blocks.
struct Line {
  uint32_t first = 0;
  uint32_t end = 0;           // behind its last token
  uint32_t block = kNoPiece;  // its {
  uint32_t depth = 0;         // braces around it
  // What stands in the block around it.
  enum class Kind : uint8_t { kStatement, kProperty, kKey, kTestLine } kind = Kind::kStatement;
};

// Sets the spaces and starts, and gives the lines in the order of their beginnings.
std::vector<Line> SetSpaces(Pieces* pieces);

// Sets the pads: values of consecutive properties, types and defaults of consecutive keys, `=` of
// consecutive `let`s, comparisons of consecutive conditions.
void SetColumns(const std::vector<Line>& lines, Pieces* pieces);

}  // namespace upgraph::format
