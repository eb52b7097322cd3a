#include "compiler/source/source_manager.h"

#include <rapidcheck/catch.h>

#include "tests/support/catch.h"

namespace upgraph::source {
namespace {

TEST_CASE("lines and columns count from one, columns in bytes") {
  SourceBuffer buffer("a.upg", "ab\n\u00e4c\n");
  CHECK(buffer.Locate(0) == LineColumn{1, 1});
  CHECK(buffer.Locate(2) == LineColumn{1, 3});
  CHECK(buffer.Locate(3) == LineColumn{2, 1});
  CHECK(buffer.Locate(5) == LineColumn{2, 3});
  CHECK(buffer.Locate(7) == LineColumn{3, 1});
  CHECK(buffer.line_count() == 3);
}

TEST_CASE("a line has no line end") {
  SourceBuffer buffer("a.upg", "ab\r\ncd\n\nx");
  CHECK(buffer.Line(1) == "ab");
  CHECK(buffer.Line(2) == "cd");
  CHECK(buffer.Line(3) == "");
  CHECK(buffer.Line(4) == "x");
  CHECK(SourceBuffer("b.upg", "").Line(1) == "");
}

TEST_CASE("a place outside the text is moved into it") {
  SourceBuffer buffer("a.upg", "ab\ncd");
  CHECK(buffer.Offset({1, 1}) == 0);
  CHECK(buffer.Offset({2, 2}) == 4);
  CHECK(buffer.Offset({9, 1}) == 3);
  CHECK(buffer.Offset({0, 0}) == 0);
  CHECK(buffer.Offset({2, 900}) == 5);
}

TEST_CASE("a text is found by its path") {
  SourceManager sources;
  BufferId a = sources.Add("a.upg", "let a = 1");
  BufferId b = sources.Add("std/files.upg", "x");
  CHECK(sources.Find("std/files.upg") == b);
  CHECK(sources.Find("a.upg") == a);
  CHECK(!sources.Find("c.upg").has_value());
  CHECK(sources.Text({a, 4, 5}) == "a");
}

TEST_CASE("texts stay where they are when more are added") {
  SourceManager sources;
  BufferId first = sources.Add("a", "first");
  std::string_view text = sources.buffer(first).text();
  for (int i = 0; i < 1000; ++i) {
    sources.Add("b", "more");
  }
  CHECK(text.data() == sources.buffer(first).text().data());
}

TEST_CASE("a place leads back to its offset") {
  rc::prop("for every text and offset", [](const std::string& text) {
    SourceBuffer buffer("a", text);
    for (uint32_t offset = 0; offset <= text.size(); ++offset) {
      RC_ASSERT(buffer.Offset(buffer.Locate(offset)) == offset);
    }
  });
}

}  // namespace
}  // namespace upgraph::source
