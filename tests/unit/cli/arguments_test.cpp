#include "cli/arguments.h"

#include "tests/support/catch.h"

namespace upgraph::cli {
namespace {

using Catch::Contains;

TEST_CASE("a command line becomes arguments") {
  const ParsedArguments parsed = ParseArguments({"apply", "a.zip", "--root", "/srv/host", "--jobs",
                                                 "8", "--yes", "--format", "json", "--detach"});
  REQUIRE(parsed.arguments.has_value());
  CHECK(parsed.arguments->command == CommandKind::kApply);
  CHECK(parsed.arguments->input == "a.zip");
  CHECK(parsed.arguments->root == "/srv/host");
  CHECK(parsed.arguments->has_root);
  CHECK(parsed.arguments->jobs == 8);
  CHECK(parsed.arguments->is_yes);
  CHECK(parsed.arguments->is_detached);
  CHECK_FALSE(parsed.arguments->is_foreground);
  CHECK(parsed.arguments->format == OutputFormat::kJson);
}

TEST_CASE("what is not said has its default") {
  const ParsedArguments parsed = ParseArguments({"status"});
  REQUIRE(parsed.arguments.has_value());
  CHECK(parsed.arguments->root == "/");
  CHECK_FALSE(parsed.arguments->has_root);
  CHECK(parsed.arguments->format == OutputFormat::kHuman);
}

TEST_CASE("standard input is an input") {
  const ParsedArguments parsed = ParseArguments({"check", "-"});
  REQUIRE(parsed.arguments.has_value());
  CHECK(parsed.arguments->input == "-");
}

TEST_CASE("the formatter takes several files, and needs one") {
  const ParsedArguments parsed = ParseArguments({"fmt", "--check", "a.upg", "b"});
  REQUIRE(parsed.arguments.has_value());
  CHECK(parsed.arguments->inputs == std::vector<std::string>{"a.upg", "b"});
  CHECK(parsed.arguments->is_check);
  CHECK(ParseArguments({"fmt"}).exit_code == 2);
}

TEST_CASE("values for inputs are kept in their order, with all that stands behind the first `=`") {
  const ParsedArguments parsed =
      ParseArguments({"pack", "a.upg", "--set", "b=1", "--inputs", "n.upg", "--set", "a=x=y",
                      "--set", "c=", "--inputs", "s.upg"});
  REQUIRE(parsed.arguments.has_value());
  const driver::GivenInputs& given = parsed.arguments->given;
  REQUIRE(given.values.size() == 3);
  CHECK(given.values[0].input == "b");
  CHECK(given.values[1].text == "x=y");
  CHECK(given.values[2].text.empty());
  CHECK(given.files == std::vector<std::string>{"n.upg", "s.upg"});
  CHECK(parsed.arguments->input == "a.upg");
  for (const char* wrong : {"a", "=1"}) {
    CHECK(ParseArguments({"check", "a.upg", "--set", wrong}).exit_code == 2);
  }
}

TEST_CASE("settling takes steps, what became of them, and why") {
  const ParsedArguments parsed = ParseArguments(
      {"resolve", "switch/2", "switch/1", "--as", "accepted", "--because", "it is kept"});
  REQUIRE(parsed.arguments.has_value());
  CHECK(parsed.arguments->inputs == std::vector<std::string>{"switch/2", "switch/1"});
  CHECK(parsed.arguments->settled_as == executor::SettledAs::kAccepted);
  CHECK(parsed.arguments->because == "it is kept");
  CHECK(ParseArguments({"resolve", "--as", "accepted", "--because", "x"}).exit_code == 2);
  CHECK(ParseArguments({"resolve", "switch/2", "--because", "x"}).exit_code == 2);
  CHECK(ParseArguments({"resolve", "switch/2", "--as", "reverted"}).exit_code == 2);
  CHECK(ParseArguments({"resolve", "switch/2", "--as", "reverted", "--because", ""}).exit_code ==
        2);
  CHECK(ParseArguments({"resolve", "switch/2", "--as", "applied", "--because", "x"}).exit_code ==
        2);
}

TEST_CASE("an unknown command gets the one that was meant") {
  const ParsedArguments parsed = ParseArguments({"aply", "a.zip"});
  CHECK_FALSE(parsed.arguments.has_value());
  CHECK(parsed.exit_code == 2);
  CHECK(parsed.err == "error: there is no command `aply`; did you mean `apply`?\n");
  CHECK(ParseArguments({"frobnicate"}).err ==
        "error: there is no command `frobnicate`; `upgraph --help` lists the commands\n");
}

TEST_CASE("a wrong command line says so and how to find the right one") {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {},
           {"check"},
           {"check", "a.upg", "b.upg"},
           {"check", "a.upg", "--format", "xml"},
           {"apply", "a.zip", "--jobs", "0"},
           {"apply", "a.zip", "--jobs", "65"},
           {"apply", "a.zip", "--foreground", "--detach"},
           {"check", "a.upg", "--root", "/srv"},
           {"status", "--no-such"},
       }) {
    const ParsedArguments parsed = ParseArguments(words);
    CHECK_FALSE(parsed.arguments.has_value());
    CHECK(parsed.exit_code == 2);
    CHECK(parsed.out.empty());
    CHECK_THAT(parsed.err, Contains("--help"));
  }
}

TEST_CASE("every command has help with examples") {
  const ParsedArguments all = ParseArguments({"--help"});
  CHECK(all.exit_code == 0);
  CHECK(all.err.empty());
  CHECK_THAT(all.out, Contains("exit codes:"));
  CHECK_THAT(all.out, !Contains("runner"));
  for (const char* command : {"check", "plan", "pack", "apply", "resume", "rollback", "resolve",
                              "status", "history", "explain", "fmt"}) {
    CHECK_THAT(all.out, Contains(command));
    const ParsedArguments help = ParseArguments({command, "--help"});
    CHECK(help.exit_code == 0);
    CHECK_THAT(help.out, Contains("examples:"));
    CHECK_THAT(help.out, Contains(std::string("upgraph ") + command));
    CHECK_THAT(help.out, !Contains("--dump"));
  }
}

TEST_CASE("the version") {
  const ParsedArguments parsed = ParseArguments({"--version"});
  CHECK(parsed.exit_code == 0);
  CHECK_THAT(parsed.out, Catch::StartsWith("upgraph "));
}

TEST_CASE("the hidden dump of a stage") {
  const ParsedArguments parsed = ParseArguments({"check", "--dump=plan", "a.upg"});
  REQUIRE(parsed.arguments.has_value());
  CHECK(parsed.arguments->dump == DumpKind::kPlan);
}

}  // namespace
}  // namespace upgraph::cli
