#pragma once

// Making the new object of a replacement in a private folder, complete with its attributes, and
// asking whether an object on the host already is like it. Used by the change set only.

#include <string>

#include "runtime/steps/change_set.h"

namespace upgraph::steps {

// Makes the object at `path`, which is free; its folder exists. Not synced.
Status MakeObject(const StepContext& context, const Replacement& wanted, const std::string& path);

// Whether the object at the target is as wanted, times aside.
Result<bool> IsAsWanted(const StepContext& context, const Replacement& wanted);

// Bytes of new content.
Result<uint64_t> SizeOf(const StepContext& context, const Replacement& wanted);

}  // namespace upgraph::steps
