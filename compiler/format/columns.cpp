// Columns. A run is a series of consecutive lines of one shape in one block, without an empty line
// between them.

#include <algorithm>
#include <optional>

#include "compiler/format/format.h"
#include "compiler/format/pieces.h"

namespace upgraph::format {
namespace {

// A cell that is wider stands out of its column and does not widen it: one long name among many
// short ones would otherwise fill the text with blanks.
constexpr uint32_t kCellWidthMax = 40;

enum class Shape : uint8_t { kNone, kProperty, kKey, kLet, kCondition };

// Where the second and third cells of a line begin; kNoPiece where there is none.
struct Cells {
  Shape shape = Shape::kNone;
  uint32_t first = 0;
  uint32_t second = kNoPiece;
  uint32_t third = kNoPiece;
};

class Aligner {
 public:
  explicit Aligner(Pieces* pieces) : pieces_(*pieces) {}

  void Run(const std::vector<Line>& lines);

 private:
  Cells CellsOf(const Line& line);
  Cells DeclarationCells(const Line& line, Shape shape);
  Cells ConditionCells(const Line& line) const;
  uint32_t EndOfType(uint32_t colon, uint32_t end);
  static bool IsAlike(const Cells& a, const Cells& b);
  bool Follows(const Line& line, const Line& before) const;
  bool HasBlock(const Line& line) const;
  // Not all up to `end` stands on one row.
  bool IsBroken(uint32_t first, uint32_t end) const;
  void Flush();

  uint32_t Next(uint32_t at) const {
    return pieces_.list[at].kind == LexemeKind::kOpen ? pieces_.list[at].partner + 1 : at + 1;
  }
  static bool IsWide(uint32_t width) { return width > kCellWidthMax; }

