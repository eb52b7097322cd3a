#pragma once

// Collects the diagnostics of one compilation. Not thread-safe.

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "compiler/diagnostics/diagnostic.h"

namespace upgraph::diagnostics {

// Of errors, and of warnings: more than anybody reads. What comes later is counted only.
inline constexpr size_t kDiagnosticsMax = 1000;

// Of one message, note or hint. Longer ones quote much of the text; their middle is left out.
inline constexpr size_t kMessageBytesMax = 2000;

class Emitter {
 public:
  // An error of that kind. The reference is good until Take(): add notes and a hint to it.
  Diagnostic& Emit(Kind kind, source::SourceRange range, std::string message);
  // A warning of that kind; else the same.
  Diagnostic& Warn(Kind kind, source::SourceRange range, std::string message);
  // A finding of a check, under the check's own name.
  Diagnostic& EmitFinding(std::string check_name, Severity severity, source::SourceRange range,
                          std::string message);

  bool has_errors() const { return error_count_ > 0; }
  uint32_t error_count() const { return error_count_; }
  const std::deque<Diagnostic>& diagnostics() const { return diagnostics_; }
  // In the order of their places: by buffer, then by position; equal places as they came. What was
  // said twice in the same words is there once.
  std::vector<Diagnostic> Take();

 private:
  Diagnostic& Add(Diagnostic diagnostic);

  std::deque<Diagnostic> diagnostics_;
  Diagnostic dropped_;
  uint32_t error_count_ = 0;
};

}  // namespace upgraph::diagnostics
