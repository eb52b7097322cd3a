#include "cli/text_diff.h"

#include "tests/support/catch.h"

namespace upgraph::cli {
namespace {

TEST_CASE("equal texts differ nowhere") { CHECK(LayoutDiff("a\nb\n", "a\nb\n", 20, false) == ""); }

TEST_CASE("what differs is shown, and no more than that") {
  CHECK(LayoutDiff("a\nb  c\nd\n", "a\nb c\nd\n", 20, false) == "@@ -2,1 +2,1 @@\n-b  c\n+b c\n");
}

TEST_CASE("lines that were joined or broken stand against each other") {
  CHECK(LayoutDiff("a\nf(b,\nc)\nd\n", "a\nf(b, c)\nd\n", 20, false) ==
        "@@ -2,2 +2,1 @@\n-f(b,\n-c)\n+f(b, c)\n");
}

TEST_CASE("empty lines") {
  CHECK(LayoutDiff("a\n\n\n\nb\n", "a\n\nb\n", 20, false) == "@@ -3,2 +3,0 @@\n-\n-\n");
  CHECK(LayoutDiff("\n", "", 20, false) == "@@ -1,1 +1,0 @@\n-\n");
}

TEST_CASE("a long difference is cut, and a terminal obeys nothing of it") {
  CHECK(LayoutDiff(" a\n b\n c\n", "a\nb\nc\n", 3, false) ==
        "@@ -1,3 +1,3 @@\n- a\n- b\n… and 4 more lines\n");
  CHECK(LayoutDiff(" \x1b[1m\n", "\x1b[1m\n", 3, false).find('\x1b') == std::string::npos);
}

TEST_CASE("lines that were changed, added and taken away") {
  CHECK(LineDiff("a\nb\nc\nd\n", "a\nx\nc\nd\n", 20, false) == "@@ -2,1 +2,1 @@\n-b\n+x\n");
  CHECK(LineDiff("a\nb\n", "i\na\nb\n", 20, false) == "@@ -1,0 +1,1 @@\n+i\n");
  CHECK(LineDiff("a\nb\nc\n", "a\nc\n", 20, false) == "@@ -2,1 +2,0 @@\n-b\n");
  CHECK(LineDiff("a\n", "a\nb\n", 20, false) == "@@ -2,0 +2,1 @@\n+b\n");
  CHECK(LineDiff("a\nb\nc\nd\ne\n", "x\nb\nc\ny\ne\n", 20, false) ==
        "@@ -1,1 +1,1 @@\n-a\n+x\n@@ -4,1 +4,1 @@\n-d\n+y\n");
}

TEST_CASE("texts without anything in common are one difference") {
  CHECK(LineDiff("a\nb\n", "c\n", 20, false) == "@@ -1,2 +1,1 @@\n-a\n-b\n+c\n");
  CHECK(LineDiff("", "c\n", 20, false) == "@@ -1,0 +1,1 @@\n+c\n");
  CHECK(LineDiff("", "", 20, false) == "");
}

}  // namespace
}  // namespace upgraph::cli
