// Any bytes: the parser ends, every place that it names is inside the text, and reading lines by
// hand gives the tree and the messages of the grammar.

#include "base/check.h"
#include "compiler/ast/dump.h"
#include "compiler/diagnostics/emitter.h"
#include "compiler/diagnostics/renderer.h"
#include "compiler/source/source_manager.h"
#include "compiler/syntax/parse.h"
#include "tests/fuzz/target.h"

namespace {

struct Reading {
  std::string tree;
  std::string messages;
};

Reading Read(const std::string& text, upgraph::syntax::Reader reader) {
  using namespace upgraph;
  source::SourceManager sources;
  diagnostics::Emitter emitter;
  const ast::Tree tree = syntax::Parse(sources.Add("fuzz.upg", text), sources, emitter, reader);
  const std::vector<diagnostics::Diagnostic> found = emitter.Take();
  for (const diagnostics::Diagnostic& diagnostic : found) {
    UPGRAPH_CHECK(diagnostic.range.has_value());
    UPGRAPH_CHECK(diagnostic.range.begin <= diagnostic.range.end);
    UPGRAPH_CHECK(diagnostic.range.end <= text.size());
  }
  diagnostics::RenderJson(found, sources);
  return {ast::Dump(tree), diagnostics::RenderHuman(found, sources, true)};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using upgraph::syntax::Reader;
  const std::string text = upgraph::fuzz::TextOf(data, size);
  const Reading by_hand = Read(text, Reader::kLinesFirst);
  const Reading by_grammar = Read(text, Reader::kGrammarOnly);
  UPGRAPH_CHECK(by_hand.tree == by_grammar.tree);
  UPGRAPH_CHECK(by_hand.messages == by_grammar.messages);
  return 0;
}
