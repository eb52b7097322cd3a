#pragma once

// Runs on a host whose clocks and steps a test has in its hands.

#include <fmt/format.h>

#include <atomic>
#include <functional>
#include <map>
#include <set>
#include <thread>

#include "plan/codec.h"
#include "runtime/executor/host_access.h"
#include "runtime/executor/run.h"
#include "runtime/executor/view.h"
#include "runtime/package/archive_reader.h"
#include "runtime/package/archive_writer.h"
#include "tests/support/catch.h"
#include "tests/support/memory_payload.h"
#include "tests/support/scratch_host.h"
#include "tests/support/spec_text.h"

namespace upgraph::executor {

inline constexpr int64_t kMinuteMs = 60'000;
inline constexpr int64_t kStartMs = 1'796'004'000'000;  // 2026-11-30T02:00:00Z

class HandClock : public env::Clock {
 public:
  int64_t BootMs() override {
    ++look_count;
    return boot_ms;
  }
  int64_t WallMs() override { return wall_ms; }
  std::string BootId() override { return boot_id; }
  void SleepMs(int64_t ms) override { Pass(ms); }
  bool IsSynchronised() override { return is_synchronised && boot_ms >= synchronised_from_boot_ms; }

  void Pass(int64_t ms) {
    boot_ms += ms;
    wall_ms += ms;
  }
  // The system is down for so long, by its wall clock.
  void Reboot(int64_t down_ms) {
    boot_id += "'";
    boot_ms = 5;
    wall_ms += down_ms;
  }

  std::atomic<int64_t> boot_ms{7'000};
  std::atomic<int64_t> wall_ms{kStartMs};
  std::atomic<int64_t> look_count{0};
  std::string boot_id = "boot";
  bool is_synchronised = true;
  int64_t synchronised_from_boot_ms = 0;
};

// Runs nothing; a reboot is another boot at once, as far as the clock shows it.
class HandProcesses : public env::Processes {
 public:
  explicit HandProcesses(HandClock* clock) : clock_(*clock) {}
  Result<env::CommandResult> Run(const env::Command&) override {
    return Error{ErrorKind::kUnsupported, "no command is run"};
  }
  Status Reboot() override {
    ++reboot_count;
    if (reboot_count <= refuse_count) {
      return Error{ErrorKind::kFailed, "the system does not reboot: it was told not to"};
    }
    if (takes_ms >= 0) {
      clock_.Reboot(takes_ms);
      if (on_reboot) {
        on_reboot();
      }
    }
    return OkStatus();
  }

  std::function<void()> on_reboot;
  int reboot_count = 0;       // how often it was asked for
  int refuse_count = 0;       // the first ones
  int64_t takes_ms = 60'000;  // negative: it does not come

 private:
  HandClock& clock_;
};

class HandHost;

// TakesMs its estimate, there and back, unless the test says what it does instead.
class HandStep : public steps::NativeStep {
 public:
  HandStep(const HandHost& host, steps::WayBackNeeds needs) : host_(host), needs_(needs) {}
  Result<steps::Estimate> EstimateCost(const steps::StepContext&) const override {
    return steps::Estimate{};
  }
  steps::Observation Observe(const steps::StepContext& context, const steps::Captured*,
                             const steps::Applied*) const override;
  Result<steps::Captured> Capture(const steps::StepContext&) const override {
    return steps::Captured{"undo", {}};
  }
  Result<steps::Applied> Apply(const steps::StepContext& context,
                               const steps::Captured&) const override;
  Status Revert(const steps::StepContext& context, const steps::Captured&) const override;
  steps::WayBackNeeds way_back_needs() const override { return needs_; }

 private:
  const HandHost& host_;
  const steps::WayBackNeeds needs_;
};

using Act = std::function<Status(const steps::StepContext&)>;

class HandHost : public HostAccess {
 public:
  env::Processes& processes() const override { return processes_of_hand; }
  env::Clock& clock() const override { return hand_clock; }
  Result<std::string> AskFact(env::Env&, const plan::Fact& fact) const override {
    return fact.name == "installed" ? "1.0.0" : other_fact;
  }
  // A reboot is the real one.
  const steps::NativeStep* FindStep(const plan::Step& step) const override {
    if (plan::IsReboot(step)) {
      return steps::FindStep(step);
    }
    const auto found = needs.find(step.path);
    return step.gate_id.has_value()                       ? nullptr
           : found == needs.end()                         ? &step_
           : found->second == steps::WayBackNeeds::kFiles ? &file_step_
                                                          : &service_step_;
  }
  Result<std::unique_ptr<locks::HeldLocks>> TakeLocks(env::Env&, const plan::LockScope&,
                                                      const std::atomic<bool>&) const override {
    return std::make_unique<locks::HeldLocks>();
  }

