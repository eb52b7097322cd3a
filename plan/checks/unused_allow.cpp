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

// Found where allowances are applied (registry.cpp), after all other checks.
void RunUnusedAllow(const Plan&, std::vector<Finding>*) {}

}  // namespace upgraph::plan
