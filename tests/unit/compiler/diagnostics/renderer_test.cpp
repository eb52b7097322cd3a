#include "compiler/diagnostics/renderer.h"

#include "base/json.h"
#include "compiler/diagnostics/emitter.h"
#include "tests/support/catch.h"

namespace upgraph::diagnostics {
namespace {

TEST_CASE("for people: place, line, mark, notes, hint") {
  source::SourceManager sources;
  source::BufferId id = sources.Add("dir/a.upg", "let a = 1\nlet\tb = bad(2)\n");
  Emitter emitter;
  emitter.Emit(Kind::kUnknownName, {id, 18, 21}, "there is no `bad` here")
      .SetLabel("called here")
      .AddNote({id, 4, 5}, "the nearest")
      .AddNote({}, "of no place")
      .SetHint("did you mean `a`?");
  CHECK(RenderHuman(emitter.Take(), sources, false) ==
        "dir/a.upg:2:9: error: there is no `bad` here [unknown-name]\n"
        "    2 | let b = bad(2)\n"
        "      |         ^~~ called here\n"
        "dir/a.upg:1:5: note: the nearest\n"
        "    1 | let a = 1\n"
        "      |     ^\n"
        "note: of no place\n"
        "hint: did you mean `a`?\n");
}

TEST_CASE("a warning without a place") {
  source::SourceManager sources;
  Emitter emitter;
  emitter.EmitFinding("window-fits", Severity::kWarning, {}, "too long");
  CHECK(RenderHuman(emitter.Take(), sources, false) == "warning: too long [window-fits]\n");
}

TEST_CASE("the mark stands below its characters, not its bytes") {
  source::SourceManager sources;
  source::BufferId id = sources.Add("a", "\u00e4\u00f6 \u00fcber");
  Emitter emitter;
  emitter.Emit(Kind::kSyntaxError, {id, 5, 10}, "m");
  CHECK(RenderHuman(emitter.Take(), sources, false) ==
        "a:1:6: error: m [syntax-error]\n"
        "    1 | \u00e4\u00f6 \u00fcber\n"
        "      |    ^~~~\n");
}

TEST_CASE("nothing that a terminal obeys is shown") {
  source::SourceManager sources;
  source::BufferId id = sources.Add("a", "x\x1b[2J \xe2\x80\xae \xff y");
  Emitter emitter;
  emitter.Emit(Kind::kSyntaxError, {id, 12, 13}, "found \x1b[0m\n");
  CHECK(RenderHuman(emitter.Take(), sources, false) ==
        "a:1:13: error: found ?[0m? [syntax-error]\n"
        "    1 | x?[2J ? ? y\n"
        "      |           ^\n");
}

TEST_CASE("a mark may stand behind the line, and never leaves it") {
  source::SourceManager sources;
  source::BufferId id = sources.Add("a", "ab\ncd");
  Emitter emitter;
  emitter.Emit(Kind::kSyntaxError, {id, 2, 3}, "m");
  emitter.Emit(Kind::kSyntaxError, {id, 4, 5}, "n");
  emitter.Emit(Kind::kSyntaxError, {id, 0, 5}, "l");
  CHECK(RenderHuman(emitter.Take(), sources, false) ==
        "a:1:1: error: l [syntax-error]\n    1 | ab\n      | ^~\n"
        "a:1:3: error: m [syntax-error]\n    1 | ab\n      |   ^\n"
        "a:2:2: error: n [syntax-error]\n    2 | cd\n      |  ^\n");
}

TEST_CASE("of a long line the part around the mark is shown") {
  source::SourceManager sources;
  source::BufferId id = sources.Add("a", std::string(5000, 'x') + "HERE" + std::string(5000, 'y'));
  Emitter emitter;
  emitter.Emit(Kind::kSyntaxError, {id, 5000, 5004}, "m");
  std::string text = RenderHuman(emitter.Take(), sources, false);
  CHECK(text.size() < 500);
  CHECK(text.find("xHEREy") != std::string::npos);
  size_t line = text.find("1 | ") + 4;
  size_t mark_line = text.find("| ", line) + 2;
  CHECK(text.find("HERE") - line == text.find("^~~~") - mark_line);
}

TEST_CASE("colors are there when asked for only") {
  source::SourceManager sources;
  Emitter emitter;
  emitter.Emit(Kind::kSyntaxError, {}, "m").SetHint("h");
  std::vector<Diagnostic> diagnostics = emitter.Take();
  CHECK(RenderHuman(diagnostics, sources, true).find('\x1b') != std::string::npos);
  CHECK(RenderHuman(diagnostics, sources, false).find('\x1b') == std::string::npos);
}

TEST_CASE("for machines: one document") {
  source::SourceManager sources;
  source::BufferId id = sources.Add("a.upg", "let a = \xff\n");
  Emitter emitter;
  emitter.Emit(Kind::kBadEncoding, {id, 8, 9}, "found \xff").AddNote({id, 4, 5}, "in here");
  Result<Json> json = ParseJson(RenderJson(emitter.Take(), sources));
  REQUIRE(json.ok());
  const Json& diagnostic = json->at("diagnostics").at(0);
  CHECK(diagnostic.at("name") == "bad-encoding");
  CHECK(diagnostic.at("severity") == "error");
  CHECK(diagnostic.at("path") == "a.upg");
  CHECK(diagnostic.at("line") == 1);
  CHECK(diagnostic.at("column") == 9);
  CHECK(diagnostic.at("length") == 1);
  CHECK(diagnostic.at("notes").at(0).at("message") == "in here");
  CHECK(diagnostic.at("notes").at(0).at("column") == 5);
}

}  // namespace
}  // namespace upgraph::diagnostics
