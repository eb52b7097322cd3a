#pragma once

#include "compiler/diagnostics/emitter.h"
#include "compiler/source/source_manager.h"

namespace upgraph::syntax {

// Refuses, with a place, what would make a text read differently from how it looks: bytes that are
// not UTF-8, control characters, characters that change the direction of writing or break lines.
// False when something was found.
bool CheckText(source::BufferId buffer_id, const source::SourceBuffer& buffer,
               diagnostics::Emitter& emitter);

}  // namespace upgraph::syntax
