#include <algorithm>
#include <tuple>

#include "plan/checks/check.h"

namespace upgraph::plan {

#define UPGRAPH_CHECK_ENTRY(name, Function, allowable)                  \
  void Run##Function(const Plan& plan, std::vector<Finding>* findings); \
  extern const char* const k##Function##Explanation;
#include "plan/checks/registry.def"
#undef UPGRAPH_CHECK_ENTRY

const std::vector<Check>& AllChecks() {
  static const auto* const kChecks = new std::vector<Check>{
#define UPGRAPH_CHECK_ENTRY(name, Function, allowable) \
  {name, Run##Function, Check::Allowable::allowable, k##Function##Explanation},
#include "plan/checks/registry.def"
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

std::vector<Finding> RunChecks(const Plan& plan) {
  std::vector<Finding> findings;
  for (const Check& check : AllChecks()) {
    check.run(plan, &findings);
  }
  auto key = [](const Finding& finding) {
    return std::tie(finding.position.path, finding.position.line, finding.position.column,
                    finding.check);
  };
  std::stable_sort(findings.begin(), findings.end(),
                   [&](const Finding& a, const Finding& b) { return key(a) < key(b); });
  return findings;
}

}  // namespace upgraph::plan
