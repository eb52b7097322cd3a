#pragma once

// Text to tree. The only folder that knows ANTLR; nothing of it, exceptions included, leaves it.

#include "compiler/ast/tree.h"
#include "compiler/diagnostics/emitter.h"
#include "compiler/source/source_manager.h"

namespace upgraph::syntax {

// The tree of one text. Mistakes go to `emitter`, several in one run; the tree then holds what
// could be read, and is fit for nothing but further messages. Pure but for the emitter.
ast::Tree Parse(source::BufferId buffer_id, const source::SourceManager& sources,
                diagnostics::Emitter& emitter);

}  // namespace upgraph::syntax
