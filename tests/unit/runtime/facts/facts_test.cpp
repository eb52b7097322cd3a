#include "runtime/facts/facts.h"

#include "tests/support/catch.h"
#include "tests/support/scratch_host.h"

namespace upgraph::facts {
namespace {

using Catch::Matchers::Contains;

plan::Fact Ask(const std::string& native,
               const std::vector<std::pair<std::string, std::string>>& arguments) {
  plan::Fact fact{"asked", native, {}, {}};
  for (const auto& [name, text] : arguments) {
    fact.arguments.push_back({name, {plan::ValueKind::kString, false, 0, 0, text, {}}});
  }
  return fact;
}

TEST_CASE("the first line is read without its end") {
  test::ScratchHost host;
  host.Write("/etc/unix", "v1\nmore\n");
  host.Write("/etc/dos", "v1\r\nmore\r\n");
  host.Write("/etc/bare", "v1");
  for (const char* path : {"/etc/unix", "/etc/dos", "/etc/bare"}) {
    INFO(path);
    CHECK(AskFact(host.env(), Ask("files.first_line", {{"path", path}})).value() == "v1");
  }
  const auto missing = AskFact(host.env(), Ask("files.first_line", {{"path", "/etc/none"}}));
  REQUIRE_FALSE(missing.ok());
  CHECK_THAT(missing.error().message, Contains("fact `asked`"));
}

TEST_CASE("a link that leads nowhere is there") {
  test::ScratchHost host;
  host.Write("/etc/a", "");
  REQUIRE(host.files().MakeSymlink("/nowhere", "/etc/link").ok());
  CHECK(AskFact(host.env(), Ask("files.is_there", {{"path", "/etc/link"}})).value() == "true");
  CHECK(AskFact(host.env(), Ask("files.is_there", {{"path", "/etc/b"}})).value() == "false");
}

TEST_CASE("what matches in a folder comes as sorted paths") {
  test::ScratchHost host;
  for (const char* name : {"b.job", "a.job", "a.log", ".c.job", "line\nend.job", "sub/d.job"}) {
    host.Write(std::string("/srv/") + name, "");
  }
  const auto matching = [&](const std::string& folder, const std::string& pattern) {
    return AskFact(host.env(), Ask("files.matching", {{"folder", folder}, {"pattern", pattern}}))
        .value();
  };
  CHECK(matching("/srv", "*.job") == "/srv/a.job\n/srv/b.job\n/srv/line\\nend.job\n");
  CHECK(matching("/srv", ".*") == "/srv/.c.job\n");
  CHECK(matching("/srv", "?.log") == "/srv/a.log\n");
  CHECK(matching("/srv", "sub") == "/srv/sub\n");
  CHECK(matching("/srv", "*.none").empty());
  CHECK(matching("/", "srv") == "/srv\n");
  CHECK(matching("/none", "*").empty());
}

TEST_CASE("a file is no folder to look into, and a question nobody knows has no answer") {
  test::ScratchHost host;
  host.Write("/etc/a", "");
  CHECK_FALSE(
      AskFact(host.env(), Ask("files.matching", {{"folder", "/etc/a"}, {"pattern", "*"}})).ok());
  CHECK_FALSE(AskFact(host.env(), Ask("files.matching", {{"folder", "/etc"}})).ok());
  CHECK(AskFact(host.env(), Ask("files.none", {})).error().kind == ErrorKind::kUnsupported);
}

}  // namespace
}  // namespace upgraph::facts
