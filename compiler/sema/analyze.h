#pragma once

// Names, types and values of one spec and the library modules it uses.

#include <optional>
#include <string>
#include <vector>

#include "compiler/ast/tree.h"
#include "compiler/diagnostics/emitter.h"
#include "compiler/sema/program.h"
#include "compiler/source/source_manager.h"

namespace upgraph::sema {

struct LibraryModule {
  std::string name;  // "std.files"
  const ast::Tree* tree = nullptr;
};

// Everything is borrowed for the time of the call.
struct Input {
  const ast::Tree* spec = nullptr;
  std::vector<LibraryModule> library;  // every module that is imported from anywhere, if it exists
  std::vector<std::string> known_modules;  // all that exist, for suggestions
  std::string stdlib_digest;
};

// Nothing when an error was emitted. Never stops at the first one.
std::optional<Program> Analyze(const Input& input, const source::SourceManager& sources,
                               diagnostics::Emitter& emitter);

}  // namespace upgraph::sema
