#include "cli/markdown.h"

#include "tests/support/catch.h"

namespace upgraph::cli {
namespace {

TEST_CASE("text in Markdown is text") {
  CHECK(MarkdownText("a | b *c* _d_ `e` [f](g) <h> #i ~j~ \\") ==
        "a \\| b \\*c\\* \\_d\\_ \\`e\\` \\[f\\](g) \\<h> \\#i \\~j\\~ \\\\");
  CHECK(MarkdownText("two\n  lines\n") == "two lines");
  CHECK(MarkdownText("a\x1b[31m") == "a?\\[31m");
}

TEST_CASE("a span of code ends where it should") {
  CHECK(MarkdownCode("files.link(\"/a\")") == "`files.link(\"/a\")`");
  CHECK(MarkdownCode("a `b` c") == "`` a `b` c ``");
  CHECK(MarkdownCode("``` `") == "```` ``` ` ````");
  CHECK(MarkdownCode("two\nlines") == "`two lines`");
}

TEST_CASE("prose keeps its lines and its marks") {
  CHECK(MarkdownProse("*one*\n\n- two\x07") == "*one*\n\n- two?");
  CHECK(MarkdownProse("").empty());
  CHECK(Sentence("looks, and changes nothing") == "Looks, and changes nothing.");
  CHECK(Sentence("A. B.") == "A. B.");
  CHECK(FirstSentence("Sets v4.8.\nAnd more.") == "Sets v4.8.");
  CHECK(FirstSentence("one\nand only") == "one and only");
  CHECK(FirstSentence("").empty());
}

}  // namespace
}  // namespace upgraph::cli
