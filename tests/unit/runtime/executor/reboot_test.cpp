// Reboots that a plan orders: forward over them, back over one, and what any other reboot does.

#include "tests/unit/runtime/executor/hand_host.h"

namespace upgraph::executor {
namespace {

using Calls = std::vector<std::string>;

// switch/1, the reboot, switch/3.
constexpr const char* kBody = R"(
  prepare { work("/a") }
  switch {
    work("/b")
    host.reboot()
    work("/c")
  }
)";

constexpr const char* kSwitch = R"(
  switch {
    work("/b")
    host.reboot()
    work("/c")
  }
)";

Act Fails() {
  return [](const steps::StepContext&) { return Status(Error{ErrorKind::kFailed, "no"}); };
}

class RebootTrial : public WindowTrial {
 public:
  explicit RebootTrial(const std::string& window = "", const std::string& body = kBody,
                       const std::string& top = kWork)
      : WindowTrial(window, body, top) {
    options.person_asked = false;
  }
  HandProcesses& processes() { return host.processes_of_hand; }
  // Up to the reboot that the plan orders; it has come then, if it comes.
  void RunToReboot() {
    const Outcome outcome = Run();
    INFO(outcome.reason);
    REQUIRE(outcome.exit_code == ExitCode::kInterrupted);
    REQUIRE(outcome.is_rebooting);
    REQUIRE(outcome.can_retry);
    REQUIRE(StateOf("switch/2") == history::StepState::kCaptured);
    told.clear();
  }
  Outcome Boot() { return Recover(options); }
  history::StepState StateOf(const std::string& path) const {
    const RunView view = View();
    for (const StepView& step : view.steps) {
      if (step.path == path) {
        return step.history.state;
      }
    }
    FAIL("no step " << path);
    return history::StepState::kPending;
  }
};

TEST_CASE("a reboot of the plan ends the runner, and the next boot goes on by itself") {
  RebootTrial trial;
  const Outcome asked = trial.Run();
  CHECK(asked.exit_code == ExitCode::kInterrupted);
  CHECK(asked.is_rebooting);
  CHECK(asked.reason ==
        "the system reboots, as the plan says; the run goes on after it, when `upgraph "
        "recover` is called");
  CHECK(trial.host.calls == Calls{"prepare/1", "switch/1"});
  CHECK(trial.StateOf("switch/2") == history::StepState::kCaptured);
  const Outcome outcome = trial.Boot();
  CHECK(outcome.reason == "v1.0.0 -> v2.0.0 is done");
  CHECK(outcome.exit_code == ExitCode::kDone);
  CHECK(trial.IsTold("resumed forward: the plan ordered the reboot"));
  CHECK(trial.host.calls == Calls{"prepare/1", "switch/1", "switch/3"});
  CHECK(trial.processes().reboot_count == 1);
  CHECK(trial.Boot().reason == "nothing to recover: no run is unfinished");
}

TEST_CASE("applying the same package again after the reboot goes on as well") {
  RebootTrial trial;
  trial.RunToReboot();
  CHECK(trial.Run().exit_code == ExitCode::kDone);
}

