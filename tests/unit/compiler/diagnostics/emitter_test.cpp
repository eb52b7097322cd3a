#include "compiler/diagnostics/emitter.h"

#include <set>
#include <string>

#include "compiler/source/source_manager.h"
#include "tests/support/catch.h"

namespace upgraph::diagnostics {
namespace {

using source::BufferId;

std::string Order(Emitter& emitter) {
  std::string text;
  for (const Diagnostic& diagnostic : emitter.Take()) {
    text += diagnostic.message + " ";
  }
  return text;
}

TEST_CASE("diagnostics come in the order of their places") {
  Emitter emitter;
  emitter.Emit(Kind::kSyntaxError, {BufferId(1), 0, 1}, "d");
  emitter.Emit(Kind::kSyntaxError, {BufferId(0), 9, 10}, "c");
  emitter.Emit(Kind::kSyntaxError, {BufferId(0), 2, 5}, "b1");
  emitter.Emit(Kind::kBadLiteral, {BufferId(0), 2, 5}, "b2");
  emitter.Emit(Kind::kMissingDeclaration, {}, "a");
  CHECK(Order(emitter) == "a b1 b2 c d ");
}

TEST_CASE("what is said twice is told once") {
  Emitter emitter;
  emitter.Emit(Kind::kSyntaxError, {BufferId(0), 2, 5}, "same");
  emitter.Emit(Kind::kSyntaxError, {BufferId(0), 2, 5}, "same");
  emitter.Emit(Kind::kSyntaxError, {BufferId(0), 2, 6}, "same");
  CHECK(Order(emitter) == "same same ");
}

TEST_CASE("warnings are no errors") {
  Emitter emitter;
  emitter.EmitFinding("could-be-parallel", Severity::kWarning, {}, "w");
  CHECK(!emitter.has_errors());
  emitter.EmitFinding("inverse-total", Severity::kError, {}, "e");
  CHECK(emitter.error_count() == 1);
}

TEST_CASE("too many are counted, not kept") {
  Emitter emitter;
  for (uint32_t i = 0; i < kDiagnosticsMax + 7; ++i) {
    emitter.Emit(Kind::kSyntaxError, {BufferId(0), i, i + 1}, "m").SetHint("h");
  }
  CHECK(emitter.error_count() == kDiagnosticsMax + 7);
  CHECK(emitter.Take().size() == kDiagnosticsMax);
}

TEST_CASE("every kind has a name of its own, in words and hyphens") {
  std::set<std::string_view> seen;
  for (std::string_view name : AllKindNames()) {
    CAPTURE(name);
    CHECK(seen.insert(name).second);
    CHECK(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") ==
          std::string_view::npos);
  }
  CHECK(KindName(Kind::kSyntaxError) == "syntax-error");
}

}  // namespace
}  // namespace upgraph::diagnostics