  Pieces& pieces_;
  std::vector<Cells> run_;
};

void Aligner::Run(const std::vector<Line>& lines) {
  const Line* before = nullptr;
  for (const Line& line : lines) {
    const Cells cells = CellsOf(line);
    const bool goes_on = !run_.empty() && IsAlike(cells, run_.back()) && Follows(line, *before);
    if (!goes_on) {
      Flush();
    }
    if (cells.shape != Shape::kNone) {
      run_.push_back(cells);
    }
    before = &line;
  }
  Flush();
}

// A `let` with a type has no place for one without.
bool Aligner::IsAlike(const Cells& a, const Cells& b) {
  return a.shape == b.shape && a.shape != Shape::kNone &&
         (a.shape != Shape::kLet || (a.second == kNoPiece) == (b.second == kNoPiece));
}

bool Aligner::Follows(const Line& line, const Line& before) const {
  if (line.block != before.block) {
    return false;
  }
  // Only comments stand between them.
  for (uint32_t i = before.end; i <= line.first; ++i) {
    if (pieces_.list[i].newlines_before > 1) {
      return false;
    }
  }
  return true;
}

bool Aligner::HasBlock(const Line& line) const {
  for (uint32_t i = line.first; i < line.end; i = Next(i)) {
    if (pieces_.First(i) == '{') {
      return true;
    }
  }
  return false;
}

bool Aligner::IsBroken(uint32_t first, uint32_t end) const {
  for (uint32_t i = first; i < end; ++i) {
    if (pieces_.IsComment(i) || pieces_.list[i].is_forced) {
      return true;
    }
  }
  for (uint32_t i = Next(first); i < end; i = Next(i)) {
    if (pieces_.list[i].newlines_before > 0) {
      return true;  // the author's break behind an operator
    }
  }
  return false;
}

Cells Aligner::CellsOf(const Line& line) {
  if (line.end - line.first < 2 || HasBlock(line)) {
    return {};
  }
  if (line.kind == Line::Kind::kKey) {
    return DeclarationCells(line, Shape::kKey);
  }
  const std::string_view word = pieces_.Text(line.first);
  if (word == "let" || word == "input") {
    return DeclarationCells(line, Shape::kLet);
  }
  const Piece& first = pieces_.list[line.first];
  const Piece& second = pieces_.list[line.first + 1];
  // Among statements, what has an operator behind its first word is a condition.
  const bool is_value =
      line.kind != Line::Kind::kStatement
          ? second.has_space
          : second.kind != LexemeKind::kSign && second.kind != LexemeKind::kReserved;
  const bool is_word = first.kind == LexemeKind::kWord ||
                       (first.kind == LexemeKind::kReserved && line.kind == Line::Kind::kTestLine);
  if (line.block != kNoPiece && is_word && is_value && second.has_space &&
      second.kind != LexemeKind::kComment) {
    pieces_.list[line.first + 1].is_value = true;
    return {Shape::kProperty, line.first, line.first + 1, kNoPiece};
  }
  return line.block == kNoPiece ? Cells() : ConditionCells(line);
}

// name : Type = value
Cells Aligner::DeclarationCells(const Line& line, Shape shape) {
  Cells cells{shape, line.first, kNoPiece, kNoPiece};
  uint32_t at = line.first;
  while (at < line.end && !pieces_.IsSign(at, ":") && !pieces_.IsSign(at, "=")) {
    at = Next(at);
  }
  if (at < line.end && pieces_.IsSign(at, ":")) {
    cells.second = at;
    at = EndOfType(at, line.end);
  }
  while (at < line.end && pieces_.IsComment(at)) {
    ++at;
  }
  cells.third = at < line.end ? at : kNoPiece;
  const bool is_broken = IsBroken(line.first, std::min(at, line.end));
  return (cells.second == kNoPiece && cells.third == kNoPiece) || is_broken ? Cells() : cells;
}

// `Type`, `[Type]`, `temporary Type`, each with `in unit`.
uint32_t Aligner::EndOfType(uint32_t colon, uint32_t end) {
  uint32_t at = colon + 1;
  if (at >= end) {
    return end;
  }
  if (pieces_.First(at) == '[') {
    pieces_.list[at].is_fixed = true;
  }
  const bool is_temporary = pieces_.Text(at) == "temporary" && at + 1 < end &&
                            pieces_.list[at + 1].kind != LexemeKind::kSign;
  at = Next(is_temporary ? at + 1 : at);
  const bool has_unit = at + 1 < end && pieces_.Text(at) == "in";
  return std::min(has_unit ? at + 2 : at, end);
}

// prom.p99("edge") <= 1.1 * baseline
Cells Aligner::ConditionCells(const Line& line) const {
  uint32_t at = line.first;
  const auto is_comparison = [&](uint32_t i) {
    const std::string_view text = pieces_.Text(i);
    return pieces_.list[i].kind == LexemeKind::kSign &&
           (text == "<=" || text == ">=" || text == "<" || text == ">" || text == "==" ||
            text == "!=");
  };
  while (at < line.end && !is_comparison(at)) {
    at = Next(at);
  }
  // Where the line is too long, brackets on the left may be broken.
  const bool fits = line.depth * 2 + pieces_.FlatWidth(line.first, line.end) <= kRowWidthMax;
  if (at == line.end || at == line.first || !fits || IsBroken(line.first, at)) {
    return {};
  }
  return {Shape::kCondition, line.first, at, kNoPiece};
}

void Aligner::Flush() {
  uint32_t first_width = 0;
  uint32_t second_width = 0;
  const auto measure = [&](const Cells& cells, uint32_t* first, uint32_t* second) {
    const uint32_t second_begin = cells.second != kNoPiece ? cells.second : cells.third;
    *first = pieces_.FlatWidth(cells.first, second_begin);
    *second = cells.second != kNoPiece && cells.third != kNoPiece
                  ? pieces_.FlatWidth(cells.second, cells.third)
                  : 0;
  };
  for (const Cells& cells : run_) {
    uint32_t first = 0;
    uint32_t second = 0;
    measure(cells, &first, &second);
    first_width = std::max(first_width, IsWide(first) ? 0 : first);
    second_width = std::max(second_width, IsWide(second) ? 0 : second);
  }
  for (const Cells& cells : run_) {
    uint32_t first = 0;
    uint32_t second = 0;
    measure(cells, &first, &second);
    const uint32_t second_begin = cells.second != kNoPiece ? cells.second : cells.third;
    pieces_.list[second_begin].pad = static_cast<uint8_t>(IsWide(first) ? 0 : first_width - first);
    if (second > 0 && !IsWide(second)) {
      pieces_.list[cells.third].pad = static_cast<uint8_t>(second_width - second);
    }
  }
  run_.clear();
}

}  // namespace

void SetColumns(const std::vector<Line>& lines, Pieces* pieces) { Aligner(pieces).Run(lines); }

}  // namespace upgraph::format
