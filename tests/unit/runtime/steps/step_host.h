#pragma once

// A scratch host on which one step can be taken through its life by hand.

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/steps/native_step.h"
#include "runtime/steps/staging.h"
#include "tests/support/catch.h"
#include "tests/support/failing_files.h"
#include "tests/support/memory_payload.h"
#include "tests/support/scratch_host.h"

namespace upgraph::test {

inline plan::Value Text(plan::ValueKind kind, const std::string& text) {
  plan::Value value;
  value.kind = kind;
  value.text = text;
  return value;
}

class StepHost {
 public:
  StepHost() {
    REQUIRE(host.files().MakeDirectories("/var/lib/upgraph/run", 0700).ok());
    staging_run_ = std::make_unique<steps::RunStaging>(env_, "/var/lib/upgraph/run", "run-1");
    staging_ = staging_run_->ForStep(plan::StepId(0));
    step.timeout_ms = 10'000;
  }

  ScratchHost host;
  FailingFiles files{host.files()};
  MemoryPayload payload;
  plan::Plan plan;
  plan::Step step;
  std::atomic<bool> cancel{false};

  steps::StepContext Context() {
    int64_t deadline_ms = env_.clock.BootMs() + step.timeout_ms;
    return {env_, plan, step, payload, *staging_, "run-1", 1, 1, deadline_ms, cancel, -1};
  }
  void SetArgument(const std::string& name, const std::string& text) {
    step.arguments.push_back({name, Text(plan::ValueKind::kPath, text)});
  }

  // As the run does after a revert: the folders' times are its own business.
  void RestoreTimes(const steps::Captured& captured) {
    for (const steps::DirectoryTime& directory : captured.directories) {
      REQUIRE(host.files().SetMtime(directory.path, directory.mtime_ns).ok());
    }
  }

 private:
  env::Env env_{files, env::SystemProcesses(), env::SystemClock()};
  std::unique_ptr<steps::RunStaging> staging_run_;
  std::unique_ptr<steps::Staging> staging_;
};

}  // namespace upgraph::test
