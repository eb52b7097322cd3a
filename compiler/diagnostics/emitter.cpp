#include "compiler/diagnostics/emitter.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

namespace upgraph::diagnostics {

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

Diagnostic& Emitter::EmitFinding(std::string check_name, Severity severity,
                                 source::SourceRange range, std::string message) {
  return Add({std::move(check_name), severity, range, std::move(message), {}, "", "", {}});
}

Diagnostic& Emitter::Add(Diagnostic diagnostic) {
  error_count_ += diagnostic.severity == Severity::kError ? 1 : 0;
  if (diagnostics_.size() >= kDiagnosticsMax) {
    dropped_ = std::move(diagnostic);
    return dropped_;
  }
  return diagnostics_.emplace_back(std::move(diagnostic));
}

std::vector<Diagnostic> Emitter::Take() {
  std::vector<Diagnostic> sorted(std::make_move_iterator(diagnostics_.begin()),
                                 std::make_move_iterator(diagnostics_.end()));
  diagnostics_.clear();
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
