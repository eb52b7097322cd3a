#pragma once

// Reading the arguments of a resolved step. The compiler checked them against the declaration; a
// plan from elsewhere may lack one, which is an error, not a crash.

#include <string>

#include "base/result.h"
#include "plan/plan.h"

namespace upgraph::steps {

Result<const plan::Value*> Argument(const plan::Step& step, const char* name);
Result<std::string> TextArgument(const plan::Step& step, const char* name);
Result<int64_t> NumberArgument(const plan::Step& step, const char* name);

}  // namespace upgraph::steps
