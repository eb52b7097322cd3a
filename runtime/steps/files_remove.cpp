#include "runtime/steps/arguments.h"
#include "runtime/steps/file_step.h"
#include "runtime/steps/registry.h"

namespace upgraph::steps {
namespace {

class FilesRemove : public FileStep {
 public:
  Result<std::vector<Replacement>> Wanted(const StepContext& context) const override {
    Replacement wanted;
    wanted.kind = ObjectKind::kAbsent;
    UPGRAPH_ASSIGN(wanted.target, TextArgument(context.step, "path"));
    return std::vector<Replacement>{wanted};
  }
};

}  // namespace

const NativeStep& FilesRemoveStep() {
  static const auto* const kStep = new FilesRemove();
  return *kStep;
}

}  // namespace upgraph::steps
