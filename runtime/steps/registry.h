#pragma once

// Declares the functions of registry.def; FindStep in native_step.h is what others call.

#include "runtime/steps/native_step.h"

namespace upgraph::steps {

#define UPGRAPH_HANDLE(name)
#define UPGRAPH_STEP(name, Function) const NativeStep& Function();
#include "runtime/steps/registry.def"
#undef UPGRAPH_STEP
#undef UPGRAPH_HANDLE

// Runs the argument vectors of a declared step.
const NativeStep& CommandStep(const plan::Step& step);

}  // namespace upgraph::steps
