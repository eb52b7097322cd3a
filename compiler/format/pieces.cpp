#include "compiler/format/pieces.h"

#include <algorithm>

namespace upgraph::format {
namespace {

// Code points, as an editor counts them.
uint32_t WidthOf(std::string_view text) {
  return static_cast<uint32_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

void DescribeBrackets(uint32_t open, uint32_t close, Pieces* pieces) {
  Piece& bracket = pieces->list[open];
  bracket.partner = close;
  pieces->list[close].partner = open;
  if (pieces->IsBrace(open)) {
    return;
  }
  const uint32_t inner = open + 1;
  bracket.is_hugging = inner < close && pieces->list[inner].kind == LexemeKind::kOpen &&
                       !pieces->IsBrace(inner) && pieces->list[inner].partner + 1 == close;
  if (inner < close && pieces->list[inner].newlines_before > 0 && !bracket.is_hugging) {
    bracket.is_forced = true;
  }
}

}  // namespace

Pieces MakePieces(std::string_view text, const std::vector<syntax::Lexeme>& lexemes) {
  Pieces pieces;
  pieces.text = text;
  pieces.list.reserve(lexemes.size());
  std::vector<uint32_t> open;
  for (const syntax::Lexeme& lexeme : lexemes) {
    const auto at = static_cast<uint32_t>(pieces.list.size());
    Piece piece;
    piece.begin = lexeme.begin;
    piece.end = lexeme.end;
    piece.width = WidthOf(text.substr(lexeme.begin, lexeme.end - lexeme.begin));
    piece.kind = lexeme.kind;
    piece.newlines_before = lexeme.newlines_before;
    piece.starts_statement = lexeme.starts_statement;
    pieces.list.push_back(piece);
    if (lexeme.kind == LexemeKind::kOpen) {
      open.push_back(at);
    } else if (lexeme.kind == LexemeKind::kClose) {
      DescribeBrackets(open.back(), at, &pieces);
      open.pop_back();
    } else if (!open.empty() && lexeme.kind == LexemeKind::kComment) {
      pieces.list[open.back()].is_forced = true;
    } else if (!open.empty() && pieces.First(at) == ',') {
      pieces.list[open.back()].has_comma = true;
    }
  }
  return pieces;
}

}  // namespace upgraph::format
