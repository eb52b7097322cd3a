#include "compiler/syntax/bracket_stack.h"

#include <string_view>

#include <fmt/format.h>

#include "compiler/syntax/parser_limits.h"

namespace upgraph::syntax {
namespace {

using diagnostics::Kind;

char Partner(char bracket) {
  switch (bracket) {
    case '(':
      return ')';
    case '[':
      return ']';
    case '{':
      return '}';
    case ')':
      return '(';
    case ']':
      return '[';
    default:
      return '{';
  }
}

}  // namespace

bool BracketStack::Add(char bracket, uint32_t offset) {
  if (bracket == ')' || bracket == ']' || bracket == '}') {
    return Close(bracket, offset);
  }
  if (open_.size() == kNestingMax) {
    emitter_
        .Emit(Kind::kTooLarge, At(offset),
              fmt::format("`{}` stands inside {} others; brackets go {} deep at most", bracket,
                          open_.size(), kNestingMax))
        .SetHint("give the inner parts names with `let`, or make them steps of their own");
    return false;
  }
  // Nobody asks for the line of another.
  open_.push_back({bracket, offset, bracket == '{' ? IndentAt(offset) : 0});
  return true;
}

bool BracketStack::Close(char bracket, uint32_t offset) {
  if (open_.empty()) {
    diagnostics::Diagnostic& error =
        emitter_.Emit(Kind::kUnbalancedBracket, At(offset),
                      fmt::format("found `{}`, but no `{}` is open", bracket, Partner(bracket)));
    if (has_suspect_) {
      error.AddNote(At(suspect_close_), "this one already closed the block around it");
    }
    return false;
  }
  Bracket opening = open_.back();
  if (opening.bracket != Partner(bracket)) {
    emitter_
        .Emit(Kind::kUnbalancedBracket, At(opening.offset),
              fmt::format("`{}` is not closed, found `{}` first", opening.bracket, bracket))
        .AddNote(At(offset),
                 fmt::format("a `{}` is expected before this", Partner(opening.bracket)));
    return false;
  }
  open_.pop_back();
  if (bracket == '}' && !has_suspect_ && IsFirstInLine(offset) &&
      IndentAt(offset) < opening.indent) {
    has_suspect_ = true;
    suspect_ = opening;
    suspect_close_ = offset;
  }
  return true;
}

std::string BracketStack::CloseLine(uint32_t offset) {
  std::string closing;
  uint32_t line = buffer_.Locate(offset).line;
  while (IsInParentheses() && buffer_.Locate(open_.back().offset).line == line) {
    closing += Partner(open_.back().bracket);
    open_.pop_back();
  }
  return closing;
}

bool BracketStack::Finish() {
  if (open_.empty()) {
    return true;
  }
  const Bracket& bracket = has_suspect_ ? suspect_ : open_.back();
  diagnostics::Diagnostic& error =
      emitter_.Emit(Kind::kUnbalancedBracket, At(bracket.offset),
                    fmt::format("`{}` is not closed", bracket.bracket));
  if (has_suspect_) {
    error.AddNote(At(suspect_close_),
                  "the next `}` stands further left, as if it closed another block");
  } else {
    error.SetHint(fmt::format("the file ends without its `{}`", Partner(bracket.bracket)));
  }
  return false;
}

uint32_t BracketStack::IndentAt(uint32_t offset) {
  FindLine(offset);
  return indent_;
}

bool BracketStack::IsFirstInLine(uint32_t offset) {
  FindLine(offset);
  return offset == line_begin_ + indent_;
}

void BracketStack::FindLine(uint32_t offset) {
  if (offset >= line_begin_ && offset < line_end_) {
    return;
  }
  const source::LineColumn place = buffer_.Locate(offset);
  const std::string_view text = buffer_.Line(place.line);
  const size_t indent = text.find_first_not_of(" \t");
  line_begin_ = offset - (place.column - 1);
  line_end_ = line_begin_ + static_cast<uint32_t>(text.size()) + 1;
  indent_ = static_cast<uint32_t>(indent == std::string_view::npos ? text.size() : indent);
}

}  // namespace upgraph::syntax
