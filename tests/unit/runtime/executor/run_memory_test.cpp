// What a run of many steps takes of memory, by the step: docs/speed.md has the figures of a large
// one.

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <functional>

#include "plan/codec.h"
#include "runtime/executor/runner.h"
#include "tests/support/plan_builder.h"
#include "tests/unit/runtime/executor/hand_host.h"

namespace upgraph::executor {
namespace {

// Steps that may all begin at once.
package::Package ManySteps(uint32_t count) {
  test::PlanBuilder builder;
  for (uint32_t i = 0; i < count; ++i) {
    const plan::StepId id = builder.Add(plan::Phase::kPrepare, fmt::format("s{}", i + 1));
    builder.step(id).undo = plan::UndoClass::kExactly;
    builder.step(id).takes_ms = 0;
    builder.After(id, {});
  }
  test::MemoryPayload payload;
  auto bytes = package::Pack({builder.plan(), plan::Encode(builder.plan()), payload, "0.1.0"});
  REQUIRE(bytes.ok());
  auto package = package::OpenPackage(*std::move(bytes));
  REQUIRE(package.ok());
  return *std::move(package);
}

class OpenStepCount : public ProgressSink {
 public:
  void Report(const Progress& progress) override {
    open += progress.kind == ProgressKind::kCapturing;
    open -= progress.kind == ProgressKind::kApplied;
    most = std::max(most, open);
    applied += progress.kind == ProgressKind::kApplied && !progress.step_path.empty();
  }
  int64_t open = 0;
  int64_t most = 0;
  uint32_t applied = 0;
};

Outcome RunMany(const std::string& root, package::Package package, ProgressSink* progress) {
  const HandHost host;
  RunOptions options;
  options.root = root;
  options.accepts_not_durable = true;
  options.jobs = 0;
  options.host = &host;
  options.progress = progress;
  return Apply(options, std::move(package));
}

TEST_CASE("of many steps that may begin, only so many are open at a time") {
  constexpr uint32_t kCount = 3 * kOpenStepsMax;
  const test::ScratchHost scratch;
  OpenStepCount count;
  const Outcome outcome = RunMany(scratch.root(), ManySteps(kCount), &count);
  INFO(outcome.reason);
  CHECK(outcome.exit_code == ExitCode::kDone);
  CHECK(count.applied == kCount);
  // When they are done others begin, before it is told.
  CHECK(count.most >= static_cast<int64_t>(kOpenStepsMax));
  CHECK(count.most <= static_cast<int64_t>(2 * kOpenStepsMax));
}

// Sanitizers keep what is freed, and lay blocks apart: their memory says nothing about ours.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

int64_t PeakBytes() {
  rusage usage{};
  REQUIRE(getrusage(RUSAGE_SELF, &usage) == 0);
  return usage.ru_maxrss * int64_t{1024};
}

// What `work` says, done in a process of its own: what that frees is nothing that others use again.
int64_t InProcess(const std::function<int64_t()>& work) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const int64_t result = work();
    _exit(write(ends[1], &result, sizeof(result)) == sizeof(result) ? 0 : 1);
  }
  int64_t result = -1;
  CHECK(read(ends[0], &result, sizeof(result)) == sizeof(result));
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  close(ends[0]);
  close(ends[1]);
  REQUIRE(result >= 0);
  return result;
}

int64_t PeakBytesOfOneRun(test::ScratchHost* shelf) {
  const test::ScratchHost scratch;
  return InProcess([&]() -> int64_t {
    const int64_t before = PeakBytes();
    auto package = package::ReadPackage(shelf->files(), "/package.zip");
    const bool is_done =
        package.ok() &&
        RunMany(scratch.root(), *std::move(package), nullptr).exit_code == ExitCode::kDone;
    return is_done ? PeakBytes() - before : -1;
  });
}

// The least of some: how many results wait at a time is a matter of the machine's load.
int64_t PeakBytesOfRun(uint32_t count) {
  test::ScratchHost shelf;
  InProcess([&] {
    shelf.Write("/package.zip", *ManySteps(count).bytes);
    return 0;
  });
  const auto peaks = {PeakBytesOfOneRun(&shelf), PeakBytesOfOneRun(&shelf),
                      PeakBytesOfOneRun(&shelf)};
  return std::min(peaks);
}

TEST_CASE("a run takes less than a kilobyte of memory for each of its steps") {
  constexpr uint32_t kFew = 2 * kOpenStepsMax;
  constexpr uint32_t kMany = 8 * kOpenStepsMax;
  const int64_t bytes_per_step = (PeakBytesOfRun(kMany) - PeakBytesOfRun(kFew)) / (kMany - kFew);
  CHECK(bytes_per_step > 200);
  CHECK(bytes_per_step < 1'000);
}

#endif

}  // namespace
}  // namespace upgraph::executor
