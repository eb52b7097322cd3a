// Runs in their windows.

#include "tests/unit/runtime/executor/hand_host.h"

namespace upgraph::executor {
namespace {

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
