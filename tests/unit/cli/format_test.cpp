#include "cli/format.h"

#include <rapidcheck/catch.h>

#include "tests/support/catch.h"

namespace upgraph::cli {
namespace {

TEST_CASE("how long something took") {
  CHECK(FormatElapsed(-5) == "0ms");
  CHECK(FormatElapsed(12) == "12ms");
  CHECK(FormatElapsed(999) == "999ms");
  CHECK(FormatElapsed(1000) == "1.0s");
  CHECK(FormatElapsed(3249) == "3.2s");
  CHECK(FormatElapsed(59'949) == "59.9s");
  CHECK(FormatElapsed(59'950) == "1m00s");
  CHECK(FormatElapsed(250'000) == "4m10s");
  CHECK(FormatElapsed(3'599'499) == "59m59s");
  CHECK(FormatElapsed(3'600'000) == "1h00m");
  CHECK(FormatElapsed(3'725'000) == "1h02m");
}

TEST_CASE("wall time is UTC") {
  CHECK(FormatWallTime(0) == "1970-01-01T00:00:00Z");
  CHECK(FormatWallTime(1'577'836'800'999) == "2020-01-01T00:00:00Z");
}

TEST_CASE("cut text is as wide as asked, and never half a character") {
  CHECK(CutToWidth("abc", 3) == "abc");
  CHECK(CutToWidth("abcd", 3) == "ab…");
  CHECK(CutToWidth("äöü", 3) == "äöü");
  CHECK(CutToWidth("äöüß", 3) == "äö…");
  CHECK(CutToWidth("abc", 0).empty());
  rc::prop("width", [](const std::string& text) {
    const size_t width = *rc::gen::inRange<size_t>(1, 20);
    const std::string cut = CutToWidth(text, width);
    RC_ASSERT(DisplayWidth(cut) == std::min(width, DisplayWidth(text)));
  });
}

TEST_CASE("columns line up, whatever the colours") {
  Table table;
  table.Add({{"applied", Color::kGreen}, {"switch/1"}, {"files.link()"}});
  table.Add({{"ö"}, {"x"}, {"last"}});
  table.Add({{"a"}, {""}, {"after an empty cell"}});
  CHECK(table.Render("  ", false) ==
        "  applied  switch/1  files.link()\n"
        "  ö        x         last\n"
        "  a                  after an empty cell\n");
  CHECK(table.Render("", true).starts_with("\x1b[32mapplied\x1b[0m  switch/1  files.link()\n"));
}

TEST_CASE("a table obeys nobody's terminal") {
  Table table;
  table.Add({{"a\x1b[2Jb\nc"}});
  CHECK(table.Render("", false) == "a?[2Jb?c\n");
}

TEST_CASE("counts") {
  CHECK(Count(0, "error", "errors") == "0 errors");
  CHECK(Count(1, "error", "errors") == "1 error");
  CHECK(Count(2, "error", "errors") == "2 errors");
}

}  // namespace
}  // namespace upgraph::cli
