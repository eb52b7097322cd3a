// Runs in their windows, on a host whose clocks and steps a test has in its hands.

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
namespace {

constexpr int64_t kMinuteMs = 60'000;
constexpr int64_t kStartMs = 1'796'004'000'000;  // 2026-11-30T02:00:00Z

class HandClock : public env::Clock {
 public:
  int64_t BootMs() override {
    ++look_count;
    return boot_ms;
  }
  int64_t WallMs() override { return wall_ms; }
  std::string BootId() override { return boot_id; }
  void SleepMs(int64_t ms) override { Pass(ms); }
  bool IsSynchronised() override { return is_synchronised; }

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
};

class NoProcesses : public env::Processes {
 public:
  Result<env::CommandResult> Run(const env::Command&) override {
    return Error{ErrorKind::kUnsupported, "no command is run"};
  }
};

class HandHost;

// TakesMs its estimate, there and back, unless the test says what it does instead.
class HandStep : public steps::NativeStep {
 public:
  explicit HandStep(const HandHost& host) : host_(host) {}
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

 private:
  const HandHost& host_;
};

using Act = std::function<Status(const steps::StepContext&)>;

class HandHost : public HostAccess {
 public:
  env::Processes& processes() const override { return processes_; }
  env::Clock& clock() const override { return hand_clock; }
  Result<std::string> AskFact(env::Env&, const plan::Fact&) const override {
    return std::string("1.0.0");
  }
  const steps::NativeStep* FindStep(const plan::Step& step) const override {
    return step.gate_id.has_value() ? nullptr : &step_;
  }
  Result<std::unique_ptr<locks::HeldLocks>> TakeLocks(env::Env&, const plan::LockScope&,
                                                      const std::atomic<bool>&) const override {
    return std::make_unique<locks::HeldLocks>(std::vector<int>());
  }

  mutable HandClock hand_clock;
  mutable std::map<std::string, Act> applies;  // by path
  mutable std::map<std::string, Act> reverts;
  mutable std::set<std::string> done;  // what stands
  mutable std::vector<std::string> calls;