TEST_CASE("any other reboot turns back") {
  SECTION("before the one of the plan") {
    RebootTrial trial;
    trial.DieIn("switch/1");
    trial.clock.Reboot(1'000);
    CHECK(trial.Boot().exit_code == ExitCode::kRolledBack);
    CHECK(trial.IsTold("resumed back: nobody asked to go on"));
    CHECK(trial.processes().reboot_count == 0);
  }
  SECTION("after it: one more takes the run back, once all else is as it was") {
    RebootTrial trial;
    trial.RunToReboot();
    trial.host.applies["switch/3"] = [&](const steps::StepContext&) {
      trial.stop = kStopKilled;
      return Status(Error{ErrorKind::kInterrupted, "dead"});
    };
    CHECK_FALSE(trial.Boot().is_rebooting);
    trial.stop = 0;
    trial.host.calls.clear();
    trial.clock.Reboot(1'000);
    const Outcome asked = trial.Boot();
    CHECK(asked.is_rebooting);
    CHECK(asked.reason ==
          "the system reboots, as the plan says; the rollback ends after it, when "
          "`upgraph recover` is called");
    CHECK(trial.host.calls == Calls{"back switch/3", "back switch/1", "back prepare/1"});
    CHECK(trial.Boot().exit_code == ExitCode::kRolledBack);
    CHECK(trial.processes().reboot_count == 2);
  }
  SECTION("after a runner has seen the one of the plan and before it said so") {
    RebootTrial trial;
    trial.RunToReboot();
    trial.stop = kStopKilled;  // its fence is there, and nothing else
    CHECK(trial.Boot().exit_code == ExitCode::kInterrupted);
    trial.stop = 0;
    CHECK(trial.StateOf("switch/2") == history::StepState::kCaptured);
    SECTION("the same boot goes on") { CHECK(trial.Boot().exit_code == ExitCode::kDone); }
    SECTION("another one turns back") {
      trial.clock.Reboot(1'000);
      CHECK(trial.Boot().is_rebooting);
      CHECK(trial.Boot().exit_code == ExitCode::kRolledBack);
    }
  }
}

TEST_CASE("a reboot that was asked for and did not come is asked for again") {
  RebootTrial trial;
  trial.processes().takes_ms = -1;
  trial.RunToReboot();
  SECTION("when a person asks to go on") {
    trial.processes().takes_ms = 1'000;
    const Outcome outcome = Resume(trial.options);
    CHECK(outcome.is_rebooting);
    CHECK(trial.processes().reboot_count == 2);
    CHECK(trial.Boot().exit_code == ExitCode::kDone);
  }
  SECTION("and a way back needs none") {
    CHECK(trial.Boot().exit_code == ExitCode::kRolledBack);
    CHECK(trial.processes().reboot_count == 1);
    CHECK(trial.host.done.empty());
  }
}

TEST_CASE("a system that does not reboot fails the step") {
  RebootTrial trial;
  trial.processes().refuse_count = 3;
  const Outcome outcome = trial.Run();
  CHECK(outcome.exit_code == ExitCode::kRolledBack);
  CHECK(outcome.reason.find("`switch/2`: the system does not reboot: it was told not to") !=
        std::string::npos);
  CHECK(trial.processes().reboot_count == 1);
  CHECK(trial.host.done.empty());
}

TEST_CASE("a failure after the reboot goes back over one more, after all else") {
  RebootTrial trial;
  trial.RunToReboot();
  trial.host.applies["switch/3"] = Fails();
  trial.host.calls.clear();
  const Outcome asked = trial.Boot();
  CHECK(asked.is_rebooting);
  CHECK(trial.host.calls == Calls{"switch/3", "switch/3", "switch/3", "back switch/3",
                                  "back switch/1", "back prepare/1"});
  CHECK(trial.StateOf("switch/2") == history::StepState::kReverting);
  CHECK(trial.View().state == history::RunState::kTurningBack);
  SECTION("it has come") {
    const Outcome outcome = trial.Boot();
    CHECK(outcome.exit_code == ExitCode::kRolledBack);
    CHECK(outcome.reason.find("`switch/3`: no") != std::string::npos);
    CHECK(trial.StateOf("switch/2") == history::StepState::kReverted);
    CHECK(trial.processes().reboot_count == 2);
  }
}

TEST_CASE("a reboot of the way back that does not come is asked for again, or left over") {
  RebootTrial trial;
  trial.RunToReboot();
  trial.host.applies["switch/3"] = Fails();
  SECTION("it was accepted and did not come") {
    trial.processes().takes_ms = -1;
    CHECK(trial.Boot().is_rebooting);
    CHECK(trial.Boot().is_rebooting);
    trial.processes().takes_ms = 1'000;
    CHECK(trial.Boot().is_rebooting);
    CHECK(trial.Boot().exit_code == ExitCode::kRolledBack);
  }
  SECTION("it is refused: named, tried again, or taken for done") {
    trial.processes().refuse_count = 4;  // one was forward
    const Outcome outcome = trial.Boot();
    CHECK(outcome.exit_code == ExitCode::kIncomplete);
    REQUIRE(outcome.leftovers.size() == 1);
    CHECK(outcome.leftovers[0].step_path == "switch/2");
    CHECK(outcome.leftovers[0].left == std::vector<std::string>{"boot()"});
    SECTION("again") {
      CHECK(Resume(trial.options).is_rebooting);
      CHECK(trial.Boot().exit_code == ExitCode::kRolledBack);
    }
    SECTION("a person did it") {
      CHECK(Settle(trial.options, {{"switch/2"}, SettledAs::kReverted, "me"}).exit_code ==
            ExitCode::kDone);
      CHECK(Resume(trial.options).exit_code == ExitCode::kRolledBack);
      CHECK(trial.processes().reboot_count == 4);
    }
  }
}

TEST_CASE("nothing is rebooted onto a host that is not what it was") {
  RebootTrial trial;
  trial.RunToReboot();
  trial.host.applies["switch/3"] = Fails();
  trial.host.reverts["switch/1"] = Fails();
  const Outcome outcome = trial.Boot();
  CHECK(outcome.exit_code == ExitCode::kIncomplete);
  CHECK(trial.StateOf("switch/1") == history::StepState::kStuck);
  CHECK(trial.StateOf("switch/2") == history::StepState::kBlocked);
  CHECK(trial.processes().reboot_count == 1);
  SECTION("mended") {
    trial.host.reverts.clear();
    CHECK(Resume(trial.options).is_rebooting);
    CHECK(trial.Boot().exit_code == ExitCode::kRolledBack);
    CHECK(trial.host.done.empty());
  }
  SECTION("accepted") {
    CHECK(Settle(trial.options, {{"switch/1"}, SettledAs::kAccepted, "me"}).exit_code ==
          ExitCode::kDone);
    CHECK(Resume(trial.options).is_rebooting);
    const Outcome ended = trial.Boot();
    CHECK(ended.exit_code == ExitCode::kRolledBack);
    CHECK(ended.reason.find("because a person accepted it: `switch/1`") != std::string::npos);
  }
}

TEST_CASE("a rollback after the commit reboots once, however many reboots there were") {
  RebootTrial trial("", R"(
  switch {
    work("/a")
    host.reboot()
    work("/b")
    host.reboot()
  }
)");
  trial.RunToReboot();
  CHECK(trial.Boot().is_rebooting);
  CHECK(trial.Boot().exit_code == ExitCode::kDone);
  trial.clock.Reboot(1'000);  // days later, and it changes nothing
  CHECK(Rollback(trial.options).is_rebooting);
  CHECK(trial.host.done.empty());
  CHECK(trial.Boot().exit_code == ExitCode::kRolledBack);
  CHECK(trial.processes().reboot_count == 3);
}

// Twenty-five minutes there, as many back and half of that to spare: exactly the window.
TEST_CASE("over a reboot of the plan a run keeps its window, the reboot's own time counted") {
  RebootTrial trial("3750s", kSwitch);
  SECTION("it just fits") {
    trial.processes().takes_ms = 5 * kMinuteMs;
    CHECK(trial.Run().is_rebooting);
    CHECK(trial.Boot().exit_code == ExitCode::kDone);
  }
  SECTION("it took too long") {
    trial.processes().takes_ms = 5 * kMinuteMs + 1;
    CHECK(trial.Run().is_rebooting);
    CHECK(trial.Boot().is_rebooting);
    CHECK(trial.IsTold("resumed back: what is to be done takes 10m by estimate, 37m30s are kept"));
    CHECK(trial.Boot().exit_code == ExitCode::kRolledBack);
  }
}

TEST_CASE("a boot waits two minutes, and no more, for a clock that a window can be kept by") {
  RebootTrial trial("4h", kSwitch);
  CHECK(trial.Run().is_rebooting);
  trial.clock.synchronised_from_boot_ms = trial.clock.boot_ms + 120'000;
  SECTION("just in time") { CHECK(trial.Boot().exit_code == ExitCode::kDone); }
  SECTION("too late") {
    ++trial.clock.synchronised_from_boot_ms;
    CHECK(trial.Boot().is_rebooting);
    CHECK(trial.IsTold("resumed back: the window counts as over: nobody keeps the clock right"));
  }
}

TEST_CASE("a rollback after a reboot that is incomplete is left to a person by every boot") {
  RebootTrial trial;
  trial.RunToReboot();
  trial.host.applies["switch/3"] = Fails();
  trial.host.reverts["switch/1"] = Fails();
  CHECK(trial.Boot().exit_code == ExitCode::kIncomplete);
  trial.host.calls.clear();
  const Outcome outcome = trial.Boot();
  CHECK(outcome.exit_code == ExitCode::kIncomplete);
  CHECK(outcome.reason.find("waits for a person") != std::string::npos);
  CHECK(trial.host.calls.empty());
}

TEST_CASE("after a reboot that changed a fact the run turns back by itself, and on if asked") {
  const std::string top = std::string(kWork) + "let kind = files.first_line(\"/etc/kind\")\n";
  RebootTrial trial("", R"(
  switch {
    when kind == "as it was" { work("/b") }
    host.reboot()
    work("/c")
  }
)",
                    top);
  trial.RunToReboot();
  trial.host.other_fact = "another";
  SECTION("nobody asks") {
    const Outcome outcome = trial.Boot();
    CHECK(outcome.is_rebooting);
    CHECK(trial.IsTold("resumed back: fact `kind` was `as it was` and is `another` since"));
    CHECK(trial.Boot().exit_code == ExitCode::kRolledBack);
  }
  SECTION("a person does") { CHECK(Resume(trial.options).exit_code == ExitCode::kDone); }
}

// Kills the runner at every word that it says, with and without a power cut, and lets boots follow
// until the run has ended.
TEST_CASE("killed anywhere, a run with a reboot ends as the old host or the new one") {
  for (const bool fails : {false, true}) {
    int ended = 0;
    int turned_back = 0;
    for (int at = 1; ended < 2; ++at) {
      for (const bool is_cut : {false, true}) {
        CAPTURE(fails, at, is_cut);
        RebootTrial trial;
        if (fails) {
          trial.host.applies["switch/3"] = Fails();
        }
        trial.kill_at = at;
        trial.processes().on_reboot = [&] { trial.host.calls.push_back("reboot"); };
        Outcome outcome = trial.Run();
        bool was_killed = trial.stop != 0;
        int boots = 0;
        for (; outcome.exit_code == ExitCode::kInterrupted; ++boots) {
          REQUIRE(boots < 10);
          was_killed = was_killed || trial.stop != 0;
          if (trial.stop != 0 && is_cut) {
            trial.clock.Reboot(1'000);
            trial.host.calls.push_back("boot");
          }
          trial.stop = 0;
          outcome = trial.Boot();
        }
        CAPTURE(outcome.reason, trial.host.calls);
        const bool is_new = outcome.exit_code == ExitCode::kDone;
        const std::set<std::string> all = {"prepare/1", "switch/1", "switch/3"};
        CHECK((is_new || outcome.exit_code == ExitCode::kRolledBack));
        if (trial.HasRun()) {
          CHECK(trial.host.done == (is_new ? all : std::set<std::string>()));
        }
        // Where the plan's reboot had come, the last one comes after everything else.
        const Calls& calls = trial.host.calls;
        const auto reboot = std::find(calls.begin(), calls.end(), "reboot");
        if (!is_new && reboot != calls.end()) {
          const auto last = std::find(calls.rbegin(), calls.rend(), "back prepare/1");
          CHECK((last == calls.rend() || std::find(calls.rbegin(), last, "reboot") != last ||
                 std::find(calls.rbegin(), last, "boot") != last));
        }
        turned_back += is_new ? 0 : 1;
        ended += was_killed ? 0 : 1;
      }
    }
    CHECK(turned_back >= (fails ? 20 : 5));
  }
}

TEST_CASE("a host that is a folder is not reason enough to reboot this system") {
  RebootTrial trial;
  trial.options.host = nullptr;  // and the first step could not be done on it
  trial.scratch.Write("/etc/box/release", "1.0.0\n");
  const Outcome outcome = trial.Run();
  CHECK(outcome.exit_code == ExitCode::kRefused);
  CHECK(outcome.reason.find("`switch/2` would reboot this system, and the host is the folder") !=
        std::string::npos);
  CHECK(outcome.reason.find("`--may-reboot` lets it") != std::string::npos);
}

}  // namespace
}  // namespace upgraph::executor
