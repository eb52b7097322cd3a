#pragma once

// Whether what the plan takes from the package is there to be packed.

#include <string>

#include "compiler/diagnostics/emitter.h"
#include "compiler/sema/program.h"

namespace upgraph::driver {

// Every payload path of a call exists below `root`, and every migration can be undone. Reports at
// the argument. Reads folders, no contents.
void CheckPayload(const sema::Program& program, const std::string& root,
                  diagnostics::Emitter& emitter);

}  // namespace upgraph::driver