 private:
  HandStep step_{*this};
  mutable NoProcesses processes_;
};

steps::Observation HandStep::Observe(const steps::StepContext& context, const steps::Captured*,
                                     const steps::Applied*) const {
  return {host_.done.count(context.step.path) != 0 ? steps::World::kAfter : steps::World::kBefore,
          ""};
}

Result<steps::Applied> HandStep::Apply(const steps::StepContext& context,
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

Status HandStep::Revert(const steps::StepContext& context, const steps::Captured&) const {
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
constexpr const char* kWork = R"(
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
constexpr const char* kTwoSteps = R"(
  prepare { work("/a") }
  switch  { work("/b") }
)";

class WindowTrial : public ProgressSink {
 public:
  explicit WindowTrial(const std::string& window, const std::string& body = kTwoSteps) {
    driver::Compilation compiled =
        support::CompileSpec(kWork, (window.empty() ? "" : "window " + window + "\n") + body);
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
};

bool Holds(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
  return text.find(part) != std::string::npos;
}

Act TakesMs(int64_t ms) {
  return [ms](const steps::StepContext& context) {
    context.env.clock.SleepMs(ms);
    return OkStatus();
  };
}

// Twenty minutes there, twenty back and ten more that are kept: exactly the window.
TEST_CASE("a run whose steps take what was estimated ends in a window that just holds it") {
  WindowTrial trial("50m");
  const Outcome outcome = trial.Run();
  CHECK(outcome.reason == "v1.0.0 -> v2.0.0 is done");
  CHECK(outcome.exit_code == ExitCode::kDone);
  CHECK(trial.clock.wall_ms - kStartMs == 20 * kMinuteMs);
}

TEST_CASE("a step that would end too late to turn back is not begun") {
  WindowTrial trial("50m");
  trial.host.applies["prepare/1"] = TakesMs(10 * kMinuteMs + 1);
  const Outcome outcome = trial.Run();
  CHECK(outcome.exit_code == ExitCode::kRolledBack);
  CHECK(Holds(outcome.reason,
              "no time for `switch/1`: it takes 10m by estimate, 30m are kept for "
              "the way back, and the window ends in 40m"));
  CHECK(trial.host.calls == std::vector<std::string>{"prepare/1", "back prepare/1"});
  CHECK(trial.host.done.empty());
  CHECK(trial.View().state == history::RunState::kRolledBack);
}

TEST_CASE("a step is not tried again when there is no time for it") {
  WindowTrial trial("55m");
  trial.host.applies["switch/1"] = [&](const steps::StepContext& context) {
    context.env.clock.SleepMs(4 * kMinuteMs + 1);
    return Status(Error{ErrorKind::kFailed, "it did not work"});
  };
  const Outcome outcome = trial.Run();
  CHECK(outcome.exit_code == ExitCode::kRolledBack);
  CHECK(Holds(outcome.reason, "`switch/1`: it did not work; there is no time to try again"));
  CHECK(trial.host.calls.size() == 4);
  // A millisecond less, and there is.
  WindowTrial again("55m");
  again.host.applies["switch/1"] = [&, count = 0](const steps::StepContext& context) mutable {
    context.env.clock.SleepMs(count == 0 ? 4 * kMinuteMs : context.step.takes_ms);
    return count++ == 0 ? Status(Error{ErrorKind::kFailed, "it did not work"}) : OkStatus();
  };
  CHECK(again.Run().exit_code == ExitCode::kDone);
}

TEST_CASE("a step that is still at work when it is time to turn back is interrupted then") {
  WindowTrial trial("1h");
  trial.options.jobs = 2;
  bool is_interrupted_early = false;
  trial.host.applies["switch/1"] = [&](const steps::StepContext& context) {
    // Of the hour thirty minutes are kept; ten have passed.
    trial.clock.Pass(20 * kMinuteMs - 1);
    // The runner looks at its clock again and again, and sees nothing to do yet.
    for (const int64_t looks = trial.clock.look_count; trial.clock.look_count < looks + 4;) {
      std::this_thread::yield();
    }
    is_interrupted_early = context.cancel.load();
    trial.clock.Pass(1);
    while (!context.cancel.load()) {
      std::this_thread::yield();
    }
    return Status(Error{ErrorKind::kInterrupted, "it was interrupted"});
  };
  const Outcome outcome = trial.Run();
  CHECK_FALSE(is_interrupted_early);
  CHECK(outcome.exit_code == ExitCode::kRolledBack);
  CHECK(
      Holds(outcome.reason,
            "it was time to turn back: 30m are kept for the way back, and the window ends in 30m"));
  // It may have got half-way, and is undone like one that was applied.
  CHECK(trial.host.calls ==
        std::vector<std::string>{"prepare/1", "switch/1", "back switch/1", "back prepare/1"});
  CHECK(trial.clock.wall_ms - kStartMs == 50 * kMinuteMs);
  CHECK(trial.View().state == history::RunState::kRolledBack);
}

TEST_CASE("the way back has no deadline; that the window is over is recorded once and said") {
  WindowTrial trial("50m");
  trial.host.applies["prepare/1"] = TakesMs(15 * kMinuteMs);
  trial.host.reverts["prepare/1"] = TakesMs(2 * 60 * kMinuteMs);
  const Outcome outcome = trial.Run();
  CHECK(outcome.exit_code == ExitCode::kRolledBack);
  CHECK(Holds(outcome.reason, "the window ended at 2026-11-30T02:50:00Z, 1h25m before"));
  CHECK(trial.host.done.empty());
  const RunView view = trial.View();
  CHECK(std::count_if(view.records.begin(), view.records.end(), [](const history::Record& record) {
          return record.kind == history::RecordKind::kLate;
        }) == 1);
  CHECK(trial.IsTold("late the window ended at 2026-11-30T02:50:00Z; the way back goes on"));
}

TEST_CASE("after the point of no return nothing turns back by itself, however late") {
  WindowTrial trial("1h", R"(
    switch {
      work("/a")
      commit "no way back from here"
      work("/b")
    }
  )");
  trial.host.applies["switch/3"] = TakesMs(3 * 60 * kMinuteMs);
  const Outcome outcome = trial.Run();
  CHECK(outcome.exit_code == ExitCode::kDone);
  CHECK(trial.host.done.size() == 2);
  CHECK(trial.View().late_wall_ms != 0);
  CHECK(trial.IsTold("below its point of no return the run goes on"));
}

TEST_CASE("a gate without a verdict goes on until it is time to turn back, and then fails") {
  WindowTrial trial("2h", R"(
    switch { work("/a") }
    verify {
      gate edge for 10m, every 1m, missing waits {
        files.number("/not/there") <= 1
      }
    }
  )");
  const Outcome outcome = trial.Run();
  CHECK(outcome.exit_code == ExitCode::kRolledBack);
  CHECK(Holds(outcome.reason, "no verdict after"));
  // Ten minutes for the switch; fifteen of the two hours are kept.
  CHECK(trial.clock.wall_ms - kStartMs >= (105 - 1 + 10) * kMinuteMs);
  CHECK(trial.clock.wall_ms - kStartMs <= (105 + 10) * kMinuteMs);
}

TEST_CASE("a window without which nobody agreed is kept by nobody") {
  WindowTrial trial("");
  trial.host.applies["prepare/1"] = TakesMs(10 * 24 * 60 * kMinuteMs);
  CHECK(trial.Run().exit_code == ExitCode::kDone);
  CHECK_FALSE(trial.View().window.is_agreed());
}

TEST_CASE("before its window begins, after it and when too little is left a run is refused") {
  WindowTrial trial("1h");
  trial.options.window_begin_wall_ms = kStartMs + 90 * kMinuteMs;
  Outcome outcome = trial.Run();
  CHECK(outcome.exit_code == ExitCode::kRefused);
  CHECK(outcome.can_retry);
  CHECK(outcome.reason == "the window begins at 2026-11-30T03:30:00Z, in 1h30m; apply again then");
  trial.options.window_begin_wall_ms = kStartMs - 60 * kMinuteMs;
  outcome = trial.Run();
  CHECK(outcome.exit_code == ExitCode::kRefused);
  CHECK(outcome.reason == "the window was from 2026-11-30T01:00:00Z to 2026-11-30T02:00:00Z");
  // Fifty minutes are needed.
  trial.options.window_begin_wall_ms = kStartMs - 10 * kMinuteMs - 1;
  outcome = trial.Run();
  CHECK(outcome.exit_code == ExitCode::kRefused);
  CHECK(outcome.reason ==
        "what is to be done takes 20m by estimate, 30m are kept for its way back, and the window "
        "ends in 50m");
  CHECK_FALSE(trial.HasRun());
  CHECK(trial.host.calls.empty());
  trial.options.window_begin_wall_ms = kStartMs - 10 * kMinuteMs;
  CHECK(trial.Run().exit_code == ExitCode::kDone);
  CHECK(trial.View().window ==
        history::Window{kStartMs - 10 * kMinuteMs, kStartMs + 50 * kMinuteMs});
}

TEST_CASE("when a window begins is of no use where nobody says how long it is") {
  WindowTrial trial("");
  trial.options.window_begin_wall_ms = kStartMs;
  const Outcome outcome = trial.Run();
  CHECK(outcome.exit_code == ExitCode::kRefused);
  CHECK(Holds(outcome.reason, "`window 1h` in the spec does"));
}

TEST_CASE("after a reboot a run goes on while the rest fits, counting the outage by the wall") {
  WindowTrial trial("1h");
  trial.DieIn("switch/1");  // after ten minutes
  trial.clock.Reboot(10 * kMinuteMs);
  CHECK(Resume(trial.options).exit_code == ExitCode::kDone);
}

TEST_CASE("after a reboot a run whose rest does not fit turns back and says why") {
  WindowTrial trial("1h");
  trial.DieIn("switch/1");
  trial.clock.Reboot(10 * kMinuteMs + 1);
  const Outcome outcome = Resume(trial.options);
  CHECK(outcome.exit_code == ExitCode::kRolledBack);
  CHECK(Holds(outcome.reason,
              "what is to be done takes 10m by estimate, 30m are kept for its way "
              "back, and the window ends in 40m"));
  CHECK(trial.IsTold("resumed back: what is to be done takes 10m"));
  CHECK(trial.host.done.empty());
}

TEST_CASE("the direction stays when a runner dies after it turned back for want of time") {
  WindowTrial trial("1h");
  trial.DieIn("switch/1");
  trial.clock.Reboot(3 * 60 * kMinuteMs);
  trial.host.reverts["prepare/1"] = [&](const steps::StepContext&) {
    trial.stop = kStopKilled;
    return Status(Error{ErrorKind::kInterrupted, "dead"});
  };
  CHECK(Resume(trial.options).exit_code == ExitCode::kInterrupted);
  trial.stop = 0;
  trial.host.reverts.clear();
  trial.clock.Reboot(-5 * 60 * kMinuteMs);  // and now there would be time
  const Outcome outcome = Resume(trial.options);
  CHECK(outcome.exit_code == ExitCode::kRolledBack);
  CHECK(Holds(outcome.reason, "what is to be done takes 10m"));
}

TEST_CASE("a wall clock that cannot be believed after a reboot ends the window") {
  WindowTrial backwards("10h");
  backwards.DieIn("switch/1");
  backwards.clock.Reboot(-1);
  Outcome outcome = Resume(backwards.options);
  CHECK(outcome.exit_code == ExitCode::kRolledBack);
  CHECK(Holds(outcome.reason, "the window counts as over: the clock went backwards"));
  WindowTrial unsynchronised("10h");
  unsynchronised.DieIn("switch/1");
  unsynchronised.clock.Reboot(1'000);
  unsynchronised.clock.is_synchronised = false;
  outcome = Resume(unsynchronised.options);
  CHECK(outcome.exit_code == ExitCode::kRolledBack);
  CHECK(Holds(outcome.reason, "the window counts as over: nobody keeps the clock right"));
}

TEST_CASE("within a boot the wall clock may jump as it likes") {
  WindowTrial trial("50m");
  trial.host.applies["prepare/1"] = [&](const steps::StepContext& context) {
    context.env.clock.SleepMs(context.step.takes_ms);
    trial.clock.wall_ms += 24 * 60 * kMinuteMs;
    return OkStatus();
  };
  CHECK(trial.Run().exit_code == ExitCode::kDone);
  WindowTrial back("50m");
  back.DieIn("switch/1");
  back.clock.wall_ms -= 24 * 60 * kMinuteMs;
  back.clock.is_synchronised = false;
  CHECK(Resume(back.options).exit_code == ExitCode::kDone);
}

TEST_CASE("an unfinished run keeps its own window") {
  WindowTrial trial("2h");
  trial.options.window_begin_wall_ms = kStartMs - kMinuteMs;
  trial.DieIn("switch/1");
  trial.options.window_begin_wall_ms = kStartMs;
  const Outcome outcome = trial.Run();
  CHECK(outcome.exit_code == ExitCode::kRefused);
  CHECK(Holds(outcome.reason,
              "has its own window, from 2026-11-30T01:59:00Z to 2026-11-30T03:59:00Z"));
  trial.options.window_begin_wall_ms = kStartMs - kMinuteMs;
  CHECK(trial.Run().exit_code == ExitCode::kDone);
}

}  // namespace
}  // namespace upgraph::executor
