#pragma once

// Text to tokens: matches them one after another, decides which newlines end a statement, and sets
// the doc comments aside.

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/diagnostics/emitter.h"
#include "compiler/source/source_manager.h"

namespace upgraph::syntax {

struct ScannedToken {
  uint32_t begin = 0;
  uint32_t end = 0;
  uint16_t type = 0;  // of UpgraphLexer
};

// The `///` lines that stand right before a token.
struct DocComment {
  uint32_t token_begin = 0;
  uint32_t begin = 0;
  uint32_t end = 0;
};

struct Scan {
  // Newlines only where they end a statement, never two in a row, none at the start.
  std::vector<ScannedToken> tokens;
  std::vector<DocComment> docs;  // in the order of the text
  std::string file_doc;          // the first `///` lines, when a blank line or an import follows
  // `///` lines that stand before nothing, or behind something on its line; in the order of the
  // text.
  std::vector<DocComment> stray_docs;
  // Lines, from 1 and ascending, with a mistake that has been reported: what the parser finds there
  // comes of it.
  std::vector<uint32_t> damaged_lines;
  // False when the text cannot be parsed with any sense; the reason has been reported.
  bool is_usable = true;
};

// The text has passed CheckText().
Scan ScanTokens(source::BufferId buffer_id, const source::SourceBuffer& buffer,
                diagnostics::Emitter& emitter);

// The text of `///` lines without their marks.
std::string DocText(std::string_view lines);

}  // namespace upgraph::syntax
