#include "tests/support/catch.h"
#include "tests/support/spec_text.h"

namespace upgraph::sema {
namespace {

using support::CompileSpec;
using support::Messages;

// The argument `path` of the only step, which removes `path`.
plan::Value PathOf(const std::string& top, const std::string& path) {
  driver::Compilation compilation = CompileSpec(top, "switch {\n files.remove(" + path + ")\n}\n");
  INFO(Messages(compilation));
  REQUIRE(compilation.plan);
  REQUIRE(compilation.plan->steps.size() == 1);
  const plan::Value* value = FindField(compilation.plan->steps[0].arguments, "path");
  REQUIRE(value != nullptr);
  return *value;
}

// What an expression comes to, as the end of a path.
std::string TextOf(const std::string& expression, const std::string& top = "") {
  return PathOf(top + "let it = " + expression + "\n", "\"/${it}\"").text.substr(1);
}

std::string FirstMessage(const std::string& top) {
  driver::Compilation compilation = CompileSpec(top, "switch { files.remove(\"/a\") }\n");
  return compilation.diagnostics.empty() ? "" : compilation.diagnostics[0].message;
}

TEST_CASE("a function is worked out where it is called, whatever the order of the text") {
  const std::string top =
      "function tree(name: String, release: Version = v2.0.0) : Path = "
      "under(root, name: \"${name}-${release}\")\n"
      "function under(parent: Path, name: String) : Path = \"${parent}/${name}\"\n"
      "let root : Path = \"/opt\"\n";
  CHECK(PathOf(top, "tree(\"box\")").text == "/opt/box-2.0.0");
  CHECK(PathOf(top, "tree(release: v1.2.0, name: \"box\")").text == "/opt/box-1.2.0");
}

TEST_CASE("a default is worked out over the arguments before it") {
  const std::string top =
      "function tree(name: String, copy: String = \"${name}.bak\", at: Path = \"/srv/${copy}\") "
      ": Path = \"${at}/${name}\"\n";
  CHECK(PathOf(top, "tree(\"a\")").text == "/srv/a.bak/a");
  CHECK(PathOf(top, "tree(\"a\", copy: \"b\")").text == "/srv/b/a");
  CHECK(PathOf(top, "tree(\"a\", at: \"/x\")").text == "/x/a");
}

TEST_CASE("a function hands on what waits for the host") {
  plan::Value value =
      PathOf("function tree(release: Version) : Path = \"/opt/$x-${release}\"\n", "tree(from)");
  CHECK(value.is_template);
  CHECK(value.text == "/opt/$$x-${from}");
}

TEST_CASE("operators on constants") {
  CHECK(TextOf("2 + 3 * 4 - 1") == "13");
  CHECK(TextOf("1s * 3 + 500ms == 3500ms") == "true");
  CHECK(TextOf("1h * 0.5 == 30m") == "true");
  CHECK(TextOf("2 * 10% + 5% == 25%") == "true");
  CHECK(TextOf("1 + 0.5 < 2.0") == "true");
  CHECK(TextOf("v1.10.0 > v1.9.0") == "true");
  CHECK(TextOf("v1.5 in v1.0 ..< v2.0") == "true");
  CHECK(TextOf("v2.0.0 in v1.0 ..< v2.0") == "false");
  CHECK(TextOf("3 in [1, 2] or not (1 >= 2)") == "true");
  CHECK(TextOf("\"/b\" in trees", "let trees : [Path] = [\"/a\", \"/b\"]\n") == "true");
  CHECK(TextOf("tree == \"/a\" and tree != \"/b\"", "let tree : Path = \"/a\"\n") == "true");
}

TEST_CASE("versions compare by the product's scheme") {
  const std::string text =
      "import std.files\nproduct box {\n  versions numeric\n"
      "  installed files.first_line(\"/etc/box/release\")\n  releases v1, v10\n}\n"
      "function flag(it: Bool) : Path = \"/${it}\"\n"
      "upgrade v1 -> v10 {\n  downtime 1h\n  switch { files.remove(flag(v9 < v10)) }\n}\n";
  driver::Compilation compilation = driver::CompileText("x.upg", text, "", {});
  INFO(Messages(compilation));
  REQUIRE(compilation.plan);
  CHECK(compilation.plan->steps[0].arguments[0].value.text == "/true");
}

TEST_CASE("maps: members, lookups, keys") {
  const std::string top = "let trees : [String: Path] = [\"b\": \"/srv/b\", \"a\": \"/srv/a\"]\n";
  CHECK(PathOf(top, "trees.a").text == "/srv/a");
  CHECK(PathOf(top, "trees.at(\"b\")").text == "/srv/b");
  CHECK(PathOf(top, "trees.at(\"c\", default: \"/srv/c\")").text == "/srv/c");
  CHECK(TextOf("\"b\" in trees and not (\"c\" in trees)", top) == "true");
  CHECK(TextOf("trees.keys() == [\"a\", \"b\"]", top) == "true");
  CHECK(TextOf("[\"x\": 1, \"y\": 2] == [\"y\": 2, \"x\": 1]") == "true");
  driver::Compilation compilation =
      CompileSpec(top, "switch {\n for name in trees { files.remove(trees.at(name)) }\n}\n");
  INFO(Messages(compilation));
  REQUIRE(compilation.plan);
  REQUIRE(compilation.plan->steps.size() == 2);
  CHECK(compilation.plan->steps[0].arguments[0].value.text == "/srv/a");
  CHECK(compilation.plan->steps[1].arguments[0].value.text == "/srv/b");
}

TEST_CASE("a function that doubles its work a hundred times is refused, not waited for") {
  std::string top = "function f0(n: Int) : Int = n\n";
  for (int i = 1; i <= 50; ++i) {
    const std::string last = "f" + std::to_string(i - 1) + "(n)";
    top += "function f" + std::to_string(i) + "(n: Int) : Int = " + last + " - " + last + "\n";
  }
  CHECK(FirstMessage(top + "let it = f50(1)\n") ==
        "this takes too many calls of functions to work out");
  std::string chain = "function g0(n: Int) : Int = n\n";
  for (int i = 1; i <= 50; ++i) {
    chain += "function g" + std::to_string(i) + "(n: Int) : Int = g" + std::to_string(i - 1) +
             "(n) + 1\n";
  }
  CHECK(TextOf("g50(1)", chain) == "51");
}

TEST_CASE("a text that doubles is refused before it is large") {
  std::string top = "let t0 = \"0123456789abcdef\"\n";
  for (int i = 1; i <= 40; ++i) {
    const std::string last = "${t" + std::to_string(i - 1) + "}";
    top += "let t" + std::to_string(i) + " = \"" + last + last + "\"\n";
  }
  CHECK(FirstMessage(top) == "this text has more than 64 KiB");
}

TEST_CASE("functions that call functions too deep are refused") {
  std::string top;
  for (int i = 0; i <= 1000; ++i) {
    top +=
        "function f" + std::to_string(i) + "(n: Int) : Int = f" + std::to_string(i + 1) + "(n)\n";
  }
  top += "function f1001(n: Int) : Int = n\n";
  CHECK(FirstMessage(top) == "functions call functions more than 64 deep");
}

}  // namespace
}  // namespace upgraph::sema
