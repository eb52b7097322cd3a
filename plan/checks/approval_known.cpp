#include <fmt/format.h>

#include <algorithm>

#include "plan/checks/check.h"

namespace upgraph::plan {

extern const char* const kApprovalKnownExplanation;
const char* const kApprovalKnownExplanation = R"(Whoever has to approve is known.

`people` names who is asked about upgrades of the product; `approvals` says who has to agree to this
one, and `upgraph apply` refuses to begin without them. A name that nobody bears could never be given,
or would be given by whoever reads it as their own.

Bad:
    people product, support
    upgrade v1.0 -> v2.0.0 { approvals product, suport }

Good:
    people product, support
    upgrade v1.0 -> v2.0.0 { approvals product, support }
)";

void RunApprovalKnown(const Plan& plan, std::vector<Finding>* findings) {
  for (const std::string& approval : plan.upgrade.approvals) {
    if (std::find(plan.people.begin(), plan.people.end(), approval) != plan.people.end()) {
      continue;
    }
    std::string known;
    for (const std::string& name : plan.people) {
      known += (known.empty() ? "`" : ", `") + name + "`";
    }
    findings->push_back(
        {"approval-known",
         FindingSeverity::kError,
         fmt::format("`{}` has to approve and is not among the `people`", approval),
         plan.upgrade.approvals_position,
         "",
         {},
         known.empty() ? fmt::format("write `people {}` above", approval) : "there are " + known});
  }
}

}  // namespace upgraph::plan