  mutable HandClock hand_clock;
  mutable HandProcesses processes_of_hand{&hand_clock};
  std::string other_fact = "as it was";
  mutable std::map<std::string, Act> applies;  // by path
  mutable std::map<std::string, Act> reverts;
  mutable std::set<std::string> done;  // what stands
  mutable std::vector<std::string> calls;
  std::map<std::string, steps::WayBackNeeds> needs;  // kFiles or kServices, by path

 private:
  HandStep step_{*this, steps::WayBackNeeds::kAnything};
  HandStep file_step_{*this, steps::WayBackNeeds::kFiles};
  HandStep service_step_{*this, steps::WayBackNeeds::kServices};
};

inline steps::Observation HandStep::Observe(const steps::StepContext& context,
                                            const steps::Captured*, const steps::Applied*) const {
  return {host_.done.count(context.step.path) != 0 ? steps::World::kAfter : steps::World::kBefore,
          ""};
}

inline Result<steps::Applied> HandStep::Apply(const steps::StepContext& context,
                                              const steps::Captured&) const {
  const std::string& path = context.step.path;
  host_.calls.push_back(path);
  if (context.step.undo != plan::UndoClass::kObserves) {
    host_.done.insert(path);
  }
  if (const auto act = host_.applies.find(path); act != host_.applies.end()) {
    UPGRAPH_TRY(act->second(context));
  } else {
    context.env.clock.SleepMs(context.step.takes_ms);
  }
  return steps::Applied{Sha256(path)};
}

inline Status HandStep::Revert(const steps::StepContext& context, const steps::Captured&) const {
  const std::string& path = context.step.path;
  if (const auto act = host_.reverts.find(path); act != host_.reverts.end()) {
    UPGRAPH_TRY(act->second(context));
  } else {
    context.env.clock.SleepMs(context.step.undo_takes_ms);
  }
  host_.calls.push_back("back " + path);
  host_.done.erase(path);
  return OkStatus();
}

// Ten minutes there and ten back, each.
inline constexpr const char* kWork = R"(
step work(path: Path) {
  phases   prepare, switch
  writes   file(path)
  reverses by compensation
  takes    10m
  timeout  10h
  retry    2 wait 1m
  do       ["/bin/do", path]
  undo     ["/bin/undo", path]
  observe  ["/bin/look", path]
}
)";
inline constexpr const char* kTwoSteps = R"(
  prepare { work("/a") }
  switch  { work("/b") }
)";

class WindowTrial : public ProgressSink {
 public:
  explicit WindowTrial(const std::string& window, const std::string& body = kTwoSteps,
                       const std::string& top = kWork) {
    driver::Options compiling;
    compiling.check_payload = false;
    const driver::Compilation compiled = driver::CompileText(
        "box.upg",
        "import std.host\n" +
            support::SpecText(top, (window.empty() ? "" : "window " + window + "\n") + body),
        "", compiling);
    INFO(support::Messages(compiled));
    REQUIRE(compiled.plan.has_value());
    test::MemoryPayload payload;
    auto bytes = package::Pack({*compiled.plan, plan::Encode(*compiled.plan), payload, "0.1.0"});
    REQUIRE(bytes.ok());
    auto opened = package::OpenPackage(*bytes);
    REQUIRE(opened.ok());
    package = *opened;
    options.root = scratch.root();
    options.accepts_not_durable = true;
    options.jobs = 0;
    options.host = &host;
    options.stop = &stop;
    options.progress = this;
    options.person_asked = true;
  }

  void Report(const Progress& progress) override {
    if (++told_count == kill_at) {
      stop = kStopKilled;
    }
    told.push_back(fmt::format("{} {}", ProgressKindName(progress.kind), progress.text));
  }
  bool IsTold(const std::string& part) const {
    return std::any_of(told.begin(), told.end(), [&](const std::string& line) {
      return line.find(part) != std::string::npos;
    });
  }
  Outcome Run() { return Apply(options, package); }
  // The runner dies in the step.
  void DieIn(const std::string& path) {
    host.applies[path] = [this](const steps::StepContext&) {
      stop = kStopKilled;
      return Status(Error{ErrorKind::kInterrupted, "dead"});
    };
    REQUIRE(Run().exit_code == ExitCode::kInterrupted);
    host.applies.clear();
    stop = 0;
    told.clear();
  }
  RunView View() const {
    auto view = ViewHost(scratch.root());
    REQUIRE(view.ok());
    REQUIRE(view->runs.size() == 1);
    REQUIRE(view->runs[0].damage.empty());
    return view->runs[0];
  }
  bool HasRun() const { return !ViewHost(scratch.root())->runs.empty(); }

  test::ScratchHost scratch;
  HandHost host;
  HandClock& clock = host.hand_clock;
  StopRequest stop{0};
  package::Package package;
  RunOptions options;
  std::vector<std::string> told;
  int told_count = 0;
  int kill_at = 0;  // the runner dies when it says so much
};

}  // namespace upgraph::executor
