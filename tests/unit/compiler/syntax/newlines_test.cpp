// A newline ends a statement, except inside ( ) and [ ], and after `,` `->` `{` or an operator.

#include "tests/support/catch.h"
#include "tests/unit/compiler/syntax/parsed.h"

namespace upgraph::syntax {
namespace {

std::string DumpOf(const std::string& text) {
  Parsed parsed(text);
  return parsed.diagnostics.empty() ? parsed.Dump() : parsed.Messages();
}

TEST_CASE("inside parentheses and brackets newlines mean nothing") {
  CHECK(DumpOf("let a = f(\n  1\n  ,\n  2\n)\n") == "let a = f(int(1), int(2))\n");
  CHECK(DumpOf("let a = [\n  1,\n\n  2,\n]\nlet b = 3") ==
        "let a = [int(1), int(2)]\nlet b = int(3)\n");
}

TEST_CASE("an operator, a comma, an arrow or a brace continues the line") {
  CHECK(DumpOf("let a = 1 +\n  2\n") == "let a = (int(1) + int(2))\n");
  CHECK(DumpOf("let a = 1 *\n\n  // why\n  2 -\n 3\n") == "let a = ((int(1) * int(2)) - int(3))\n");
  CHECK(DumpOf("upgrade v1,\n  v2 ..<\n v3 ->\n  v4 {\n\n\n  window 1h\n}\n") ==
        "upgrade version(1), version(2) ..< version(3) -> version(4)\n"
        "  property window duration(3600000)\n");
}

TEST_CASE("elsewhere a newline ends the statement") {
  CHECK(DumpOf("let a = 1\n  + 2\n") == "2:3 syntax-error: found `+`, expected a declaration\n");
  CHECK(DumpOf("let a =\n  1\n") ==
        "1:8 syntax-error: found the end of the line, expected a value\n"
        "2:3 syntax-error: found `1`, expected a declaration\n");
  CHECK(DumpOf("upgrade v1 -> v2 {\n switch {\n  a() b()\n }\n}") ==
        "3:7 syntax-error: found `b`, expected `:` or the end of the line\n");
}

TEST_CASE("blocks may be empty, or stand on one line") {
  CHECK(DumpOf("product a { b\n c\n}\n") == "product a\n  property b\n  property c\n");
  CHECK(DumpOf("product a {\n\n}\n") == "product a\n");
  CHECK(DumpOf("product a {}") == "product a\n");
}

TEST_CASE("line ends of Windows are line ends") {
  CHECK(DumpOf("let a = 1\r\nlet b = 2\r\n") == "let a = int(1)\nlet b = int(2)\n");
  CHECK(DumpOf("let a = 1\rlet b = 2") ==
        "1:10 unexpected-character: found a carriage return without a newline\n");
}

TEST_CASE("comments do not hide the end of their line") {
  CHECK(DumpOf("let a = 1 // one\nlet b = 2 // two") == "let a = int(1)\nlet b = int(2)\n");
}

}  // namespace
}  // namespace upgraph::syntax
