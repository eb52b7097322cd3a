#include "compiler/diagnostics/position.h"

#include "tests/support/catch.h"

namespace upgraph::diagnostics {
namespace {

TEST_CASE("a range becomes a position and comes back") {
  source::SourceManager sources;
  sources.Add("a.upg", "x");
  source::BufferId id = sources.Add("b.upg", "let a = 1\nlet b = 2\n");
  source::SourceRange range{id, 14, 15};
  plan::SourcePosition position = PositionOf(sources, range);
  CHECK(position == plan::SourcePosition{"b.upg", 2, 5, 1});
  CHECK(RangeOf(sources, position) == range);
}

TEST_CASE("a range of several lines is marked on its first") {
  source::SourceManager sources;
  source::BufferId id = sources.Add("a.upg", "call(\n  1)\n");
  CHECK(PositionOf(sources, {id, 0, 9}) == plan::SourcePosition{"a.upg", 1, 1, 5});
  CHECK(PositionOf(sources, {id, 5, 6}) == plan::SourcePosition{"a.upg", 1, 6, 1});
}

TEST_CASE("what no text is known of has no place") {
  source::SourceManager sources;
  sources.Add("a.upg", "x");
  CHECK(!RangeOf(sources, {"std/gone.upg", 1, 1, 1}).has_value());
  CHECK(!RangeOf(sources, {"a.upg", 0, 0, 1}).has_value());
  CHECK(PositionOf(sources, {}) == plan::SourcePosition{});
}

TEST_CASE("a position that lies outside its text is moved into it") {
  source::SourceManager sources;
  source::BufferId id = sources.Add("a.upg", "abc");
  CHECK(RangeOf(sources, {"a.upg", 7, 2, 90}) == source::SourceRange{id, 1, 3});
}

}  // namespace
}  // namespace upgraph::diagnostics
