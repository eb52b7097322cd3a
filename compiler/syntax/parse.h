#pragma once

// Text to tree. The only folder that knows ANTLR; nothing of it, exceptions included, leaves it.

#include "compiler/ast/tree.h"
#include "compiler/diagnostics/emitter.h"
#include "compiler/source/source_manager.h"

namespace upgraph::syntax {

// Who reads a line: both give the same tree and the same messages.
enum class Reader {
  kLinesFirst,   // by hand where the line is of a common form, else as below
  kGrammarOnly,  // the generated parser; for tests that compare
};

// The tree of one text. Mistakes go to `emitter`, several in one run; the tree then holds what
// could be read, and is fit for nothing but further messages. Pure but for the emitter.
ast::Tree Parse(source::BufferId buffer_id, const source::SourceManager& sources,
                diagnostics::Emitter& emitter, Reader reader = Reader::kLinesFirst);

}  // namespace upgraph::syntax
