// For any nesting of `parallel` and `block`, two steps are ordered in the plan if and only if the
// text orders them: where their paths part, stands a sequence.

#include <fmt/format.h>
#include <rapidcheck/catch.h>

#include "plan/codec.h"
#include "plan/graph.h"
#include "plan/verify.h"
#include "tests/support/catch.h"
#include "tests/support/spec_text.h"

namespace upgraph::lower {
namespace {

struct Node {
  bool is_step = true;
  bool is_parallel = false;
  std::vector<Node> children;
};

rc::Gen<Node> NodeOf(int depth) {
  return rc::gen::exec([depth]() {
    Node node;
    node.is_step = depth == 0 || *rc::gen::inRange(0, 3) == 0;
    if (!node.is_step) {
      node.is_parallel = *rc::gen::arbitrary<bool>();
      node.children =
          *rc::gen::container<std::vector<Node>>(*rc::gen::inRange(1, 4), NodeOf(depth - 1));
    }
    return node;
  });
}

// Writes the node, and the way to each of its steps: child numbers, negative below a `parallel`.
void Write(const Node& node, std::vector<int> way, std::string* text,
           std::vector<std::vector<int>>* ways) {
  if (node.is_step) {
    *text += fmt::format("files.remove(\"/srv/{}\")\n", ways->size());
    ways->push_back(std::move(way));
    return;
  }
  *text += node.is_parallel ? "parallel {\n" : "block {\n";
  for (size_t i = 0; i < node.children.size(); ++i) {
    std::vector<int> child = way;
    int number = static_cast<int>(i) + 1;
    child.push_back(node.is_parallel ? -number : number);
    Write(node.children[i], std::move(child), text, ways);
  }
  *text += "}\n";
}

bool AreOrderedByText(const std::vector<int>& a, const std::vector<int>& b) {
  size_t i = 0;
  while (a[i] == b[i]) {
    ++i;
  }
  return a[i] > 0;
}

TEST_CASE("the plan orders exactly what the text orders") {
  rc::prop("same order", []() {
    Node root;
    root.is_step = false;
    root.children = *rc::gen::container<std::vector<Node>>(*rc::gen::inRange(1, 4), NodeOf(3));
    std::string text;
    std::vector<std::vector<int>> ways;
    for (size_t i = 0; i < root.children.size(); ++i) {
      Write(root.children[i], {static_cast<int>(i) + 1}, &text, &ways);
    }
    driver::Compilation compilation = support::CompileSpec("", "switch {\n" + text + "}\n");
    RC_ASSERT(compilation.plan.has_value());
    const plan::Plan& plan = *compilation.plan;
    RC_ASSERT(plan::Verify(plan).ok());
    std::vector<plan::StepId> steps;
    for (uint32_t i = 0; i < plan.steps.size(); ++i) {
      if (plan.steps[i].kind != plan::StepKind::kJoin) {
        steps.push_back(plan::StepId(i));
      }
    }
    RC_ASSERT(steps.size() == ways.size());
    plan::Reachability reachability(plan);
    for (size_t a = 0; a < steps.size(); ++a) {
      for (size_t b = a + 1; b < steps.size(); ++b) {
        RC_ASSERT(reachability.Reaches(steps[a], steps[b]) == AreOrderedByText(ways[a], ways[b]));
      }
    }
    driver::Compilation again = support::CompileSpec("", "switch {\n" + text + "}\n");
    RC_ASSERT(plan::Encode(*again.plan) == plan::Encode(plan));
  });
}

}  // namespace
}  // namespace upgraph::lower
