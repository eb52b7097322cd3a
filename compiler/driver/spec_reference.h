#pragma once

// The reference of a spec or of a module of one's own, made from its text.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/diagnostics/diagnostic.h"
#include "compiler/source/source_manager.h"

namespace upgraph::driver {

struct SpecReference {
  // Why the file cannot be read, or errors of its syntax; what it means is not looked at.
  std::vector<diagnostics::Diagnostic> diagnostics;
  std::unique_ptr<source::SourceManager> sources;  // never null
  std::string text;                                // Markdown; empty when there are diagnostics
};

// Every declaration with its doc comment. What a module declares goes by the name that its users
// call it by; what `has_code` says no to, asked by its native name, is marked so.
SpecReference MakeSpecReference(const std::string& path, bool (*has_code)(std::string_view native));

}  // namespace upgraph::driver
