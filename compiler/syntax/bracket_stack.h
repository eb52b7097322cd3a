#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "compiler/diagnostics/emitter.h"
#include "compiler/source/source_manager.h"

namespace upgraph::syntax {

// The open brackets at a place of the text. Finds what the parser would only stumble over later: a
// bracket that is never closed or closes nothing, and too many inside each other. Reports the first
// such fault and none after it, because nothing behind it can be trusted.
class BracketStack {
 public:
  BracketStack(source::BufferId buffer_id, const source::SourceBuffer& buffer,
               diagnostics::Emitter& emitter)
      : buffer_id_(buffer_id), buffer_(buffer), emitter_(emitter) {}

  // `bracket` is one of ( [ { ) ] }. False after a fault.
  bool Add(char bracket, uint32_t offset);
  // At the end of the text. False after a fault.
  bool Finish();
  // Closes the ( and [ that were opened on the line of `offset`, and returns what closes them:
  // their ends are lost in a text that does not end.
  std::string CloseLine(uint32_t offset);
  // Whether the innermost open bracket is ( or [, where a newline ends nothing.
  bool IsInParentheses() const { return !open_.empty() && open_.back().bracket != '{'; }

 private:
  struct Bracket {
    char bracket = 0;
    uint32_t offset = 0;
    uint32_t indent = 0;  // of the line it stands on
  };

  source::SourceRange At(uint32_t offset) const { return {buffer_id_, offset, offset + 1}; }
  // Of the line that `offset` stands on.
  uint32_t IndentAt(uint32_t offset);
  bool IsFirstInLine(uint32_t offset);
  void FindLine(uint32_t offset);
  bool Close(char bracket, uint32_t offset);

  source::BufferId buffer_id_;
  const source::SourceBuffer& buffer_;
  diagnostics::Emitter& emitter_;
  std::vector<Bracket> open_;
  // The line that was asked for last: it may be as long as the file, and have as many brackets.
  uint32_t line_begin_ = 0;
  uint32_t line_end_ = 0;  // with its line end
  uint32_t indent_ = 0;
  // The first { whose } stands further to the left than its line: most likely it has none.
  bool has_suspect_ = false;
  Bracket suspect_;
  uint32_t suspect_close_ = 0;
};

}  // namespace upgraph::syntax
