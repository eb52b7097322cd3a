#include <algorithm>

#include "plan/checks/check.h"

namespace upgraph::plan {

extern const char* const kUnusedAllowExplanation;
const char* const kUnusedAllowExplanation = R"(What is allowed is found.

`allow CHECK because "why"` in an upgrade silences what a check finds there, with a reason that people
read in the plan. One that silences nothing is left over from something that was mended; it would
hide the same mistake when somebody makes it again.

Bad:
    allow no-estimate because "measured on Monday"
    prepare { files.remove("/srv/old") }                 // has an estimate

Good:
    allow no-estimate because "measured on Monday"
    prepare { build_cache("/srv/cache") }                // has none
)";

// Runs after all others, and takes away what the plan allows of what they found.
void RunUnusedAllow(const Plan& plan, std::vector<Finding>* findings) {
  for (const Allowance& allowance : plan.upgrade.allows) {
    const Check* check = FindCheck(allowance.check);
    const size_t count = findings->size();
    if (check != nullptr && check->allowable == Check::Allowable::kYes) {
      findings->erase(
          std::remove_if(findings->begin(), findings->end(),
                         [&](const Finding& finding) { return finding.check == allowance.check; }),
          findings->end());
    }
    if (findings->size() == count) {
      findings->push_back({"unused-allow",
                           FindingSeverity::kWarning,
                           "`" + allowance.check + "` is allowed and finds nothing here",
                           allowance.position,
                           "",
                           {},
                           "take it away, so that it hides nothing later",
                           {Mend::Kind::kDrop, "allow", ""}});
    }
  }
}

}  // namespace upgraph::plan
