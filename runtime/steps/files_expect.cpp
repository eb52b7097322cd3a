#include <fmt/format.h>

#include <algorithm>

#include "runtime/steps/arguments.h"
#include "runtime/steps/registry.h"

namespace upgraph::steps {
namespace {

constexpr uint64_t kExpectBytesMax = 64 << 20;
constexpr int64_t kPollMs = 50;

// Empty when the file is as expected, else what was found.
std::string Look(env::Files& files, const std::string& path, const std::string& contains) {
  auto content = files.Read(path, kExpectBytesMax);
  if (!content.ok()) {
    return content.error().message;
  }
  return content->find(contains) == std::string::npos
             ? fmt::format("`{}` does not hold `{}`", path, contains)
             : "";
}

class FilesExpect : public ObservingStep {
 public:
  Status Check(const StepContext& context) const override {
    UPGRAPH_ASSIGN(std::string path, TextArgument(context.step, "path"));
    UPGRAPH_ASSIGN(std::string contains, TextArgument(context.step, "contains"));
    UPGRAPH_ASSIGN(int64_t within_ms, NumberArgument(context.step, "within"));
    env::Clock& clock = context.env.clock;
    int64_t end_ms = std::min(clock.BootMs() + within_ms, context.deadline_boot_ms);
    while (true) {
      std::string found = Look(context.env.files, path, contains);
      if (found.empty()) {
        return OkStatus();
      }
      if (clock.BootMs() >= end_ms || context.cancel.load()) {
        return Error{ErrorKind::kFailed,
                     within_ms == 0
                         ? found
                         : fmt::format("{} within {}", found, plan::FormatDuration(within_ms))};
      }
      clock.SleepMs(kPollMs);
    }
  }
};

class FilesRequireSpace : public ObservingStep {
 public:
  Status Check(const StepContext& context) const override {
    UPGRAPH_ASSIGN(std::string path, TextArgument(context.step, "path"));
    UPGRAPH_ASSIGN(int64_t size, NumberArgument(context.step, "size"));
    UPGRAPH_ASSIGN(env::SpaceStatus space, context.env.files.Space(path));
    if (space.free_bytes < static_cast<uint64_t>(size)) {
      return Error{ErrorKind::kNoSpace,
                   fmt::format("`{}` has {} MiB free; {} is needed", path, space.free_bytes >> 20,
                               plan::FormatSize(size))};
    }
    return OkStatus();
  }
};

}  // namespace

const NativeStep& FilesExpectStep() {
  static const auto* const kStep = new FilesExpect();
  return *kStep;
}

const NativeStep& FilesRequireSpaceStep() {
  static const auto* const kStep = new FilesRequireSpace();
  return *kStep;
}

}  // namespace upgraph::steps
