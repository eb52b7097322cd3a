// One blank or none between two pieces of a row, by what both are. A few words of the grammar are
// known here, where the same signs read differently: `name : Type` declares, `name: value` names an
// argument. A construct that is not known is spaced like a statement.

#include <algorithm>
#include <array>

#include "compiler/format/pieces.h"

namespace upgraph::format {
namespace {

constexpr std::array<std::string_view, 12> kPropertyOwners = {
    "product", "step",     "fact", "handle",  "resource",  "lock",
    "signal",  "function", "type", "upgrade", "downgrade", "announce"};

class Spacer {
 public:
  explicit Spacer(Pieces* pieces) : pieces_(*pieces) {}

  std::vector<Line> Run();

 private:
  // An open bracket, or the whole text.
  struct Frame {
    uint32_t open = kNoPiece;
    bool is_block = true;
    Line::Kind kind = Line::Kind::kStatement;
    uint32_t line = kNoPiece;  // the one at hand, as an index of lines_
  };

  void Begin(uint32_t at);
  void Place(uint32_t at);
  bool HasSpace(uint32_t at) const;
  bool HasSpaceBeforeColon() const;
  bool IsCall() const;
  bool EndsValue() const;
  Line::Kind KindOfBlock() const;

  bool IsNameAfterDot() const {
    return before_previous_ != kNoPiece && pieces_.IsSign(before_previous_, ".");
  }
  const Frame& frame() const { return frames_.back(); }
  uint32_t LineFirst() const {
    return frame().line == kNoPiece ? kNoPiece : lines_[frame().line].first;
  }
  // The previous token is the word of a property.
  bool IsAfterPropertyWord() const {
    return previous_ == LineFirst() && frame().is_block &&
           (frame().kind == Line::Kind::kProperty || frame().kind == Line::Kind::kTestLine);
  }

