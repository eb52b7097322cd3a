#include "cli/graph_svg.h"

#include "tests/support/catch.h"
#include "tests/support/plan_builder.h"

namespace upgraph::cli {
namespace {

plan::Plan DrawnPlan() {
  test::PlanBuilder builder;
  builder.Write(plan::Phase::kPrepare, "a", "/a");
  const plan::StepId b = builder.Write(plan::Phase::kSwitch, "b", "/b");
  builder.Add(plan::Phase::kVerify, "look");
  builder.step(b).title = "b(\"<script>\", '&amp;', \"\x1b\xff\xef\xbf\xbf\")";
  builder.step(b).lock_scope_id = builder.Lock("/srv", 2'000, 120'000);
  return builder.plan();
}

size_t CountOf(const std::string& text, const std::string& what) {
  size_t count = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
    ++count;
  }
  return count;
}

TEST_CASE("steps are boxes, phases are bands with their times, dashed lines lead back") {
  const std::string text = RenderSvg({DrawnPlan()}, GraphDirection::kForward);
  CHECK(CountOf(text, "<rect class=\"box") == 3);
  CHECK(CountOf(text, "<rect class=\"band") == 3);
  CHECK(CountOf(text, "class=\"line") == 2);
  CHECK(CountOf(text, "class=\"back\"") == 1);
  CHECK_THAT(text, Catch::Matchers::Contains(">switch: 3s, back 3s<"));
  CHECK_THAT(text, Catch::Matchers::Contains(">lock files.lock(/srv)<"));
  CHECK_THAT(text, Catch::Matchers::Contains("class=\"box longest\""));
}

TEST_CASE("what a plan says is text, never markup") {
  const std::string text = RenderSvg({DrawnPlan()}, GraphDirection::kForward);
  CHECK_THAT(text, Catch::Matchers::Contains("b(&quot;&lt;script&gt;&quot;, &#39;&amp;amp;&#39;"));
  CHECK(text.find("<script") == std::string::npos);
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find("\xef\xbf\xbf") == std::string::npos);
  CHECK(text.find('\xff') == std::string::npos);
}

TEST_CASE("the reverse graph begins with what was done last") {
  const std::string text = RenderSvg({DrawnPlan()}, GraphDirection::kBack);
  CHECK(CountOf(text, "<rect class=\"box") == 2);
  CHECK(text.find("switch/b") < text.find("prepare/a"));
  CHECK(text.find("look()") == std::string::npos);
  CHECK_THAT(text, Catch::Matchers::Contains(", the way back"));
}

TEST_CASE("several plans are one document") {
  const std::string text = RenderSvg({DrawnPlan(), DrawnPlan()}, GraphDirection::kForward);
  CHECK(CountOf(text, "<svg ") == 1);
  CHECK(CountOf(text, "<rect class=\"box") == 6);
  CHECK(RenderSvg({DrawnPlan(), DrawnPlan()}, GraphDirection::kForward) == text);
}

TEST_CASE("long titles are cut between characters, and whole at the pointer") {
  plan::Plan plan = DrawnPlan();
  std::string name;
  for (int i = 0; i < 60; ++i) {
    name += "é";
  }
  plan.steps[0].title = name;
  const std::string text = RenderSvg({plan}, GraphDirection::kForward);
  CHECK_THAT(text, Catch::Matchers::Contains(">" + name.substr(0, 86) + "…<"));
  CHECK_THAT(text, Catch::Matchers::Contains("prepare/a: " + name + "</title>"));
}

}  // namespace
}  // namespace upgraph::cli
