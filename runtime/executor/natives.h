#pragma once

// What this program has code for. The standard library declares more: a plan that needs what is
// missing is refused before anything is touched.

#include <string>
#include <string_view>
#include <vector>

#include "plan/plan.h"

namespace upgraph::executor {

// Whether the runtime has code for the step, handle, fact, lock or signal that the library calls
// so: "files.install". No two of them share a name.
bool HasNative(std::string_view native);

struct MissingCode {
  plan::StepId step_id;
  std::string native;  // of the step itself, or of a handle or a lock that it needs
};

// The steps that cannot be carried out here, in the order of the plan, each once.
std::vector<MissingCode> FindMissingCode(const plan::Plan& plan);

// The same as sentences that name the steps.
std::vector<std::string> DescribeMissingCode(const plan::Plan& plan);

}  // namespace upgraph::executor
