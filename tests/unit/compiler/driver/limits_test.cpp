// Limits of a spec that its analysis holds: the last value is read, the next one is refused with a
// place. docs/limits.md lists them all.

#include "base/limits.h"

#include <fmt/format.h>

#include "tests/support/catch.h"
#include "tests/support/spec_text.h"

namespace upgraph::driver {
namespace {

std::string Check(const std::string& text) {
  Options options;
  options.check_payload = false;
  const Compilation compilation = CompileText("a.upg", text, "", options);
  return compilation.plan ? "" : support::Messages(compilation);
}

void CheckRefused(const std::string& text, const std::string& why) {
  const std::string messages = Check(text);
  INFO(messages.substr(0, 2000));
  CHECK(messages.starts_with("a.upg:"));
  CHECK(messages.find(why) != std::string::npos);
  CHECK(messages.find("[too-large]") != std::string::npos);
}

// A product with `count` releases, and `edges` upgrades from each to the next.
std::string Chain(uint32_t count, uint32_t edges, const std::string& more = "") {
  std::string text =
      "import std.files\nproduct p {\n  installed files.first_line(\"/r\")\n  releases ";
  for (uint32_t i = 0; i < count; ++i) {
    text += fmt::format("{}v1.{}.0", i == 0 ? "" : ", ", i);
  }
  text += "\n" + more + "}\n";
  for (uint32_t i = 0; i < edges; ++i) {
    text += fmt::format(
        "upgrade v1.{} ..< v1.{} -> v1.{}.0 {{\n  preflight {{\n    files.expect(\"/a\")\n  "
        "}}\n}}\n",
        i, i + 1, i + 1);
  }
  return text;
}

TEST_CASE("a product has 2000 releases and no more") {
  CHECK(Check(Chain(kProductVersionsMax, 1)) == "");
  CheckRefused(Chain(kProductVersionsMax + 1, 1), "found 2001 versions in `releases`");
}

TEST_CASE("a product has 2000 withdrawn releases and no more") {
  const auto withdrawn = [](uint32_t count) {
    std::string text = "  withdrawn ";
    for (uint32_t i = 0; i < count; ++i) {
      text += fmt::format("{}v0.{}.0 \"x\"", i == 0 ? "" : ", ", i + 1);
    }
    return Chain(2, 1, text + "\n");
  };
  CHECK(Check(withdrawn(kProductVersionsMax)) == "");
  CheckRefused(withdrawn(kProductVersionsMax + 1), "found 2001 versions in `withdrawn`");
}

TEST_CASE("a spec has 1000 upgrades and no more") {
  CHECK(Check(Chain(kPlanEdgesMax + 2, kPlanEdgesMax)) == "");
  CheckRefused(Chain(kPlanEdgesMax + 2, kPlanEdgesMax + 1),
               "found 1001 upgrades and downgrades, a spec has 1000 at most");
}

TEST_CASE("steps call steps 64 deep and no deeper") {
  const auto nested = [](int depth) {
    std::string top = "step s1() {\n  steps {\n    files.remove(\"/a\")\n  }\n}\n";
    for (int i = 2; i <= depth; ++i) {
      top += fmt::format("step s{}() {{\n  steps {{\n    s{}()\n  }}\n}}\n", i, i - 1);
    }
    return support::SpecText(top, fmt::format("switch {{\n  s{}()\n}}\n", depth));
  };
  CHECK(Check(nested(64)) == "");
  CheckRefused(nested(65), "steps call steps more than 64 deep");
}

}  // namespace
}  // namespace upgraph::driver
