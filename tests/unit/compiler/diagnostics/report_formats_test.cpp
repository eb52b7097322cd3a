#include "compiler/diagnostics/report_formats.h"

#include "base/json.h"
#include "compiler/diagnostics/emitter.h"
#include "compiler/diagnostics/levels.h"
#include "tests/support/catch.h"

namespace upgraph::diagnostics {
namespace {

TEST_CASE("columns count characters, and paths are URIs") {
  source::SourceManager sources;
  // Two bytes each: ä, ö. The range is `bad`, and then a line end.
  source::BufferId id = sources.Add("my specs/ä.upg", "\u00e4\u00f6 bad\nnext\n");
  Emitter emitter;
  emitter.Emit(Kind::kUnknownName, {id, 5, 8}, "there is no `bad`").AddNote({id, 9, 13}, "near");
  emitter.Emit(Kind::kSyntaxError, {id, 5, 13}, "over two lines");
  auto list = emitter.Take();
  auto sarif = ParseJson(RenderSarif(list, sources, "1.2", [](std::string_view name) {
    return name == "syntax-error" ? "One line.\n\nMore.\n" : "";
  }));
  REQUIRE(sarif.ok());
  const Json& run = (*sarif)["runs"][0];
  CHECK(run["tool"]["driver"]["version"] == "1.2");
  CHECK(run["tool"]["driver"]["rules"].size() == 2);
  CHECK(run["tool"]["driver"]["rules"][0]["id"] == "syntax-error");
  CHECK(run["tool"]["driver"]["rules"][0]["shortDescription"]["text"] == "One line.");
  CHECK_FALSE(run["tool"]["driver"]["rules"][1].contains("help"));
  const Json& place = run["results"][0]["locations"][0]["physicalLocation"];
  CHECK(place["artifactLocation"]["uri"] == "my%20specs/%C3%A4.upg");
  CHECK(place["region"] ==
        Json{{"startLine", 1}, {"startColumn", 4}, {"endLine", 1}, {"endColumn", 7}});
  CHECK(run["results"][0]["ruleIndex"] == 1);
  CHECK(run["results"][0]["relatedLocations"][0]["message"]["text"] == "near");
  CHECK(RenderGithub(list, sources) ==
        "::error file=my specs/ä.upg,line=1,endLine=1,col=4,endColumn=7,"
        "title=unknown-name::there is no `bad`\n"
        "::error file=my specs/ä.upg,line=1,endLine=2,col=4,title=syntax-error::over two lines\n");
}

TEST_CASE("an absolute path is a URI of its own, and the edits of one file are one change") {
  source::SourceManager sources;
  source::BufferId one = sources.Add("//srv/a b.upg", "first second\n");
  source::BufferId other = sources.Add("c.upg", "third\n");
  Emitter emitter;
  emitter.Emit(Kind::kUnknownName, {one, 0, 5}, "x")
      .AddFix({one, 0, 5}, "1st")
      .AddFix({other, 0, 5}, "3rd")
      .AddFix({one, 6, 12}, "2nd");
  const auto sarif =
      ParseJson(RenderSarif(emitter.Take(), sources, "1", [](std::string_view) { return ""; }));
  REQUIRE(sarif.ok());
  const Json& result = (*sarif)["runs"][0]["results"][0];
  CHECK(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] ==
        "file:////srv/a%20b.upg");
  const Json& changes = result["fixes"][0]["artifactChanges"];
  REQUIRE(changes.size() == 2);
  REQUIRE(changes[0]["replacements"].size() == 2);
  CHECK(changes[0]["replacements"][1]["insertedContent"]["text"] == "2nd");
  CHECK(changes[1]["artifactLocation"]["uri"] == "c.upg");
}

TEST_CASE("nothing in a text ends a workflow command or begins another") {
  source::SourceManager sources;
  source::BufferId id = sources.Add("a,b:c%.upg", "x");
  Emitter emitter;
  emitter.Emit(Kind::kSyntaxError, {id, 0, 1}, "100%\n::error::no").SetHint("a, b: c");
  emitter.EmitFinding("window-fits", Severity::kWarning, {}, "no place");
  CHECK(RenderGithub(emitter.Take(), sources) ==
        "::warning title=window-fits::no place\n"
        "::error file=a%2Cb%3Ac%25.upg,line=1,endLine=1,col=1,endColumn=2,title=syntax-error::"
        "100%25%0A::error::no%0Ahint: a, b: c\n");
}

TEST_CASE("levels raise warnings, silence them, and leave errors alone") {
  const std::vector<std::string> known = {"no-estimate", "wrong-type"};
  Levels levels;
  CHECK_FALSE(AddLevel("no-no-estimate", known, &levels));
  CHECK_FALSE(AddLevel("no-wrong-type", known, &levels));
  CHECK(AddLevel("no-estimate", known, &levels).value() == "there is no diagnostic `estimate`");
  CHECK(AddLevel("error=wrong-typ", known, &levels).value() ==
        "there is no diagnostic `wrong-typ`; did you mean `wrong-type`?");
  CHECK(AddLevel("all", known, &levels).has_value());
  const auto make = [](const char* name, Severity severity) {
    Diagnostic diagnostic;
    diagnostic.name = name;
    diagnostic.severity = severity;
    return diagnostic;
  };
  std::vector<Diagnostic> list = {make("no-estimate", Severity::kWarning),
                                  make("wrong-type", Severity::kError),
                                  make("other", Severity::kWarning)};
  ApplyLevels(levels, &list);
  REQUIRE(list.size() == 2);
  CHECK(list[0].name == "wrong-type");
  CHECK(list[1].severity == Severity::kWarning);
  CHECK_FALSE(AddLevel("error", known, &levels));
  ApplyLevels(levels, &list);
  CHECK(list[1].severity == Severity::kError);
}

}  // namespace
}  // namespace upgraph::diagnostics
