#pragma once

// What the compiler says to the author of a spec, as data. Messages: lower case, no full stop, code
// in `backticks`; what was found, then the rule; the hint says what to do.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/source/source_range.h"

namespace upgraph::diagnostics {

enum class Kind : uint16_t {
#define UPGRAPH_DIAGNOSTIC(kind, name) k##kind,
#include "compiler/diagnostics/kind.def"
#undef UPGRAPH_DIAGNOSTIC
};

// The stable name, such as "unknown-name".
std::string_view KindName(Kind kind);
std::vector<std::string_view> AllKindNames();

enum class Severity : uint8_t { kError, kWarning };

struct Note {
  source::SourceRange range;
  std::string message;
};

// A change of the text: what stands at the range, which may be empty, becomes the text.
struct Edit {
  source::SourceRange range;
  std::string text;
};

struct Diagnostic {
  std::string name;  // of a kind, or of a check
  Severity severity = Severity::kError;
  source::SourceRange range;  // may be without a buffer: about the whole input
  std::string message;
  std::vector<Note> notes;  // the second places
  std::string hint;         // empty: none
  std::string label;        // what stands at `range`, said beside its mark; empty: none
  // What mends it without asking anybody, all of it together; empty: a person decides.
  std::vector<Edit> fix;

  Diagnostic& AddNote(source::SourceRange where, std::string text) {
    notes.push_back({where, std::move(text)});
    return *this;
  }
  Diagnostic& SetLabel(std::string text) {
    label = std::move(text);
    return *this;
  }
  Diagnostic& SetHint(std::string text) {
    hint = std::move(text);
    return *this;
  }
  Diagnostic& AddFix(source::SourceRange where, std::string text) {
    fix.push_back({where, std::move(text)});
    return *this;
  }
  // Of a word at `range` that is not known: says which of the candidates was meant, if one is near.
  // A fix where it is the only one as near. In suggest.cpp.
  Diagnostic& Suggest(std::string_view word, std::vector<std::string> candidates);
};

}  // namespace upgraph::diagnostics
