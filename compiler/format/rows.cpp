#include "compiler/format/rows.h"

#include <algorithm>

#include "compiler/format/format.h"

namespace upgraph::format {
namespace {

constexpr uint32_t kIndent = 2;
// A statement that goes on behind a `,` or an operator.
constexpr uint32_t kContinuationIndent = 4;

class RowBreaker {
 public:
  explicit RowBreaker(const Pieces& pieces) : pieces_(pieces) {}

  std::vector<Row> Run();

 private:
  // An open bracket, or the whole text.
  struct Frame {
    uint32_t open = kNoPiece;
    bool is_block = true;
    bool is_broken = true;
    uint32_t indent = 0;        // of what is inside
    uint32_t close_indent = 0;  // of the closing bracket
    uint32_t line_indent = 0;   // of the statement at hand, in a block
    uint32_t continuation = 0;  // of the rows behind its first
    bool has_tokens = false;
  };

  void FindStops();
  bool BeginsRow(uint32_t at);
  bool BeginsRowInBlock(uint32_t at) const;
  bool BeginsRowInBrackets(uint32_t at) const;
  uint32_t IndentOf(uint32_t at) const;
  bool IsStatementStart(uint32_t at) const;
  bool HasBlankBefore(uint32_t at) const;
  bool ContinuesComment(uint32_t at) const;
  uint32_t SourceColumn(uint32_t at) const;
  void AddRow(uint32_t at);
  void Open(uint32_t at);
  bool IsBroken(uint32_t open) const;
  uint32_t TrailingEnd(uint32_t close) const;
  bool BlockIsBroken(uint32_t open) const;
  bool Fits(uint32_t first, uint32_t end) const {
    return column_ + pieces_.FlatWidth(first, end) + (pieces_.list[first].has_space ? 1 : 0) <=
           kRowWidthMax;
  }
  uint32_t ElementEnd(uint32_t at) const;

