#include "compiler/ast/list.h"

#include <rapidcheck/catch.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace upgraph::ast {
namespace {

using Strings = std::vector<std::string>;

Strings Items(const List<std::string>& list) { return {list.begin(), list.end()}; }

TEST_CASE("a list is one pointer wide") {
  CHECK(sizeof(List<std::string>) == sizeof(void*));
  CHECK(List<std::string>().empty());
  CHECK(List<std::string>().begin() == List<std::string>().end());
}

TEST_CASE("a list does what a vector does") {
  rc::prop("after any calls", [] {
    List<std::string> list;
    Strings expected;
    const auto calls = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 8));
    for (const int call : calls) {
      const std::string item = std::to_string(expected.size()) + " is long enough for the heap";
      if (call < 4) {
        list.push_back(item);
        expected.push_back(item);
      } else if (call == 4 && !expected.empty()) {
        list.pop_back();
        expected.pop_back();
      } else if (call == 5 && !expected.empty()) {
        list.push_back(list.front());  // of its own, while it grows
        expected.push_back(Strings(expected).front());
      } else if (call == 6) {
        list.reserve(expected.size() + 3);
      } else if (call == 7) {
        const List<std::string> copy = list;
        list = copy;
      }
      RC_ASSERT(list.size() == expected.size());
      RC_ASSERT(Items(list) == expected);
      if (!expected.empty()) {
        RC_ASSERT(list.back() == expected.back());
        RC_ASSERT(list[0] == expected[0]);
      }
    }
  });
}

TEST_CASE("a list that is moved from is empty, and what is cleared is freed") {
  const auto shared = std::make_shared<int>(1);
  List<std::shared_ptr<int>> list = {shared, shared};
  CHECK(shared.use_count() == 3);
  List<std::shared_ptr<int>> other = std::move(list);
  CHECK(list.empty());  // NOLINT: that is what is asked
  CHECK(other.size() == 2);
  other.clear();
  CHECK(other.empty());
  CHECK(shared.use_count() == 1);
}

}  // namespace
}  // namespace upgraph::ast
