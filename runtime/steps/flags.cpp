// flags.set (flags.create is the same act in other phases) and flags.remove: a flag is a file of
// its name below /etc/flags.d.

#include <fmt/format.h>

#include <algorithm>

#include "runtime/steps/arguments.h"
#include "runtime/steps/file_step.h"
#include "runtime/steps/registry.h"

namespace upgraph::steps {
namespace {

constexpr size_t kFlagNameBytesMax = 255;

// A name that is one file: no way leads out of the folder.
bool IsFlagName(const std::string& name) {
  return !name.empty() && name.size() <= kFlagNameBytesMax && name[0] != '.' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.';
         });
}

class FlagStep : public FileStep {
 public:
  explicit FlagStep(bool removes) : removes_(removes) {}

  Result<std::vector<Replacement>> Wanted(const StepContext& context) const override {
    UPGRAPH_ASSIGN(std::string name, TextArgument(context.step, "name"));
    if (!IsFlagName(name)) {
      return Error{ErrorKind::kInvalid,
                   fmt::format("`{}` is no name of a flag: letters, digits, `-`, `_` and `.`, and "
                               "not a `.` first",
                               name)};
    }
    Replacement wanted;
    wanted.target = "/etc/flags.d/" + name;
    if (removes_) {
      return std::vector<Replacement>{wanted};
    }
    UPGRAPH_ASSIGN(bool exists, context.env.files.Exists(wanted.target));
    UPGRAPH_ASSIGN(int64_t value, NumberArgument(context.step, "value"));
    wanted.kind = ObjectKind::kFile;
    wanted.content = value != 0 ? "on\n" : "off\n";
    wanted.attributes_from = exists ? wanted.target : "";
    return std::vector<Replacement>{wanted};
  }

 private:
  bool removes_;
};

}  // namespace

const NativeStep& FlagsSetStep() {
  static const auto* const kStep = new FlagStep(false);
  return *kStep;
}

const NativeStep& FlagsRemoveStep() {
  static const auto* const kStep = new FlagStep(true);
  return *kStep;
}

}  // namespace upgraph::steps
