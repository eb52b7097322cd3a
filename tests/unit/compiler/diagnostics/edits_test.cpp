#include "compiler/diagnostics/edits.h"

#include "tests/support/catch.h"

namespace upgraph::diagnostics {
namespace {

const source::BufferId kBuffer(0);

Edit At(uint32_t begin, uint32_t end, const std::string& text) {
  return {{kBuffer, begin, end}, text};
}

TEST_CASE("edits replace, insert and take away, wherever they stand in the list") {
  const EditedText edited = ApplyFixes(
      "one two three", kBuffer, {{At(8, 13, "3")}, {At(0, 4, "")}, {At(7, 7, "!"), At(4, 5, "T")}});
  CHECK(edited.text == "Two! 3");
  CHECK(edited.applied == std::vector<size_t>{0, 1, 2});
}

TEST_CASE("what lies over an edit that was taken is left for later, whole") {
  const EditedText edited =
      ApplyFixes("one two three", kBuffer,
                 {{At(4, 7, "2")}, {At(0, 3, "1"), At(6, 9, "x")}, {At(8, 13, "3")}});
  CHECK(edited.text == "one 2 3");
  CHECK(edited.applied == std::vector<size_t>{0, 2});
}

TEST_CASE("edits may touch, but not begin at one place") {
  CHECK(ApplyFixes("abcd", kBuffer, {{At(0, 2, "x")}, {At(2, 4, "y")}}).text == "xy");
  CHECK(ApplyFixes("abcd", kBuffer, {{At(0, 2, "x")}, {At(2, 2, "y")}}).text == "xycd");
  CHECK(ApplyFixes("abcd", kBuffer, {{At(2, 2, "x")}, {At(2, 2, "y")}}).text == "abxcd");
  CHECK(ApplyFixes("abcd", kBuffer, {{At(0, 3, "x")}, {At(1, 1, "y")}}).text == "xd");
  CHECK(ApplyFixes("abcd", kBuffer, {{At(1, 1, "y")}, {At(0, 3, "x")}}).text == "aybcd");
}

TEST_CASE("a fix over itself, of another buffer or beyond the text is not applied") {
  CHECK(ApplyFixes("abcd", kBuffer, {{At(0, 2, "x"), At(1, 3, "y")}}).applied.empty());
  CHECK(ApplyFixes("abcd", kBuffer, {{At(2, 5, "x")}}).applied.empty());
  CHECK(ApplyFixes("abcd", kBuffer, {{Edit{{source::BufferId(1), 0, 1}, "x"}}}).applied.empty());
  CHECK(ApplyFixes("abcd", kBuffer, {{Edit{}}}).applied.empty());
  CHECK(ApplyFixes("abcd", kBuffer, {{}}).text == "abcd");
}

}  // namespace
}  // namespace upgraph::diagnostics
