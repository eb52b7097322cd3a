#pragma once

// Questions to the host, asked once at the start of a run. They change nothing.

#include <string>
#include <string_view>

#include "base/result.h"
#include "plan/plan.h"
#include "runtime/env/env.h"

namespace upgraph::facts {

// The answer as text; kUnsupported when this program does not know the question.
Result<std::string> AskFact(env::Env& env, const plan::Fact& fact);

// Whether this program knows the question: "files.first_line".
bool HasFact(std::string_view native);

}  // namespace upgraph::facts
