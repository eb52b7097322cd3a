// Brackets are matched before the parser runs, so that a missing one is told where it opened.

#include <ctime>

#include "compiler/syntax/parser_limits.h"
#include "tests/support/catch.h"
#include "tests/unit/compiler/syntax/parsed.h"

namespace upgraph::syntax {
namespace {

TEST_CASE("a bracket that is not closed is told where it opens") {
  CHECK(Parsed("let a = f(1\nlet b = 2\n").Messages() ==
        "1:10 unbalanced-bracket: `(` is not closed\n");
  CHECK(Parsed("product a {\n  b [1, 2\n}\n").Messages() ==
        "2:5 unbalanced-bracket: `[` is not closed, found `}` first\n");
  CHECK(Parsed("let a = f([1)]").Messages() ==
        "1:11 unbalanced-bracket: `[` is not closed, found `)` first\n");
}

TEST_CASE("a bracket that closes nothing") {
  CHECK(Parsed("let a = 1)\n").Messages() ==
        "1:10 unbalanced-bracket: found `)`, but no `(` is open\n");
  CHECK(Parsed("product a {\n}\n}\n").Messages() ==
        "3:1 unbalanced-bracket: found `}`, but no `{` is open\n");
}

TEST_CASE("the indentation tells which block lacks its end") {
  Parsed parsed("upgrade v1 -> v2 {\n  prepare {\n    a()\n\n  switch {\n    b()\n  }\n}\n");
  CHECK(parsed.Messages() == "2:11 unbalanced-bracket: `{` is not closed\n");
  REQUIRE(parsed.diagnostics[0].notes.size() == 1);
  CHECK(parsed.sources.Locate(parsed.diagnostics[0].notes[0].range) == source::LineColumn{8, 1});
}

TEST_CASE("without such a sign the last open block is named") {
  CHECK(Parsed("product a {\n").Messages() == "1:11 unbalanced-bracket: `{` is not closed\n");
}

TEST_CASE("brackets in texts and comments do not count") {
  CHECK(Parsed("let a = \"({[\" // ({[\nlet b = ')}]'\n").Messages() == "");
}

TEST_CASE("brackets nest 256 deep and no deeper") {
  auto nested = [](size_t depth) {
    return "let a = " + std::string(depth, '[') + std::string(depth, ']');
  };
  CHECK(Parsed(nested(kNestingMax)).Messages() == "");
  CHECK(Parsed(nested(kNestingMax + 1)).Messages() ==
        "1:265 too-large: `[` stands inside 256 others; brackets go 256 deep at most\n");
  // Far beyond what the stack of a recursive parser would bear.
  CHECK(Parsed(nested(1'000'000)).diagnostics.size() == 1);
  CHECK(Parsed("let a = " + std::string(1'000'000, '(')).diagnostics.size() == 1);
}

TEST_CASE("operators nest 256 deep and no deeper") {
  auto sum = [](size_t operators, const std::string& value) {
    std::string text = value;
    for (size_t i = 0; i < operators; ++i) {
      text += " + 1";
    }
    return text;
  };
  CHECK(Parsed("let a = " + sum(kOperatorsMax, "1")).Messages() == "");
  CHECK(Parsed("let a = " + sum(kOperatorsMax + 1, "1")).Messages() ==
        "1:9 too-large: found 257 operators around one value, there are 256 at most\n");
  CHECK(Parsed("let a = " + sum(300'000, "1")).diagnostics.size() == 1);
  // Those around a call count for its arguments.
  std::string half = "f(" + sum(kOperatorsMax / 2, "1") + ")";
  CHECK(Parsed("let a = " + sum(kOperatorsMax / 2, half)).Messages() == "");
  CHECK(Parsed("let a = " + sum(kOperatorsMax / 2 + 1, half)).diagnostics.size() == 1);
  CHECK(Parsed("product a { b " + sum(kOperatorsMax + 1, "x") + " }").diagnostics.size() == 1);
  CHECK(Parsed("product a { b x " + sum(kOperatorsMax + 1, "x") + " }").diagnostics.size() == 1);
  // Beside each other they do not add up.
  CHECK(Parsed("let a = [" + sum(200, "1") + ", " + sum(200, "1") + "]").Messages() == "");
}

TEST_CASE("blocks nest as deep") {
  auto nested = [](size_t depth) {
    std::string text = "upgrade v1 -> v2 {\nswitch {\n";
    for (size_t i = 2; i < depth; ++i) {
      text += "block {\n";
    }
    text += "a\n";
    for (size_t i = 0; i < depth; ++i) {
      text += "}\n";
    }
    return text;
  };
  CHECK(Parsed(nested(kNestingMax)).Messages() == "");
  CHECK(Parsed(nested(kNestingMax + 1)).diagnostics.size() == 1);
}

// Where each bracket looks at its whole line, each of these takes minutes. Time of the processor,
// with room for slow machines and for sanitizers.
TEST_CASE("the brackets of a long line cost what the line is long") {
  constexpr size_t kPairs = 300'000;
  std::string pairs;
  for (size_t i = 0; i < kPairs; ++i) {
    pairs += "{}";
  }
  std::string lists = "let a = [";
  for (size_t i = 0; i < 20'000; ++i) {
    lists += "[[1]], ";
  }
  lists += "]";
  const std::string blanks(kPairs, ' ');
  const std::string many_blanks(10'000'000, ' ');
  for (const std::string& text :
       {blanks + pairs, pairs + blanks, many_blanks + lists, lists + many_blanks}) {
    const std::clock_t start = std::clock();
    (void)Parsed(text);
    CHECK((std::clock() - start) / CLOCKS_PER_SEC < 15);
  }
}

}  // namespace
}  // namespace upgraph::syntax
