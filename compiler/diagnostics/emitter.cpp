#include "compiler/diagnostics/emitter.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

namespace upgraph::diagnostics {
namespace {

bool IsInsideCharacter(const std::string& text, size_t at) {
  return (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80;
}

// The rule stands at the end of a message, so that both ends are worth keeping.
void Shorten(std::string* text) {
  if (text->size() <= kMessageBytesMax) {
    return;
  }
  constexpr std::string_view kGap = " \u2026 ";
  size_t head = kMessageBytesMax / 2;
  size_t tail = text->size() - (kMessageBytesMax / 2 - kGap.size());
  while (IsInsideCharacter(*text, head)) {
    --head;
  }
  while (tail < text->size() && IsInsideCharacter(*text, tail)) {
    ++tail;
  }
  *text = text->substr(0, head) + std::string(kGap) + text->substr(tail);
}

}  // namespace

std::string_view KindName(Kind kind) {
  switch (kind) {
#define UPGRAPH_DIAGNOSTIC(kind, name) \
  case Kind::k##kind:                  \
    return name;
#include "compiler/diagnostics/kind.def"
#undef UPGRAPH_DIAGNOSTIC
  }
  UPGRAPH_UNREACHABLE("diagnostic kind");
}

std::vector<std::string_view> AllKindNames() {
  return {
#define UPGRAPH_DIAGNOSTIC(kind, name) name,
#include "compiler/diagnostics/kind.def"
#undef UPGRAPH_DIAGNOSTIC
  };
}

Diagnostic& Emitter::Emit(Kind kind, source::SourceRange range, std::string message) {
  return Add(
      {std::string(KindName(kind)), Severity::kError, range, std::move(message), {}, "", "", {}});
}

Diagnostic& Emitter::Warn(Kind kind, source::SourceRange range, std::string message) {
  return EmitFinding(std::string(KindName(kind)), Severity::kWarning, range, std::move(message));
}

Diagnostic& Emitter::EmitFinding(std::string check_name, Severity severity,
                                 source::SourceRange range, std::string message) {
  return Add({std::move(check_name), severity, range, std::move(message), {}, "", "", {}});
}

Diagnostic& Emitter::Add(Diagnostic diagnostic) {
  Shorten(&diagnostic.message);
  const bool is_error = diagnostic.severity == Severity::kError;
  const size_t errors_kept = std::min<size_t>(error_count_, kDiagnosticsMax);
  error_count_ += is_error ? 1 : 0;
  // Of each severity so many: no number of warnings hides an error.
  if ((is_error ? errors_kept : diagnostics_.size() - errors_kept) >= kDiagnosticsMax) {
    dropped_ = std::move(diagnostic);
    return dropped_;
  }
  return diagnostics_.emplace_back(std::move(diagnostic));
}

std::vector<Diagnostic> Emitter::Take() {
  std::vector<Diagnostic> sorted(std::make_move_iterator(diagnostics_.begin()),
                                 std::make_move_iterator(diagnostics_.end()));
  diagnostics_.clear();
  for (Diagnostic& diagnostic : sorted) {
    Shorten(&diagnostic.hint);
    for (Note& note : diagnostic.notes) {
      Shorten(&note.message);
    }
  }
  auto place = [](const Diagnostic& d) {
    uint64_t buffer = d.range.has_value() ? d.range.buffer_id.index() + uint64_t{1} : 0;
    return std::tuple(buffer, d.range.begin, d.range.end);
  };
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const Diagnostic& a, const Diagnostic& b) { return place(a) < place(b); });
  // The same words at the same place are one mistake, found on two ways.
  auto is_same = [](const Diagnostic& a, const Diagnostic& b) {
    return a.range == b.range && a.name == b.name && a.message == b.message;
  };
  sorted.erase(std::unique(sorted.begin(), sorted.end(), is_same), sorted.end());
  return sorted;
}

}  // namespace upgraph::diagnostics
