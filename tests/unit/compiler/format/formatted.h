#pragma once

// A text, formatted.

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "compiler/ast/dump.h"
#include "compiler/diagnostics/emitter.h"
#include "compiler/format/format.h"
#include "compiler/syntax/lexemes.h"
#include "compiler/syntax/parse.h"

namespace upgraph::format {

// Or, in parentheses, why there is none.
inline std::string Formatted(const std::string& text) {
  source::SourceManager sources;
  const Result<std::string> formatted = Format(sources.Add("a.upg", text), sources);
  return formatted.ok() ? *formatted : "(" + formatted.error().message + ")";
}

inline bool HasLexemes(const std::string& text) {
  source::SourceManager sources;
  return syntax::ReadLexemes(sources.Add("a.upg", text), sources).has_value();
}

// The tree of a text, or nothing when it has a syntax error.
inline std::string AstOf(const std::string& text) {
  source::SourceManager sources;
  diagnostics::Emitter emitter;
  const ast::Tree tree = syntax::Parse(sources.Add("a.upg", text), sources, emitter);
  return emitter.has_errors() ? "" : ast::Dump(tree);
}

inline std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// Every spec of the project, but for what is made.
inline std::set<std::filesystem::path> AllSpecs() {
  std::set<std::filesystem::path> specs;
  for (const char* folder : {"examples", "stdlib", "tests", "docs", "bench"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(
             std::filesystem::path(UPGRAPH_SOURCE_DIR) / folder)) {
      if (entry.path().extension() == ".upg" && entry.is_regular_file()) {
        specs.insert(entry.path());
      }
    }
  }
  return specs;
}

}  // namespace upgraph::format
