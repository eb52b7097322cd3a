// What is given for inputs. Single mistakes have their cases in tests/golden/diagnostics.

#include "compiler/driver/given_inputs.h"

#include "plan/codec.h"
#include "tests/support/catch.h"
#include "tests/support/spec_text.h"
#include "tests/support/temporary_folder.h"

namespace upgraph::driver {
namespace {

constexpr const char* kInputs =
    "input folder: Path = \"/srv/a\"\n"
    "input wait: Duration = 1s\n"
    "input urls: [Url] = []\n";
constexpr const char* kUpgrade =
    "prepare { files.remove(folder) }\n"
    "verify { files.expect(\"/run/x\", contains: \"a\", within: wait) }\n";

Compilation CompileWith(const GivenInputs& given, const std::string& top = kInputs,
                        const std::string& upgrade = kUpgrade) {
  Options options;
  options.check_payload = false;
  options.given = given;
  return CompileText("box.upg", support::SpecText(top, upgrade), "", options);
}

const plan::SiteInput& InputOf(const Compilation& compilation, const std::string& name) {
  INFO(support::Messages(compilation));
  REQUIRE(compilation.plan.has_value());
  for (const plan::SiteInput& input : compilation.plan->inputs) {
    if (input.name == name) {
      return input;
    }
  }
  FAIL("no input " << name);
  return compilation.plan->inputs[0];
}

TEST_CASE("a given value stands in the plan, in its steps and in its digest") {
  const Compilation before = CompileWith({});
  CHECK(InputOf(before, "folder").is_default);
  CHECK(InputOf(before, "folder").value.text == "/srv/a");
  const Compilation after = CompileWith({{}, {{"folder", "/srv/b"}, {"wait", "3s"}}});
  CHECK_FALSE(InputOf(after, "folder").is_default);
  CHECK(InputOf(after, "wait").value.number == 3000);
  CHECK(InputOf(after, "urls").is_default);
  CHECK(plan::FindField(after.plan->steps[0].arguments, "path")->text == "/srv/b");
  CHECK(plan::PlanDigest(plan::Encode(*before.plan)) !=
        plan::PlanDigest(plan::Encode(*after.plan)));
  const Result<plan::Plan> read = plan::Decode(plan::Encode(*after.plan));
  REQUIRE(read.ok());
  CHECK(read->inputs == after.plan->inputs);
}

TEST_CASE("a value wins over a file, and a later one over an earlier one") {
  support::TemporaryFolder folder;
  folder.Write("a.upg", "let folder = \"/srv/file-a\"\nlet wait = 5s\nlet urls = [\"http://a\"]\n");
  folder.Write("b.upg", "let wait = 6s\nlet folder = \"/srv/file-b\"\n");
  const std::vector<std::string> files = {folder.path() / "a.upg", folder.path() / "b.upg"};
  const Compilation compilation =
      CompileWith({files, {{"folder", "/srv/x"}, {"folder", "/srv/y"}}});
  CHECK(InputOf(compilation, "folder").value.text == "/srv/y");
  CHECK(InputOf(compilation, "wait").value.number == 6000);
  CHECK(plan::FormatValue(InputOf(compilation, "urls").value) == "[\"http://a\"]");
}

TEST_CASE("a text is taken as it is, whatever it holds") {
  const std::string text = "a \"b\" \\ ${from} $ \t\n\xC3\xA9 = 'x'";
  const Compilation compilation = CompileWith({{}, {{"note", text}}}, "input note: String\n",
                                              "prepare { files.remove(\"/a\") }\n");
  CHECK(InputOf(compilation, "note").value.text == text);
}

TEST_CASE("what is given is a value and nothing more") {
  for (const char* text : {"1s\nlet y = 2", "1s\ninput z: Int = 1", "", "1s 2s", "1s }", "\xFF"}) {
    const Compilation compilation = CompileWith({{}, {{"wait", text}}});
    INFO(text << "\n" << support::Messages(compilation));
    CHECK_FALSE(compilation.plan.has_value());
    CHECK(compilation.exit_code == 1);
  }
}

TEST_CASE("the place of a mistake is in what was given") {
  const Compilation compilation = CompileWith({{}, {{"wait", "soon"}}});
  REQUIRE(compilation.diagnostics.size() == 1);
  CHECK(support::Messages(compilation).find("--set:1:12: error: ") == 0);
}

TEST_CASE("a file that is not there, or too much text, is refused") {
  const Compilation missing = CompileWith({{"/nonexistent/north.upg"}, {}});
  REQUIRE(missing.diagnostics.size() == 1);
  CHECK(missing.diagnostics[0].name == "unreadable-spec");
  Options options;
  options.check_payload = false;
  options.source_total_bytes_max = 60'000;
  options.given = {{}, {{"wait", std::string(60'000, '1')}}};
  const Compilation large =
      CompileText("box.upg", support::SpecText(kInputs, kUpgrade), "", options);
  CHECK_FALSE(large.plan.has_value());
  CHECK(support::Messages(large).find("all files together have") != std::string::npos);
}

TEST_CASE("a secret is given by where it is") {
  const std::string top = "import std.credentials\ninput token: Secret\n";
  const std::string upgrade = "prepare { files.remove(\"/a\") }\n";
  const Compilation good =
      CompileWith({{}, {{"token", "credentials.file(\"/etc/box/token\")"}}}, top, upgrade);
  CHECK(plan::FormatValue(InputOf(good, "token").value) ==
        "credentials.file(path: \"/etc/box/token\")");
  const Compilation literal = CompileWith({{}, {{"token", "\"s3cret\""}}}, top, upgrade);
  REQUIRE(literal.diagnostics.size() == 1);
  CHECK(literal.diagnostics[0].name == "no-literal-secret");
}

}  // namespace
}  // namespace upgraph::driver