  const Pieces& pieces_;
  std::vector<Row> rows_;
  std::vector<Frame> frames_ = {Frame()};
  uint32_t column_ = 0;  // behind the last piece
  // From each piece on: where a row may end next, which is behind an opening bracket, before a
  // comment and at the end of a statement; the next bracket that is broken anyway.
  std::vector<uint32_t> stop_;
  std::vector<uint32_t> forced_;
  std::vector<uint32_t> newlines_;  // how many pieces before each have a newline before them
};

std::vector<Row> RowBreaker::Run() {
  FindStops();
  for (uint32_t i = 0; i < pieces_.size(); ++i) {
    const Piece& piece = pieces_.list[i];
    const bool begins_row = BeginsRow(i);
    if (begins_row) {
      AddRow(i);
    } else if (piece.kind == LexemeKind::kComment) {
      rows_.back().comment = i;
    } else {
      column_ += (piece.has_space ? 1 : 0) + piece.pad;
    }
    if (piece.is_value) {
      frames_.back().continuation = column_;
    }
    if (piece.kind != LexemeKind::kComment || begins_row) {
      column_ += piece.width;
      rows_.back().width = column_;
    }
    frames_.back().has_tokens |= piece.kind != LexemeKind::kComment;
    if (piece.kind == LexemeKind::kOpen) {
      Open(i);
    } else if (piece.kind == LexemeKind::kClose) {
      frames_.pop_back();
    }
  }
  return std::move(rows_);
}

void RowBreaker::FindStops() {
  const uint32_t size = pieces_.size();
  stop_.resize(size + 1, size);
  forced_.resize(size + 1, size);
  newlines_.resize(size + 1, 0);
  for (uint32_t i = size; i-- > 0;) {
    const Piece& piece = pieces_.list[i];
    stop_[i] = stop_[i + 1];
    if (piece.starts_statement || piece.kind == LexemeKind::kComment) {
      stop_[i] = i;
    } else if (piece.kind == LexemeKind::kOpen) {
      stop_[i] = i + 1;
    }
    forced_[i] = piece.is_forced && piece.kind == LexemeKind::kOpen ? i : forced_[i + 1];
  }
  for (uint32_t i = 0; i < size; ++i) {
    newlines_[i + 1] = newlines_[i] + (pieces_.list[i].newlines_before > 0 ? 1 : 0);
  }
}

bool RowBreaker::IsStatementStart(uint32_t at) const {
  const Frame& frame = frames_.back();
  return frame.is_block && (pieces_.list[at].starts_statement || !frame.has_tokens);
}

bool RowBreaker::BeginsRow(uint32_t at) {
  const Piece& piece = pieces_.list[at];
  if (at == 0) {
    return true;
  }
  if (piece.kind == LexemeKind::kComment) {
    return piece.newlines_before > 0;
  }
  if (pieces_.IsComment(at - 1)) {
    return true;
  }
  return frames_.back().is_block ? BeginsRowInBlock(at) : BeginsRowInBrackets(at);
}

bool RowBreaker::BeginsRowInBlock(uint32_t at) const {
  const Piece& piece = pieces_.list[at];
  const Frame& frame = frames_.back();
  const bool is_edge = at == frame.open + 1 || piece.kind == LexemeKind::kClose;
  if (frame.open != kNoPiece && is_edge) {
    return frame.is_broken;
  }
  // The author's own break behind a comma or an operator stays.
  const LexemeKind before = pieces_.list[at - 1].kind;
  const bool goes_on = before == LexemeKind::kSign || before == LexemeKind::kReserved;
  return piece.starts_statement ||
         (piece.newlines_before > 0 && goes_on && pieces_.First(at) != '{');
}

bool RowBreaker::BeginsRowInBrackets(uint32_t at) const {
  const Frame& frame = frames_.back();
  if (!frame.is_broken) {
    return false;
  }
  const bool is_edge = at == frame.open + 1 || pieces_.list[at].kind == LexemeKind::kClose;
  if (is_edge) {
    return true;
  }
  if (pieces_.First(at - 1) != ',') {
    return false;
  }
  const bool is_list = pieces_.First(frame.open) == '[';
  return !is_list || pieces_.list[at].newlines_before > 0 || !Fits(at, ElementEnd(at));
}

// Behind the comma that ends the element, or at a bracket in it that is broken anyway.
uint32_t RowBreaker::ElementEnd(uint32_t at) const {
  const uint32_t close = pieces_.list[frames_.back().open].partner;
  uint32_t end = at;
  while (end < close && pieces_.First(end) != ',') {
    end = pieces_.list[end].kind == LexemeKind::kOpen ? pieces_.list[end].partner + 1 : end + 1;
  }
  return std::min(end < close ? end + 1 : end, forced_[at] + 1);
}

uint32_t RowBreaker::IndentOf(uint32_t at) const {
  const Frame& frame = frames_.back();
  if (pieces_.list[at].kind == LexemeKind::kClose) {
    return frame.close_indent;
  }
  const bool goes_on = frame.is_block && !IsStatementStart(at);
  return goes_on ? frame.continuation : frame.indent;
}

bool RowBreaker::HasBlankBefore(uint32_t at) const {
  return at > 0 && pieces_.list[at].newlines_before > 1 &&
         pieces_.list[at - 1].kind != LexemeKind::kOpen &&
         pieces_.list[at].kind != LexemeKind::kClose;
}

// Columns of the source count code points from 0.
uint32_t RowBreaker::SourceColumn(uint32_t at) const {
  uint32_t column = 0;
  for (uint32_t i = pieces_.list[at].begin; i > 0 && pieces_.text[i - 1] != '\n'; --i) {
    column += (static_cast<unsigned char>(pieces_.text[i - 1]) & 0xc0) != 0x80 ? 1 : 0;
  }
  return column;
}

bool RowBreaker::ContinuesComment(uint32_t at) const {
  const bool can = pieces_.IsComment(at) && at > 0 && pieces_.IsComment(at - 1) &&
                   pieces_.list[at].newlines_before == 1 && IsStatementStart(at);
  if (!can) {
    return false;
  }
  const bool is_below = rows_.back().comment == at - 1 || rows_.back().continues_comment;
  return is_below && SourceColumn(at) == SourceColumn(at - 1);
}

void RowBreaker::AddRow(uint32_t at) {
  Row row;
  row.first = at;
  row.indent = IndentOf(at);
  row.is_after_blank = HasBlankBefore(at);
  row.continues_comment = ContinuesComment(at);
  rows_.push_back(row);
  column_ = row.indent;
  if (IsStatementStart(at)) {
    frames_.back().line_indent = row.indent;
    frames_.back().continuation = row.indent + kContinuationIndent;
  }
}

void RowBreaker::Open(uint32_t at) {
  Frame frame;
  frame.open = at;
  frame.is_block = pieces_.IsBrace(at);
  frame.is_broken = frame.is_block ? BlockIsBroken(at) : IsBroken(at);
  const Frame& outer = frames_.back();
  frame.close_indent = frame.is_block && outer.is_block ? outer.line_indent : rows_.back().indent;
  frame.indent = frame.close_indent + kIndent;
  frame.line_indent = frame.indent;
  frames_.push_back(frame);
}

// What the author wrote on one row stays there while it fits.
bool RowBreaker::BlockIsBroken(uint32_t open) const {
  const uint32_t close = pieces_.list[open].partner;
  if (close == open + 1) {
    return false;
  }
  return newlines_[close + 1] > newlines_[open + 1] || !Fits(open + 1, stop_[close + 1]);
}

bool RowBreaker::IsBroken(uint32_t open) const {
  const Piece& bracket = pieces_.list[open];
  const uint32_t close = bracket.partner;
  if (bracket.is_forced || close == open + 1) {
    return bracket.is_forced;
  }
  const Frame& outer = frames_.back();
  const bool is_measured = !outer.is_block && !outer.is_broken &&
                           !pieces_.list[outer.open].is_hugging &&
                           forced_[outer.open + 1] > pieces_.list[outer.open].partner;
  if (bracket.is_fixed || bracket.is_hugging || is_measured) {
    return false;  // what fits around it fits inside
  }
  // With one element there is little to win by a row of its own for what follows the bracket.
  const uint32_t end = bracket.has_comma ? TrailingEnd(close) : close + 1;
  return !Fits(open + 1, std::min(end, forced_[open + 1] + 1));
}

// Where the row may end behind a closing bracket.
uint32_t RowBreaker::TrailingEnd(uint32_t close) const {
  uint32_t end = close + 1;
  for (size_t i = frames_.size(); i-- > 0 && !frames_[i].is_block;) {
    const bool is_last = end == pieces_.list[frames_[i].open].partner;
    if (frames_[i].is_broken) {
      const bool has_comma = pieces_.First(end) == ',';
      return is_last ? end : has_comma ? end + 1 : stop_[end];
    }
    if (!is_last) {
      return stop_[end];
    }
    ++end;
  }
  return stop_[end];
}

}  // namespace

std::vector<Row> BreakRows(const Pieces& pieces) { return RowBreaker(pieces).Run(); }

}  // namespace upgraph::format
