#include "compiler/diagnostics/emitter.h"

#include <algorithm>
#include <set>
#include <string>

#include "compiler/source/source_manager.h"
#include "compiler/source/utf8.h"
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

TEST_CASE("no number of warnings hides an error, nor errors a warning") {
  Emitter emitter;
  for (uint32_t i = 0; i < kDiagnosticsMax + 7; ++i) {
    emitter.EmitFinding("no-estimate", Severity::kWarning, {BufferId(0), i, i + 1}, "w");
  }
  for (uint32_t i = 0; i < kDiagnosticsMax + 7; ++i) {
    emitter.Emit(Kind::kSyntaxError, {BufferId(0), i, i + 1}, "e");
    emitter.EmitFinding("no-estimate", Severity::kWarning, {BufferId(0), i, i + 1}, "x");
  }
  const std::vector<Diagnostic> kept = emitter.Take();
  const auto errors = std::count_if(kept.begin(), kept.end(), [](const Diagnostic& diagnostic) {
    return diagnostic.severity == Severity::kError;
  });
  CHECK(errors == kDiagnosticsMax);
  CHECK(kept.size() == 2 * kDiagnosticsMax);
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

TEST_CASE("a message that quotes a megabyte keeps both of its ends") {
  Emitter emitter;
  const std::string quoted(1'000'000, 'x');
  emitter.Emit(Kind::kTooLarge, {}, "found `" + quoted + "`, the rule").SetHint(quoted);
  emitter.Emit(Kind::kBadLiteral, {}, std::string(kMessageBytesMax, 'x'));
  std::string umlauts = "x";
  for (int i = 0; i < 10'000; ++i) {
    umlauts += "\u00e4";
  }
  emitter.Emit(Kind::kBadEscape, {}, umlauts);
  std::vector<Diagnostic> taken = emitter.Take();
  REQUIRE(taken.size() == 3);
  CHECK(taken[0].message.size() <= kMessageBytesMax);
  CHECK(taken[0].message.starts_with("found `xxx"));
  CHECK(taken[0].message.ends_with("xxx`, the rule"));
  CHECK(taken[0].message.find(" \u2026 ") != std::string::npos);
  CHECK(taken[0].hint.size() <= kMessageBytesMax);
  CHECK(taken[1].message == std::string(kMessageBytesMax, 'x'));
  for (std::string_view rest = taken[2].message; !rest.empty();) {
    const source::Utf8Character character = source::DecodeUtf8(rest);
    REQUIRE(character.is_valid);
    rest.remove_prefix(character.size_bytes);
  }
}

}  // namespace
}  // namespace upgraph::diagnostics
