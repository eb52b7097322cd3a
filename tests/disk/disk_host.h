#pragma once

// What a run needs of a host beside its disk: nothing that runs, a clock that boots, no locks.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "runtime/executor/host_access.h"
#include "tests/disk/disk_files.h"
#include "tests/disk/disk_vfs.h"

namespace upgraph::disk {

class NoProcesses : public env::Processes {
 public:
  Result<env::CommandResult> Run(const env::Command&) override {
    return Error{ErrorKind::kUnsupported, "a simulated disk runs no commands"};
  }
};

// After each cut the system boots some minutes later, so that a run is still in its window.
class SteppingClock : public env::Clock {
 public:
  int64_t BootMs() override { return ++now_ms_; }
  int64_t WallMs() override { return booted_wall_ms_ + ++now_ms_; }
  std::string BootId() override { return std::to_string(boot_count_); }
  void SleepMs(int64_t ms) override { now_ms_ += ms; }

  void Boot(int64_t minutes_later) {
    ++boot_count_;
    booted_wall_ms_ = 1'767'225'600'000 + minutes_later * 60'000;
    now_ms_ = 0;
  }

 private:
  int boot_count_ = 0;
  int64_t booted_wall_ms_ = 0;
  int64_t now_ms_ = 0;
};

// The real steps, on the current disk.
class DiskAccess : public executor::HostAccess {
 public:
  explicit DiskAccess(std::string lock_folder) : lock_folder_(std::move(lock_folder)) {
    std::filesystem::create_directories(lock_folder_);
  }
  Result<std::unique_ptr<env::Files>> OpenFiles(const std::string&) const override {
    return std::unique_ptr<env::Files>(new DiskFiles(CurrentDisk(), lock_folder_));
  }
  void Boot(int64_t minutes_later) const { clock_.Boot(minutes_later); }
  env::Processes& processes() const override { return processes_; }
  env::Clock& clock() const override { return clock_; }
  Result<std::string> AskFact(env::Env& env, const plan::Fact& fact) const override {
    return executor::RealHost().AskFact(env, fact);
  }
  const steps::NativeStep* FindStep(const plan::Step& step) const override {
    return steps::FindStep(step);
  }
  Result<std::unique_ptr<locks::HeldLocks>> TakeLocks(env::Env&, const plan::LockScope&,
                                                      const std::atomic<bool>&) const override {
    return std::make_unique<locks::HeldLocks>();
  }

 private:
  std::string lock_folder_;
  mutable NoProcesses processes_;
  mutable SteppingClock clock_;
};

}  // namespace upgraph::disk
