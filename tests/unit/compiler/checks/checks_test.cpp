#include "compiler/checks/checks.h"

#include <utility>

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

// What the only edit of a finding takes away and puts there; empty texts: there is no fix.
std::pair<std::string, std::string> FixOf(const driver::Compilation& compilation,
                                          const std::string& name) {
  for (const diagnostics::Diagnostic& diagnostic : compilation.diagnostics) {
    if (diagnostic.name == name && diagnostic.fix.size() == 1) {
      return {std::string(compilation.sources->Text(diagnostic.fix[0].range)),
              diagnostic.fix[0].text};
    }
  }
  return {};
}

using Fix = std::pair<std::string, std::string>;

TEST_CASE("an allowance that allows nothing is a line to take away, where it is one") {
  const auto fix = [](const std::string& line) {
    return FixOf(support::CompileSpec("", line + "switch {\n files.remove(\"/srv/a\")\n}\n"),
                 "unused-allow");
  };
  const std::string whole = "  allow   no-estimate because \"measured\"  // on Monday\n";
  CHECK(fix(whole) == Fix{whole, ""});
  CHECK(fix("allow no-estimate because \"a \\\" b\"\n") == Fix{});
  CHECK(fix("allow no-estimate because \"a\", lock-bounded because \"b\"\n") == Fix{});
  CHECK(fix("allow no-estimate because \"a\",\n  lock-bounded because \"b\"\n") == Fix{});
}

TEST_CASE("a key that is gone is replaced by what it became, where it is written out") {
  const std::string keys =
      "config settings = config.ini(\"/etc/box.ini\") {\n"
      " a.old : Path removed v2.0, becomes a.new\n a.new : Path since v2.0\n}\n";
  const auto fix = [&](const std::string& call) {
    return FixOf(support::CompileSpec(keys, "switch {\n " + call + "\n}\n"), "removed-key-used");
  };
  CHECK(fix("config.set(settings.a.old, \"/etc/box\")") == Fix{"settings.a.old", "settings.a.new"});
  CHECK(fix("config.set(settings.a.old, \"/etc/settings.a.old\")") == Fix{});
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
