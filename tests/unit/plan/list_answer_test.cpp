#include "plan/list_answer.h"

#include <rapidcheck.h>
#include <rapidcheck/catch.h>

#include <set>

#include "tests/support/catch.h"

namespace upgraph::plan {
namespace {

using Catch::Matchers::Contains;

using Texts = std::vector<std::string>;

Fact Jobs(uint32_t elements_max) { return {"jobs", "files.matching", {}, {}, elements_max}; }

TEST_CASE("elements are lines, each of them once") {
  CHECK(JoinElements({}).empty());
  CHECK(JoinElements({"/a", "/b", "/a"}) == "/a\n/b\n");
  CHECK(JoinElements({"a\nb", "c\\n", ""}) == "a\\nb\nc\\\\n\n\n");
}

TEST_CASE("any elements come back as they were") {
  rc::prop("split after join", [](const Texts& elements) {
    Texts unique;
    for (const std::string& element : elements) {
      if (std::find(unique.begin(), unique.end(), element) == unique.end()) {
        unique.push_back(element);
      }
    }
    RC_ASSERT(SplitElements(JoinElements(elements)).value() == unique);
  });
}

TEST_CASE("what no join gives is no list") {
  for (const char* text : {"a", "a\nb", "a\\", "a\\\n", "a\\t\n", "a\na\n"}) {
    INFO(text);
    CHECK_FALSE(SplitElements(text).ok());
  }
}

TEST_CASE("names stand for elements, and for themselves where there are none") {
  TemplateNames names;
  REQUIRE(NameElements(Jobs(3), JoinElements({"/a", "/b"}), &names).ok());
  CHECK(names.at("jobs.1") == "/a");
  CHECK(names.at("jobs.2") == "/b");
  CHECK(names.at("jobs.3") == ElementHole("jobs", 3));
  CHECK(names.at("jobs.count") == "2");
}

TEST_CASE("a list that is not known stands for itself") {
  TemplateNames names;
  REQUIRE(NameElements(Jobs(2), "${jobs}", &names).ok());
  CHECK(names.at("jobs.1") == "${jobs.1}");
  CHECK(names.at("jobs.count") == CountHole("jobs"));
}

TEST_CASE("as many elements as the bound are fine, one more is refused with both numbers") {
  TemplateNames names;
  CHECK(NameElements(Jobs(2), JoinElements({"/a", "/b"}), &names).ok());
  const Status more = NameElements(Jobs(2), JoinElements({"/a", "/b", "/c"}), &names);
  REQUIRE_FALSE(more.ok());
  CHECK_THAT(more.error().message, Contains("3 elements") && Contains("`max 2`"));
}

TEST_CASE("an element with a control character is refused") {
  TemplateNames names;
  const Status status = NameElements(Jobs(2), JoinElements({"/a", "/b\tc"}), &names);
  REQUIRE_FALSE(status.ok());
  CHECK_THAT(status.error().message, Contains("element 2 of fact `jobs`"));
}

}  // namespace
}  // namespace upgraph::plan
