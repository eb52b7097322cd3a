#include "runtime/steps/registry.h"

namespace upgraph::steps {

const char* WorldName(World world) {
  switch (world) {
    case World::kBefore:
      return "before";
    case World::kAfter:
      return "after";
    case World::kNeither:
      return "neither";
    case World::kUnknown:
      return "unknown";
  }
  UPGRAPH_UNREACHABLE("world");
}

const NativeStep* FindStep(const plan::Step& step) {
  if (step.kind == plan::StepKind::kCommand) {
    return &CommandStep(step);
  }
#define UPGRAPH_HANDLE(name)
#define UPGRAPH_STEP(name, Function) \
  if (step.native == name) {         \
    return &Function();              \
  }
#include "runtime/steps/registry.def"
#undef UPGRAPH_STEP
#undef UPGRAPH_HANDLE
  return nullptr;
}

bool HasHandle(std::string_view native) {
#define UPGRAPH_STEP(name, Function)
#define UPGRAPH_HANDLE(name) \
  if (native == name) {      \
    return true;             \
  }
#include "runtime/steps/registry.def"
#undef UPGRAPH_HANDLE
#undef UPGRAPH_STEP
  return false;
}

}  // namespace upgraph::steps
