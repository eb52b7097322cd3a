#include "cli/graph_text.h"

#include "tests/support/catch.h"
#include "tests/support/plan_builder.h"

namespace upgraph::cli {
namespace {

// prepare/a, a join, then b and c (under a lock) side by side in switch, a look, a cleanup.
plan::Plan GraphPlan() {
  test::PlanBuilder builder;
  const plan::StepId a = builder.Write(plan::Phase::kPrepare, "a", "/a");
  const plan::StepId look = builder.Add(plan::Phase::kSwitch, "look");
  const plan::StepId join = builder.Add(plan::Phase::kSwitch, "join");
  const plan::StepId b = builder.Write(plan::Phase::kSwitch, "b", "/b");
  const plan::StepId c = builder.Write(plan::Phase::kSwitch, "c", "/c");
  const plan::StepId last = builder.Write(plan::Phase::kCleanup, "last", "/d");
  builder.After(look, {a})
      .After(join, {look})
      .After(b, {join})
      .After(c, {join})
      .After(last, {b, c});
  builder.step(join).kind = plan::StepKind::kJoin;
  builder.step(b).takes_ms = 5'000;
  builder.step(b).title = "b(\"x\\y\", <&#;`)";
  builder.step(c).lock_scope_id = builder.Lock("/srv", 0, 120'000);
  return builder.plan();
}

TEST_CASE("phases and locks are boxes, joins points, and the longest path is marked") {
  CHECK(RenderGraph(GraphPlan(), GraphForm::kDot, GraphDirection::kForward) ==
        R"dot(digraph "box: v1.0.0 ..< v2.0.0 -> v2.0.0" {
  node [shape=box, style=rounded, fontname="sans-serif", fontsize=10];
  graph [fontname="sans-serif", fontsize=11, style=rounded, color="#8a8a8a"];
  edge [color="#555555"];
  subgraph "cluster_prepare" {
    label="prepare";
    s0 [label="a()\n1s, exactly", color="#b3261e", penwidth=2];
  }
  subgraph "cluster_switch" {
    label="switch";
    s1 [label="look()\n1s, observes", color="#b3261e", penwidth=2];
    s2 [shape=point];
    s3 [label="b(\"x\\y\", <&#;`)\n5s, exactly", color="#b3261e", penwidth=2];
    subgraph "cluster_lock_0" {
      label="lock files.lock(/srv)";
      s4 [label="c()\n1s, exactly"];
    }
  }
  subgraph "cluster_cleanup" {
    label="cleanup";
    s5 [label="last()\n1s, exactly"];
  }
  s0 -> s1;
  s1 -> s2;
  s2 -> s3;
  s2 -> s4;
  s3 -> s5;
  s4 -> s5;
}
)dot");
}

TEST_CASE("Mermaid escapes by entities") {
  const std::string text = RenderGraph(GraphPlan(), GraphForm::kMermaid, GraphDirection::kForward);
  CHECK(text.starts_with(
      "---\ntitle: \"box: v1.0.0 ..< v2.0.0 -> v2.0.0\"\n---\nflowchart TD\n"
      "  subgraph prepare[\"prepare\"]\n    s0[\"a()<br/>1s, exactly\"]:::longest\n  end\n"));
  CHECK_THAT(text, Catch::Matchers::Contains(
                       "s3[\"b(#34;x#92;y#34;, #60;#38;#35;#59;#96;)<br/>5s, exactly\"]"));
  CHECK_THAT(text, Catch::Matchers::Contains("    s2((\" \"))\n"));
  CHECK_THAT(text, Catch::Matchers::Contains("  s2 --> s4\n"));
}

TEST_CASE("the reverse graph is mirrored, without what has nothing to undo") {
  const std::string text = RenderGraph(GraphPlan(), GraphForm::kDot, GraphDirection::kBack);
  CHECK(text.find("look()") == std::string::npos);
  CHECK(text.find("last()") == std::string::npos);
  CHECK(text.find("penwidth") == std::string::npos);
  CHECK(text.substr(text.find("  s2 -> ")) == "  s2 -> s0;\n  s3 -> s2;\n  s4 -> s2;\n}\n");
}

}  // namespace
}  // namespace upgraph::cli
