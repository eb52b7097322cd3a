#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "base/parallel.h"
#include "plan/checks/check.h"
#include "plan/edges.h"

namespace upgraph::plan {

#define UPGRAPH_CHECK_ENTRY(name, Function, allowable)                  \
  void Run##Function(const Plan& plan, std::vector<Finding>* findings); \
  extern const char* const k##Function##Explanation;
#define UPGRAPH_GRAPH_CHECK_ENTRY UPGRAPH_CHECK_ENTRY
#include "plan/checks/registry.def"
#undef UPGRAPH_GRAPH_CHECK_ENTRY
#undef UPGRAPH_CHECK_ENTRY

const std::vector<Check>& AllChecks() {
  static const auto* const kChecks = new std::vector<Check>{
#define UPGRAPH_CHECK_ENTRY(name, Function, allowable) \
  {name, Run##Function, Check::Allowable::allowable, Check::About::kEdge, k##Function##Explanation},
#define UPGRAPH_GRAPH_CHECK_ENTRY(name, Function, allowable) \
  {name, Run##Function, Check::Allowable::allowable, Check::About::kSpec, k##Function##Explanation},
#include "plan/checks/registry.def"
#undef UPGRAPH_GRAPH_CHECK_ENTRY
#undef UPGRAPH_CHECK_ENTRY
  };
  return *kChecks;
}

const Check* FindCheck(std::string_view name) {
  for (const Check& check : AllChecks()) {
    if (check.name == name) {
      return &check;
    }
  }
  return nullptr;
}

namespace {

// What the checks about an edge find, in their order, behind what is in `findings`. They only read
// the plan, but for the last one, which judges what the others found.
void CheckEdge(const Plan& edge, std::vector<Finding>* findings) {
  std::vector<const Check*> checks;
  for (const Check& check : AllChecks()) {
    if (check.about == Check::About::kEdge) {
      checks.push_back(&check);
    }
  }
  const Check* last = checks.back();
  checks.pop_back();
  std::vector<std::vector<Finding>> found(checks.size());
  const size_t threads_max = edge.steps.size() < kStepsForThreads ? 1 : checks.size();
  ForEachInParallel(checks.size(), threads_max, [&](size_t i) { checks[i]->run(edge, &found[i]); });
  for (std::vector<Finding>& of_check : found) {
    std::move(of_check.begin(), of_check.end(), std::back_inserter(*findings));
  }
  last->run(edge, findings);
}

bool IsSame(const Finding& a, const Finding& b) {
  return a.check == b.check && a.position == b.position && a.message == b.message;
}

}  // namespace

std::vector<Finding> RunChecks(const Plan& plan) {
  std::vector<Finding> about_spec;
  for (const Check& check : AllChecks()) {
    if (check.about == Check::About::kSpec) {
      check.run(plan, &about_spec);
    }
  }
  std::vector<Finding> findings;
  ForEachEdge(plan, [&](const Plan& edge) {
    std::vector<Finding> of_edge;
    // What is found at the head of an edge is the edge's to allow.
    const auto first_other = std::stable_partition(
        about_spec.begin(), about_spec.end(),
        [&](const Finding& finding) { return finding.position != edge.upgrade.position; });
    of_edge.assign(first_other, about_spec.end());
    about_spec.erase(first_other, about_spec.end());
    CheckEdge(edge, &of_edge);
    findings.insert(findings.end(), of_edge.begin(), of_edge.end());
  });
  findings.insert(findings.end(), about_spec.begin(), about_spec.end());
  auto key = [](const Finding& finding) {
    return std::tie(finding.position.path, finding.position.line, finding.position.column,
                    finding.check);
  };
  std::stable_sort(findings.begin(), findings.end(),
                   [&](const Finding& a, const Finding& b) { return key(a) < key(b); });
  // What is about a configuration is found again with every edge.
  findings.erase(std::unique(findings.begin(), findings.end(), IsSame), findings.end());
  return findings;
}

}  // namespace upgraph::plan
