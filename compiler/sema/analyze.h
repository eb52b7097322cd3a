#pragma once

// Names, types and values of one spec and the modules it uses.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compiler/ast/tree.h"
#include "compiler/diagnostics/emitter.h"
#include "compiler/sema/program.h"
#include "compiler/source/source_manager.h"

namespace upgraph::sema {

// What is imported: of the library, or a file of one's own beside the spec.
struct ImportedModule {
  std::string name;  // "std.files", "helpers.nginx"
  const ast::Tree* tree = nullptr;
  bool is_library = true;
};

// Everything is borrowed for the time of the call.
struct Input {
  const ast::Tree* spec = nullptr;
  std::string spec_name;  // by which a module would import the spec: "box"; may be empty
  std::vector<ImportedModule> imported;              // every module that is imported from anywhere
  std::map<std::string, std::string> module_faults;  // why a module that is imported is not there
  std::vector<std::string> known_modules;            // all that exist, for suggestions
  // What is given for inputs: trees of nothing but `let`s. Of two for one input the later counts.
  std::vector<const ast::Tree*> given;
  // Where to, what is given for inputs that the spec does not have; null: that is an error.
  std::vector<std::string>* unknown_given = nullptr;
  std::string stdlib_digest;
};

// Nothing when an error was emitted. Never stops at the first one.
std::optional<Program> Analyze(const Input& input, const source::SourceManager& sources,
                               diagnostics::Emitter& emitter);

}  // namespace upgraph::sema
