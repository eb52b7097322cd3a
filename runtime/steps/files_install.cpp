#include "runtime/steps/arguments.h"
#include "runtime/steps/file_step.h"
#include "runtime/steps/registry.h"

namespace upgraph::steps {
namespace {

class FilesInstall : public FileStep {
 public:
  Result<std::vector<Replacement>> Wanted(const StepContext& context) const override {
    Replacement wanted;
    wanted.kind = ObjectKind::kPayload;
    UPGRAPH_ASSIGN(wanted.payload_path, TextArgument(context.step, "source"));
    UPGRAPH_ASSIGN(wanted.target, TextArgument(context.step, "to"));
    return std::vector<Replacement>{wanted};
  }
};

}  // namespace

const NativeStep& FilesInstallStep() {
  static const auto* const kStep = new FilesInstall();
  return *kStep;
}

}  // namespace upgraph::steps
