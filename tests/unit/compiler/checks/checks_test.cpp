#include "compiler/checks/checks.h"

#include "tests/support/catch.h"
#include "tests/support/spec_text.h"

namespace upgraph::checks {
namespace {

TEST_CASE("every check explains itself with a bad and a good example") {
  CHECK(CheckNames().size() >= 5);
  for (const std::string& name : CheckNames()) {
    INFO(name);
    std::optional<std::string> text = Explain(name);
    REQUIRE(text);
    CHECK(text->find("Bad:") != std::string::npos);
    CHECK(text->find("Good:") != std::string::npos);
  }
  CHECK_FALSE(Explain("no-such-check"));
}

TEST_CASE("a finding marks both places in the source") {
  driver::Compilation compilation = support::CompileSpec(
      "",
      "switch {\n parallel {\n  files.remove(\"/srv/a\")\n  files.remove(\"/srv/a/b\")\n }\n}\n");
  REQUIRE(compilation.diagnostics.size() == 1);
  const diagnostics::Diagnostic& diagnostic = compilation.diagnostics[0];
  CHECK(diagnostic.name == "unordered-conflict");
  CHECK(diagnostic.severity == diagnostics::Severity::kError);
  CHECK(compilation.sources->Text(diagnostic.range) == "files.remove(\"/srv/a/b\")");
  REQUIRE(diagnostic.notes.size() == 1);
  CHECK(compilation.sources->Text(diagnostic.notes[0].range) == "files.remove(\"/srv/a\")");
  CHECK_FALSE(diagnostic.hint.empty());
  CHECK_FALSE(compilation.plan);
  CHECK(compilation.exit_code == 1);
}

TEST_CASE("a warning does not stop a plan") {
  std::string text = support::SpecText("", "switch {\n files.remove(\"/srv/a\")\n}\n");
  text.erase(text.find("  downtime 1d\n"), 14);
  driver::Compilation compilation = driver::CompileText("box.upg", text, "", {});
  REQUIRE(compilation.diagnostics.size() == 1);
  CHECK(compilation.diagnostics[0].severity == diagnostics::Severity::kWarning);
  CHECK(compilation.plan.has_value());
  CHECK(compilation.exit_code == 0);
}

}  // namespace
}  // namespace upgraph::checks
