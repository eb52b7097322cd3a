// What a runner that was cut off leaves to be said: once for each, by whoever finds it.

#include "tests/unit/runtime/executor/hand_host.h"

namespace upgraph::executor {
namespace {

using history::RecordKind;

std::vector<std::string> InterruptionsOf(const WindowTrial& trial) {
  std::vector<std::string> where;
  const RunView view = trial.View();
  for (size_t i = 0; i < view.records.size(); ++i) {
    if (view.records[i].kind == RecordKind::kInterrupted) {
      where.push_back(view.records[i].text);
      CHECK(view.records[i - 1].kind == RecordKind::kFence);
    }
  }
  return where;
}

using Where = std::vector<std::string>;

constexpr const char* kInSwitch = "a runner was cut off on the way forward, in `switch/1`";

TEST_CASE("whoever goes on with a run whose runner was cut off says so, once for each") {
  WindowTrial trial("");
  trial.DieIn("switch/1");
  CHECK(InterruptionsOf(trial).empty());  // nobody has found it
  SECTION("resume") {
    CHECK(Resume(trial.options).exit_code == ExitCode::kDone);
    CHECK(InterruptionsOf(trial) == Where{kInSwitch});
  }
  SECTION("apply") {
    CHECK(trial.Run().exit_code == ExitCode::kDone);
    CHECK(InterruptionsOf(trial) == Where{kInSwitch});
  }
  SECTION("rollback") {
    CHECK(Rollback(trial.options).exit_code == ExitCode::kDone);
    CHECK(InterruptionsOf(trial) == Where{kInSwitch});
  }
  SECTION("a boot, and one more that cuts the way back off") {
    trial.clock.Reboot(1'000);
    trial.host.reverts["prepare/1"] = [&](const steps::StepContext&) {
      trial.stop = kStopKilled;
      return Status(Error{ErrorKind::kInterrupted, "dead"});
    };
    CHECK(Recover(trial.options).exit_code == ExitCode::kInterrupted);
    trial.stop = 0;
    trial.host.reverts.clear();
    trial.clock.Reboot(1'000);
    CHECK(Recover(trial.options).exit_code == ExitCode::kRolledBack);
    CHECK(InterruptionsOf(trial) ==
          Where{kInSwitch, "a runner was cut off on the way back, in `prepare/1`"});
    // It is over: nobody has anything to find.
    CHECK(Rollback(trial.options).exit_code == ExitCode::kDone);
    CHECK(InterruptionsOf(trial).size() == 2);
  }
}

TEST_CASE(
    "a run that was stopped at once was interrupted, one that was asked to turn back was not") {
  WindowTrial trial("");
  const int level = GENERATE(1, 2);
  trial.host.applies["switch/1"] = [&](const steps::StepContext&) {
    trial.stop = level;
    return Status(Error{ErrorKind::kInterrupted, "stopped"});
  };
  const Outcome outcome = trial.Run();
  trial.stop = 0;
  trial.host.applies.clear();
  CHECK(outcome.exit_code == (level == 1 ? ExitCode::kRolledBack : ExitCode::kInterrupted));
  (void)Resume(trial.options);
  CHECK(InterruptionsOf(trial).size() == (level == 1 ? 0 : 1));
}

constexpr const char* kRebootBody = R"(
  switch {
    work("/b")
    host.reboot()
    work("/c")
  }
)";

TEST_CASE("a reboot of the plan interrupts nothing; who dies after it does") {
  WindowTrial trial("", kRebootBody);
  trial.options.person_asked = false;
  SECTION("there and, after a failure, back") {
    trial.host.applies["switch/3"] = [](const steps::StepContext&) {
      return Status(Error{ErrorKind::kFailed, "no"});
    };
    CHECK(trial.Run().is_rebooting);
    CHECK(Recover(trial.options).is_rebooting);
    CHECK(Recover(trial.options).exit_code == ExitCode::kRolledBack);
    CHECK(InterruptionsOf(trial).empty());
  }
  SECTION("it does not come") {
    trial.host.processes_of_hand.takes_ms = -1;
    CHECK(trial.Run().is_rebooting);
    CHECK(Recover(trial.options).exit_code == ExitCode::kRolledBack);
    CHECK(InterruptionsOf(trial).size() == 1);
  }
  SECTION("the runner after it dies before it has seen that") {
    CHECK(trial.Run().is_rebooting);
    trial.stop = kStopKilled;
    CHECK(Recover(trial.options).exit_code == ExitCode::kInterrupted);
    trial.stop = 0;
    CHECK(Recover(trial.options).exit_code == ExitCode::kDone);
    CHECK(InterruptionsOf(trial).size() == 1);
  }
}

TEST_CASE("who ends because a person is needed was not cut off") {
  WindowTrial trial("", R"(
  switch  { work("/a") }
  cleanup { drop("/b") }
)",
                    std::string(kWork) + R"(
step drop(path: Path) {
  phase    cleanup
  writes   file(path)
  reverses by compensation
  takes    1s
  timeout  1m
  do       ["/bin/drop", path]
  undo     ["/bin/keep", path]
  observe  ["/bin/look", path]
}
)");
  trial.host.applies["cleanup/1"] = [](const steps::StepContext&) {
    return Status(Error{ErrorKind::kFailed, "no"});
  };
  CHECK(trial.Run().exit_code == ExitCode::kNeedsPerson);
  CHECK(Resume(trial.options).exit_code == ExitCode::kNeedsPerson);
  CHECK(InterruptionsOf(trial).empty());
  trial.host.applies["cleanup/1"] = [&](const steps::StepContext&) {
    trial.stop = kStopKilled;
    return Status(Error{ErrorKind::kInterrupted, "dead"});
  };
  CHECK(Resume(trial.options).exit_code == ExitCode::kInterrupted);
  trial.stop = 0;
  trial.host.applies.clear();
  CHECK(Resume(trial.options).exit_code == ExitCode::kDone);
  CHECK(InterruptionsOf(trial) == Where{"a runner was cut off after the commit, in `cleanup/1`"});
}

// Whatever it says last, and though it is killed again and again.
TEST_CASE("killed anywhere, each interruption is said once") {
  for (int at = 1, ended = 0; ended == 0; ++at) {
    CAPTURE(at);
    WindowTrial trial("");
    trial.kill_at = at;
    Outcome outcome = trial.Run();
    size_t kill_count = 0;
    size_t found_count = 0;
    while (outcome.exit_code == ExitCode::kInterrupted) {
      REQUIRE(++kill_count < 10);
      // Where its last word was that it is over, nobody finds anything.
      found_count += trial.HasRun() && !trial.View().is_finished ? 1 : 0;
      trial.stop = 0;
      trial.kill_at = kill_count < 3 ? trial.told_count + 2 : 0;
      outcome = Recover(trial.options);
    }
    if (trial.HasRun()) {
      CHECK(InterruptionsOf(trial).size() == found_count);
    }
    ended = kill_count == 0 ? 1 : 0;
  }
}

}  // namespace
}  // namespace upgraph::executor