  Pieces& pieces_;
  std::vector<Line> lines_;
  std::vector<Frame> frames_ = {Frame()};
  uint32_t depth_ = 0;
  uint32_t previous_ = kNoPiece;  // token, not comment
  uint32_t before_previous_ = kNoPiece;
  // The previous token is an operator's sign that is none here: `-5`, `key(settings, *)`.
  bool is_sign_of_value_ = false;
};

std::vector<Line> Spacer::Run() {
  uint32_t start = 0;
  pieces_.starts.reserve(pieces_.size());
  for (uint32_t i = 0; i < pieces_.size(); ++i) {
    Piece& piece = pieces_.list[i];
    if (piece.kind == LexemeKind::kComment) {
      piece.has_space = true;
    } else {
      Begin(i);
      piece.has_space = HasSpace(i);
      Place(i);
    }
    start += piece.has_space ? 1 : 0;
    pieces_.starts.push_back(start);
    start += piece.width;
  }
  if (frame().line != kNoPiece) {
    lines_[frame().line].end = previous_ + 1;
  }
  return std::move(lines_);
}

// Ends the line before and begins the next one, where a line begins.
void Spacer::Begin(uint32_t at) {
  const bool is_first = previous_ == kNoPiece || previous_ == frame().open;
  if (!frame().is_block || (!is_first && !pieces_.list[at].starts_statement)) {
    return;
  }
  if (frame().line != kNoPiece) {
    lines_[frame().line].end = previous_ + 1;
    frames_.back().line = kNoPiece;
  }
  if (pieces_.list[at].kind != LexemeKind::kClose) {
    frames_.back().line = static_cast<uint32_t>(lines_.size());
    lines_.push_back({at, at, frame().open, depth_, frame().kind});
  }
}

void Spacer::Place(uint32_t at) {
  is_sign_of_value_ = (pieces_.IsSign(at, "-") || pieces_.IsSign(at, "*")) && !EndsValue();
  if (pieces_.list[at].kind == LexemeKind::kOpen) {
    Frame inner;
    inner.open = at;
    inner.is_block = pieces_.First(at) == '{';
    inner.kind = inner.is_block ? KindOfBlock() : Line::Kind::kStatement;
    depth_ += inner.is_block ? 1 : 0;
    frames_.push_back(inner);
  } else if (pieces_.list[at].kind == LexemeKind::kClose) {
    if (frame().line != kNoPiece) {
      lines_[frame().line].end = previous_ + 1;
    }
    depth_ -= frame().is_block ? 1 : 0;
    frames_.pop_back();
  }
  before_previous_ = previous_;
  previous_ = at;
}

Line::Kind Spacer::KindOfBlock() const {
  const uint32_t first = LineFirst();
  if (first == kNoPiece) {
    return Line::Kind::kStatement;
  }
  const std::string_view word = pieces_.Text(first);
  const bool is_top = frames_.size() == 1;
  if (is_top && word == "config") {
    return Line::Kind::kKey;
  }
  if (is_top && word == "test") {
    return Line::Kind::kTestLine;
  }
  const bool owns_properties =
      std::find(kPropertyOwners.begin(), kPropertyOwners.end(), word) != kPropertyOwners.end();
  return (is_top || word == "announce") && owns_properties ? Line::Kind::kProperty
                                                           : Line::Kind::kStatement;
}

bool Spacer::HasSpace(uint32_t at) const {
  if (previous_ == kNoPiece) {
    return false;
  }
  const Piece& piece = pieces_.list[at];
  const char first = pieces_.First(at);
  if (piece.kind == LexemeKind::kClose) {
    return first == '}' && piece.partner != previous_;
  }
  if (pieces_.list[previous_].kind == LexemeKind::kOpen) {
    return pieces_.First(previous_) == '{';
  }
  if (first == ',' || pieces_.IsSign(at, ".") || pieces_.IsSign(previous_, ".")) {
    return false;
  }
  if (first == ':') {
    return HasSpaceBeforeColon();
  }
  if (is_sign_of_value_ && pieces_.IsSign(previous_, "-")) {
    return false;
  }
  const bool is_minus = pieces_.IsSign(at, "-") || pieces_.IsSign(previous_, "-");
  if (is_minus && frame().is_block && LineFirst() != kNoPiece && LineFirst() != previous_ &&
      pieces_.Text(LineFirst()) == "allow") {
    return false;  // the name of a check
  }
  return first != '(' || !IsCall();
}

// `key : Type`, `let x : Type`, `f(…) : Type` declare; elsewhere a name belongs to what follows.
bool Spacer::HasSpaceBeforeColon() const {
  if (!frame().is_block || LineFirst() == kNoPiece) {
    return false;
  }
  const std::string_view word = pieces_.Text(LineFirst());
  return frame().kind == Line::Kind::kKey || word == "let" || word == "input" ||
         pieces_.First(previous_) == ')';
}

// The ( at hand belongs to the name before it.
bool Spacer::IsCall() const {
  const Piece& before = pieces_.list[previous_];
  if (IsNameAfterDot()) {
    return true;
  }
  if (before.kind == LexemeKind::kReserved) {
    // `lock lock(path: Path)` declares one of that name.
    return frames_.size() == 1 && before_previous_ == LineFirst();
  }
  if (before.kind != LexemeKind::kWord || IsAfterPropertyWord()) {
    return false;
  }
  const std::string_view word = pieces_.Text(previous_);
  const bool is_bound = frame().is_block && previous_ != LineFirst() &&
                        (word == "within" || word == "hold") && before_previous_ != kNoPiece &&
                        pieces_.list[before_previous_].kind != LexemeKind::kSign;
  return !is_bound;
}

// What stands before is a value, so that a `-` after it subtracts.
bool Spacer::EndsValue() const {
  if (previous_ == kNoPiece || IsAfterPropertyWord()) {
    return false;
  }
  switch (pieces_.list[previous_].kind) {
    case LexemeKind::kWord:
    case LexemeKind::kLiteral:
      return true;
    case LexemeKind::kReserved:
      return IsNameAfterDot();
    case LexemeKind::kClose:
      return !pieces_.IsBrace(previous_);
    case LexemeKind::kSign:
      return is_sign_of_value_ && pieces_.IsSign(previous_, "*");
    case LexemeKind::kOpen:
    case LexemeKind::kComment:
      return false;
  }
  return false;
}

}  // namespace

std::vector<Line> SetSpaces(Pieces* pieces) { return Spacer(pieces).Run(); }

}  // namespace upgraph::format
