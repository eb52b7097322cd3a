#include "base/rare_text.h"

#include <utility>

#include "tests/support/catch.h"

namespace upgraph {
namespace {

TEST_CASE("a rare text is a text, and takes the room of a pointer") {
  CHECK(sizeof(RareText) == sizeof(void*));
  const RareText none;
  const RareText some = "why";
  CHECK(none.empty());
  CHECK(none.str().empty());
  CHECK(none == "");
  CHECK(RareText(std::string()).empty());
  CHECK_FALSE(some.empty());
  CHECK(some == std::string("why"));
  CHECK_FALSE(some == none);
}

TEST_CASE("a copy of a rare text is its own") {
  RareText first = "one";
  const RareText second = first;
  first = "two";
  CHECK(second == "one");
  first = second;
  CHECK(first == "one");
  const RareText third = std::move(first);
  CHECK(third == "one");
  first = third;
  CHECK(first == "one");
  first = RareText();
  CHECK(first.empty());
}

}  // namespace
}  // namespace upgraph
