#pragma once

// A text, parsed, with what was said about it.

#include <string>
#include <utility>
#include <vector>

#include "compiler/ast/dump.h"
#include "compiler/ast/tree.h"
#include "compiler/diagnostics/emitter.h"
#include "compiler/source/source_manager.h"
#include "compiler/syntax/parse.h"

namespace upgraph::syntax {

struct Parsed {
  source::SourceManager sources;
  ast::Tree tree;
  std::vector<diagnostics::Diagnostic> diagnostics;

  explicit Parsed(std::string text) {
    diagnostics::Emitter emitter;
    tree = Parse(sources.Add("a.upg", std::move(text)), sources, emitter);
    diagnostics = emitter.Take();
  }

  std::string Dump() const { return ast::Dump(tree); }
  // "3:7 syntax-error: found `)`, expected a value", one a line.
  std::string Messages() const {
    std::string text;
    for (const diagnostics::Diagnostic& diagnostic : diagnostics) {
      source::LineColumn place = sources.Locate(diagnostic.range);
      text += std::to_string(place.line) + ":" + std::to_string(place.column) + " " +
              diagnostic.name + ": " + diagnostic.message + "\n";
    }
    return text;
  }
  // The hint of the only diagnostic.
  std::string Hint() const { return diagnostics.size() == 1 ? diagnostics[0].hint : "(not one)"; }
};

// The value of `let x = TEXT`, as Dump() shows it, or the messages.
inline std::string ReadValue(const std::string& text) {
  Parsed parsed("let x = " + text + "\n");
  if (!parsed.diagnostics.empty()) {
    return parsed.Messages();
  }
  return parsed.tree.lets.size() == 1 ? ast::Dump(parsed.tree.lets[0].value) : "(no let)";
}

}  // namespace upgraph::syntax
