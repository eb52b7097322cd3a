#include "runtime/steps/arguments.h"
#include "runtime/steps/file_step.h"
#include "runtime/steps/registry.h"

namespace upgraph::steps {
namespace {

class FilesLink : public FileStep {
 public:
  Result<std::vector<Replacement>> Wanted(const StepContext& context) const override {
    Replacement wanted;
    wanted.kind = ObjectKind::kSymlink;
    UPGRAPH_ASSIGN(wanted.target, TextArgument(context.step, "path"));
    UPGRAPH_ASSIGN(wanted.link_target, TextArgument(context.step, "to"));
    return std::vector<Replacement>{wanted};
  }
};

}  // namespace

const NativeStep& FilesLinkStep() {
  static const auto* const kStep = new FilesLink();
  return *kStep;
}

}  // namespace upgraph::steps
