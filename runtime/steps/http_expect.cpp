#include <fmt/format.h>

#include <algorithm>

#include "runtime/clients/http.h"
#include "runtime/steps/arguments.h"
#include "runtime/steps/registry.h"

namespace upgraph::steps {
namespace {

constexpr int64_t kPollMs = 200;
constexpr int64_t kRequestMsMax = 30'000;

class HttpExpect : public ObservingStep {
 public:
  Status Check(const StepContext& context) const override {
    UPGRAPH_ASSIGN(std::string url, TextArgument(context.step, "url"));
    UPGRAPH_ASSIGN(int64_t status, NumberArgument(context.step, "status"));
    UPGRAPH_ASSIGN(std::string contains, TextArgument(context.step, "contains"));
    UPGRAPH_ASSIGN(int64_t within_ms, NumberArgument(context.step, "within"));
    env::Clock& clock = context.env.clock;
    int64_t end_ms = std::min(clock.BootMs() + within_ms, context.deadline_boot_ms);
    while (true) {
      int64_t left_ms = std::min(context.deadline_boot_ms - clock.BootMs(), kRequestMsMax);
      std::string found =
          Look(url, status, contains, std::max<int64_t>(left_ms, 1), context.cancel);
      if (found.empty()) {
        return OkStatus();
      }
      if (clock.BootMs() >= end_ms || context.cancel.load()) {
        return Error{ErrorKind::kFailed, found};
      }
      clock.SleepMs(kPollMs);
    }
  }

 private:
  // Empty when the answer is as expected, else what it was.
  static std::string Look(const std::string& url, int64_t status, const std::string& contains,
                          int64_t timeout_ms, const std::atomic<bool>& cancel) {
    auto answer = clients::HttpGet(url, timeout_ms, cancel);
    if (!answer.ok()) {
      return answer.error().message;
    }
    if (answer->status != status) {
      return fmt::format("{} answers {}, not {}", url, answer->status, status);
    }
    return answer->body.find(contains) == std::string::npos
               ? fmt::format("{} answers without `{}`", url, contains)
               : "";
  }
};

}  // namespace

const NativeStep& HttpExpectStep() {
  static const auto* const kStep = new HttpExpect();
  return *kStep;
}

}  // namespace upgraph::steps
