// Several mistakes are told in one run, each once, and what is right between them is kept.

#include "compiler/syntax/parser_limits.h"
#include "tests/support/catch.h"
#include "tests/unit/compiler/syntax/parsed.h"

namespace upgraph::syntax {
namespace {

TEST_CASE("a damaged statement does not hide the next mistake, nor the good ones") {
  Parsed parsed(R"(import std.
let a = 1
let = 2
upgrade v1 -> v2 {
  window: 1h
  downtime 5m
  switch {
    first(
      1 2)
    good(1)
    lock x within {
      inner(
        )
    }
    parallel {
      a()
      b() after
      c()
    }
    end 5
    last()
  }
}
let b = 3
)");
  CHECK(parsed.Messages() ==
        "1:12 syntax-error: found the end of the line, expected a name\n"
        "3:5 syntax-error: found `=`, expected a name\n"
        "5:9 syntax-error: found `:`, expected a value, `{` or the end of the line\n"
        "9:9 syntax-error: found `2`, expected `:`, `,` or `)`\n"
        "11:19 syntax-error: found `{`, expected a value\n"
        "17:16 syntax-error: found the end of the line, expected a name\n"
        "20:9 syntax-error: found `5`, expected a name\n");
  CHECK(parsed.Dump() ==
        "let a = int(1)\n"
        "let b = int(3)\n"
        "upgrade version(1) -> version(2)\n"
        "  property downtime duration(300000)\n"
        "  phase switch\n"
        "    good(int(1))\n"
        "    parallel\n"
        "      a()\n"
        "      c()\n"
        "    last()\n");
}

TEST_CASE("a mistake in the head takes the declaration away, and no more") {
  Parsed parsed(
      "upgrade v1 v2 {\n  switch {\n    a b\n  }\n}\nlet a = 1\nstep f {\n  x y z\n}\nlet b = 2");
  CHECK(parsed.Messages() ==
        "1:12 syntax-error: found `v2`, expected `..<`, `->` or `,`\n"
        "7:8 syntax-error: found `{`, expected `(`\n");
  CHECK(parsed.Dump() == "let a = int(1)\nlet b = int(2)\n");
}

TEST_CASE("what a broken character leaves behind is not told again") {
  Parsed parsed("let a = 1 ? 2 : 3\nlet b = \u201cx\u201d\nlet c = 4; let d = 5\n");
  CHECK(parsed.Messages() ==
        "1:11 unexpected-character: found `?`, which has no meaning here\n"
        "2:9 unexpected-character: found `\u201c` (U+201C), which has no meaning here\n"
        "3:10 unexpected-character: found `;`, which has no meaning here\n");
  CHECK(parsed.Dump() == "let b = x\nlet c = int(4)\nlet d = int(5)\n");
}

TEST_CASE("a text that does not end takes the brackets of its line along") {
  Parsed parsed("let a = f([g(\"abc)])\nlet b = f(\n  \"abc\n)\nlet c = 1\n");
  CHECK(parsed.Messages() ==
        "1:14 unterminated-text: found a text without its closing `\"`, a text ends on its line\n"
        "3:3 unterminated-text: found a text without its closing `\"`, a text ends on its line\n");
  CHECK(parsed.Dump() == "let a = f([g(error)])\nlet b = f(error)\nlet c = int(1)\n");
}

TEST_CASE("unknown declarations are told once, with their blocks") {
  Parsed parsed("prodct dten {\n  versions semver\n  a = b = c\n}\n\nlet a = 1\ncrowd a, b\n");
  CHECK(parsed.Messages() ==
        "1:1 syntax-error: found `prodct`, expected a declaration\n"
        "7:1 syntax-error: found `crowd`, expected a declaration\n");
  REQUIRE(parsed.diagnostics.size() == 2);
  CHECK(parsed.diagnostics[0].hint == "did you mean `product`?");
  CHECK(parsed.diagnostics[1].hint.starts_with("a declaration begins with"));
  CHECK(parsed.Dump() == "let a = int(1)\n");
}

TEST_CASE("a literal that is wrong does not hide the others") {
  CHECK(Parsed("let a = f(5min, 1e3,\n  to: \"\\q\")\n").diagnostics.size() == 3);
}

TEST_CASE("a comment that is none is passed over whole") {
  Parsed parsed("/* a {{{ ( ;\n \" */\nlet a = 1\n");
  CHECK(parsed.Messages() == "1:1 unexpected-character: found `/`, which has no meaning here\n");
  CHECK(parsed.Dump() == "let a = int(1)\n");
  CHECK(Parsed("/* never closed\n(((\n").diagnostics.size() == 1);
}

TEST_CASE("not more mistakes are told than anybody reads") {
  std::string declarations;
  for (uint32_t i = 0; i < 3 * kSyntaxErrorsMax; ++i) {
    declarations += "let = 1\n";
  }
  CHECK(Parsed(declarations).diagnostics.size() == kSyntaxErrorsMax);
  std::string lines = "product a {\n";
  for (uint32_t i = 0; i < 3 * kSyntaxErrorsMax; ++i) {
    lines += "  x =\n";
  }
  CHECK(Parsed(lines + "}\n").diagnostics.size() == kSyntaxErrorsMax);
}

TEST_CASE("a label and an argument's name are one word") {
  CHECK(Parsed("upgrade v1 -> v2 {\n switch {\n  a.b: c()\n  on: d()\n  f(): g()\n }\n}\n")
            .Messages() ==
        "3:3 syntax-error: found `a.b` before `:`, a label is one word\n"
        "4:3 syntax-error: found `on` before `:`, a label is one word\n"
        "5:3 syntax-error: found `f()` before `:`, a label is one word\n");
  CHECK(ReadValue("f(g.h: 1)") ==
        "1:11 syntax-error: found `g.h` before `:`, the name of an argument is one word\n");
}

TEST_CASE("a lock has one bound of each kind") {
  CHECK(Parsed("upgrade v1 -> v2 {\n switch {\n  lock x hold 1s within 2s { a() }\n }\n}\n")
            .Messages() == "");
  CHECK(Parsed("upgrade v1 -> v2 {\n switch {\n  lock x hold 1s hold 2s { a() }\n }\n}\n")
            .Messages() == "3:18 syntax-error: found a second `hold`, a lock has one\n");
}

}  // namespace
}  // namespace upgraph::syntax
