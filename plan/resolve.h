#pragma once

// A plan and a host's facts make the host's plan: which upgrade applies, and every ${…} filled in.

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "plan/plan.h"

namespace upgraph::plan {

struct HostFacts {
  std::string installed;  // the text that the fact gave, with or without a leading v
  // The answers to the plan's other facts, by their names.
  std::vector<std::pair<std::string, std::string>> answers;
};

enum class Applicability {
  kApplies,
  kAtTarget,  // the target is what is installed
  kNotFrom,   // no upgrade of the plan leads from there
};

struct Resolution {
  Applicability applicability = Applicability::kNotFrom;
  std::string from;    // without v
  std::string reason;  // of kNotFrom
  Plan plan;           // of kApplies; no templates left
};

// `plan` has passed Verify(); the plan that comes out must pass it again, as names of locks have
// changed. An error when the installed version or the plan itself cannot be read.
Result<Resolution> Resolve(const Plan& plan, const HostFacts& facts);

}  // namespace upgraph::plan
