// cron.suspend and cron.resume: a file of /etc/cron.d under a name that cron passes over, as it has
// a dot in it.

#include <fmt/format.h>

#include "runtime/steps/arguments.h"
#include "runtime/steps/file_step.h"
#include "runtime/steps/registry.h"

namespace upgraph::steps {
namespace {

constexpr uint64_t kCronBytesMax = 1 << 20;

class CronStep : public FileStep {
 public:
  explicit CronStep(bool suspends) : suspends_(suspends) {}

  Result<std::vector<Replacement>> Wanted(const StepContext& context) const override {
    env::Files& files = context.env.files;
    UPGRAPH_ASSIGN(std::string active, TextArgument(context.step, "file"));
    const std::string suspended = active + ".suspended";
    const std::string& from = suspends_ ? active : suspended;
    const std::string& to = suspends_ ? suspended : active;
    UPGRAPH_ASSIGN(bool has_from, files.Exists(from));
    UPGRAPH_ASSIGN(bool has_to, files.Exists(to));
    if (has_from && has_to) {
      return Error{ErrorKind::kExists, fmt::format("`{}` and `{}` both exist", from, to)};
    }
    if (!has_from && !has_to) {
      return Error{ErrorKind::kNotFound, fmt::format("there is no `{}`", active)};
    }
    if (has_to) {
      return std::vector<Replacement>();  // it is done already
    }
    Replacement moved;
    moved.target = to;
    moved.kind = ObjectKind::kFile;
    UPGRAPH_ASSIGN(moved.content, files.Read(from, kCronBytesMax));
    moved.attributes_from = from;
    Replacement gone;
    gone.target = from;
    return std::vector<Replacement>{moved, gone};
  }

 private:
  bool suspends_;
};

}  // namespace

const NativeStep& CronSuspendStep() {
  static const auto* const kStep = new CronStep(true);
  return *kStep;
}

const NativeStep& CronResumeStep() {
  static const auto* const kStep = new CronStep(false);
  return *kStep;
}

}  // namespace upgraph::steps
