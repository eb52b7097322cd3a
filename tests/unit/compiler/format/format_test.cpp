#include "base/limits.h"
#include "tests/support/catch.h"
#include "tests/unit/compiler/format/formatted.h"

namespace upgraph::format {
namespace {

bool SameTexts(const std::string& a, const std::string& b) {
  source::SourceManager sources;
  const source::BufferId left = sources.Add("a.upg", a);
  return SaysTheSame(left, sources.Add("b.upg", b), sources);
}

TEST_CASE("a text without anything in it") {
  CHECK(Formatted("") == "");
  CHECK(Formatted("\n\n  \n") == "");
  CHECK(Formatted("\n// c") == "// c\n");
}

TEST_CASE("texts that say the same, and texts that nearly do") {
  const std::string text = "let a = f(1, 2) // c\nlet b = 3\n";
  CHECK(SameTexts(text, text));
  CHECK(SameTexts(text, "let a=f(\n1,\n2\n)   // c\n\nlet b = 3"));
  CHECK_FALSE(SameTexts(text, "let a = f(1, 2) // c\nlet b = 4\n"));
  CHECK_FALSE(SameTexts(text, "let a = f(1, 2,) // c\nlet b = 3\n"));
  CHECK_FALSE(SameTexts(text, "let a = f(1, 2) // d\nlet b = 3\n"));
  CHECK_FALSE(SameTexts(text, "let a = f(1, 2)\nlet b = 3\n"));
  CHECK_FALSE(SameTexts(text, "let a = f(1, 2)\n// c\nlet b = 3\n"));
  CHECK_FALSE(SameTexts("let a = 1\nb", "let a = 1 b"));
  CHECK_FALSE(SameTexts("/// c\nlet a = 1", "/// c\n\nlet a = 1"));
  CHECK_FALSE(SameTexts("let a = 1", "let a = \""));
}

TEST_CASE("a column is bounded, so that one long name does not fill the text with blanks") {
  std::string text = "step s() {\n  " + std::string(100'000, 'n') + " 1\n";
  for (int i = 0; i < 1000; ++i) {
    text += "  a 1\n";
  }
  text += "}\n";
  CHECK(Formatted(text).size() < text.size() + 100);
}

TEST_CASE("a text that would be larger than a spec may be is refused") {
  std::string text;
  for (int i = 0; i < 200; ++i) {
    text += "a {\n";
  }
  for (uint64_t i = 0; i < kSourceFileBytesMax / 400; ++i) {
    text += "b\n";
  }
  text += std::string(200, '}');
  CHECK_THAT(Formatted(text), Catch::Contains("the most of a spec"));
}

TEST_CASE("a comment that goes on below a far one does not follow it beyond the row") {
  const std::string far = "let a = \"" + std::string(200, 'x') + "\"  // c\n";
  CHECK(Formatted(far + std::string(far.size() - 5, ' ') + "// d\n") == far + "// d\n");
}

// Constructs whose grammar this folder does not know are spaced by their tokens.
TEST_CASE("what follows the end of a block stays on its row") {
  CHECK(Formatted("a {\nwatch 3d {\nb()\n}else{\nc()\n}\n}\n") ==
        "a {\n  watch 3d {\n    b()\n  } else {\n    c()\n  }\n}\n");
}

}  // namespace
}  // namespace upgraph::format
