// Any bytes: the parser ends, and every place it names is inside the text.

#include <cstdint>
#include <string>

#include "base/check.h"
#include "compiler/ast/dump.h"
#include "compiler/diagnostics/emitter.h"
#include "compiler/diagnostics/renderer.h"
#include "compiler/source/source_manager.h"
#include "compiler/syntax/parse.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  upgraph::source::SourceManager sources;
  upgraph::diagnostics::Emitter emitter;
  std::string text(reinterpret_cast<const char*>(data), size);
  upgraph::ast::Tree tree =
      upgraph::syntax::Parse(sources.Add("fuzz.upg", std::move(text)), sources, emitter);
  std::vector<upgraph::diagnostics::Diagnostic> diagnostics = emitter.Take();
  for (const upgraph::diagnostics::Diagnostic& diagnostic : diagnostics) {
    UPGRAPH_CHECK(diagnostic.range.begin <= diagnostic.range.end);
    UPGRAPH_CHECK(diagnostic.range.end <= size);
  }
  upgraph::diagnostics::RenderHuman(diagnostics, sources, true);
  upgraph::diagnostics::RenderJson(diagnostics, sources);
  upgraph::ast::Dump(tree);
  return 0;
}
