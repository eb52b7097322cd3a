// What a boot puts back that has nothing but files yet, and what it leaves to the recovery that
// comes later.

#include "tests/unit/runtime/executor/hand_host.h"

namespace upgraph::executor {
namespace {

using history::StepState;
using steps::WayBackNeeds;
using Calls = std::vector<std::string>;

constexpr const char* kEarlyBody = R"(
  prepare { work("/a") }
  switch {
    work("/b")
    work("/c")
    work("/d")
    work("/e")
  }
)";

class EarlyTrial : public WindowTrial {
 public:
  explicit EarlyTrial(const std::string& window = "", const std::string& body = kEarlyBody)
      : WindowTrial(window, body) {
    options.person_asked = false;
    host.needs = {{"switch/2", WayBackNeeds::kFiles}, {"switch/3", WayBackNeeds::kFiles}};
  }
  // Dies while it looks whether all is well, or earlier; the system is down for a second.
  void DieAndBoot(const std::string& path, int64_t down_ms = 1'000) {
    DieIn(path);
    host.calls.clear();
    clock.Reboot(down_ms);
  }
  Outcome Early() {
    options.is_early = true;
    const Outcome outcome = Recover(options);
    options.is_early = false;
    return outcome;
  }
  Outcome Late() { return Recover(options); }
  StepState StateOf(const std::string& path) const {
    const RunView view = View();
    for (const StepView& step : view.steps) {
      if (step.path == path) {
        return step.history.state;
      }
    }
    FAIL("no step " << path);
    return StepState::kPending;
  }
};

TEST_CASE("early what needs only files goes back, as far as the order lets it, and no further") {
  EarlyTrial trial;
  trial.DieAndBoot("switch/3");
  const Outcome early = trial.Early();
  CHECK(early.exit_code == ExitCode::kDone);
  CHECK(early.reason ==
        "2 of 2 steps that need only files are back; `upgraph recover` goes on later in the boot");
  CHECK(trial.host.calls == Calls{"back switch/3", "back switch/2"});
  CHECK(trial.View().state == history::RunState::kTurningBack);
  CHECK(trial.StateOf("switch/1") == StepState::kApplied);
  CHECK(trial.Late().exit_code == ExitCode::kRolledBack);
  CHECK(trial.IsTold("resumed back: it was turning back"));
  CHECK(trial.host.calls ==
        Calls{"back switch/3", "back switch/2", "back switch/1", "back prepare/1"});
  CHECK(trial.host.done.empty());
}

TEST_CASE("a step of which nobody can tell what it needs holds back everything before it") {
  EarlyTrial trial;
  trial.DieAndBoot("switch/4");
  const Outcome early = trial.Early();
  CHECK(early.exit_code == ExitCode::kDone);
  CHECK(early.reason.find("has nothing to put back that needs only files") != std::string::npos);
  CHECK(trial.host.calls.empty());
  CHECK(trial.View().state == history::RunState::kOpen);
  CHECK(trial.Late().exit_code == ExitCode::kRolledBack);
  CHECK(trial.host.calls == Calls{"back switch/4", "back switch/3", "back switch/2",
                                  "back switch/1", "back prepare/1"});
}

TEST_CASE("a step that only waits for services holds back what it touches alone") {
  EarlyTrial trial;
  trial.host.needs["switch/4"] = WayBackNeeds::kServices;
  trial.DieAndBoot("switch/4");
  CHECK(trial.Early().exit_code == ExitCode::kDone);
  CHECK(trial.host.calls == Calls{"back switch/3", "back switch/2"});
  CHECK(trial.Late().exit_code == ExitCode::kRolledBack);
  CHECK(trial.host.calls == Calls{"back switch/3", "back switch/2", "back switch/4",
                                  "back switch/1", "back prepare/1"});
}

TEST_CASE("early nothing is stuck: what does not go back is tried again later") {
  EarlyTrial trial;
  trial.DieAndBoot("switch/3");
  trial.host.reverts["switch/2"] = [](const steps::StepContext&) {
    return Status(Error{ErrorKind::kFailed, "read-only"});
  };
  const Outcome early = trial.Early();
  CHECK(early.exit_code == ExitCode::kInterrupted);
  CHECK(early.reason ==
        "1 of 2 steps that need only files is back; `switch/2`: read-only; `upgraph recover` goes "
        "on later in the boot");
  CHECK(trial.StateOf("switch/2") == StepState::kReverting);
  CHECK(trial.View().state == history::RunState::kTurningBack);
  SECTION("and goes back") {
    trial.host.reverts.clear();
    CHECK(trial.Late().exit_code == ExitCode::kRolledBack);
    CHECK(trial.host.done.empty());
  }
  SECTION("or is stuck then") {
    CHECK(trial.Late().exit_code == ExitCode::kIncomplete);
    CHECK(trial.StateOf("switch/2") == StepState::kStuck);
    trial.host.calls.clear();
    const Outcome again = trial.Early();
    CHECK(again.reason.find("waits for a person") != std::string::npos);
    CHECK(trial.host.calls.empty());
  }
}

TEST_CASE("asked to stop once, an early recovery stops at once") {
  EarlyTrial trial;
  trial.DieAndBoot("switch/3");
  trial.host.reverts["switch/3"] = [&](const steps::StepContext&) {
    trial.stop = 1;
    return OkStatus();
  };
  const Outcome early = trial.Early();
  CHECK(early.exit_code == ExitCode::kInterrupted);
  CHECK(early.reason.find("1 of 2 steps that need only files is back; stopped") !=
        std::string::npos);
  CHECK(trial.host.calls == Calls{"back switch/3"});
  trial.stop = 0;
  CHECK(trial.Late().exit_code == ExitCode::kRolledBack);
}

TEST_CASE("after a reboot of the plan an early recovery decides nothing") {
  EarlyTrial trial("", R"(
  switch {
    work("/b")
    host.reboot()
    work("/c")
  }
)");
  trial.host.needs = {{"switch/1", WayBackNeeds::kFiles}, {"switch/3", WayBackNeeds::kFiles}};
  REQUIRE(trial.Run().is_rebooting);
  trial.host.calls.clear();
  const Outcome early = trial.Early();
  CHECK(early.exit_code == ExitCode::kDone);
  CHECK(early.reason.find("its plan ordered the reboot") != std::string::npos);
  SECTION("the later one goes on forward") {
    CHECK(trial.Late().exit_code == ExitCode::kDone);
    CHECK(trial.host.calls == Calls{"switch/3"});
  }
  SECTION("a second reboot, and the run turns back early") {
    trial.DieIn("switch/3");
    trial.clock.Reboot(1'000);
    trial.host.calls.clear();
    CHECK(trial.Early().exit_code == ExitCode::kDone);
    CHECK(trial.host.calls == Calls{"back switch/3", "back switch/1"});
    CHECK(trial.Late().is_rebooting);
    CHECK(trial.Late().exit_code == ExitCode::kRolledBack);
    CHECK(trial.host.processes_of_hand.reboot_count == 2);
  }
}

TEST_CASE("an early recovery makes nothing where the state cannot be seen, and ends no run") {
  EarlyTrial trial;
  CHECK(trial.Early().reason.find("the state of the runs cannot be seen yet") == 0);
  CHECK_FALSE(trial.scratch.Exists(kStateFolder));
  trial.options.root += "/not-mounted";
  CHECK(trial.Early().reason.find("the state of the runs cannot be seen yet") == 0);
  trial.options.root = trial.scratch.root();
  trial.options.person_asked = true;
  CHECK(trial.Run().exit_code == ExitCode::kDone);
  trial.host.calls.clear();
  CHECK(trial.Early().reason.find("no run is unfinished") == 0);
  CHECK(trial.host.calls.empty());
}

TEST_CASE("what lies on a file system that is not mounted is not put back into its mount point") {
  EarlyTrial trial;
  trial.DieAndBoot("switch/3");
  const std::string stage = "/srv/.upgraph-" + trial.View().run_id;
  trial.scratch.Write(std::string(kStateFolder) + "/runs/" + trial.View().run_id + "/stages",
                      stage + "\n");
  const Outcome early = trial.Early();
  CHECK(early.exit_code == ExitCode::kDone);
  CHECK(early.reason.find("a file system that is not mounted yet") != std::string::npos);
  CHECK(trial.host.calls.empty());
  REQUIRE(trial.scratch.files().MakeDirectories(stage, 0700).ok());
  CHECK(trial.Early().exit_code == ExitCode::kDone);
  CHECK(trial.host.calls == Calls{"back switch/3", "back switch/2"});
}

// Nobody keeps the clock right that early in a boot.
TEST_CASE("an early recovery takes no time from a run, and later it is known again") {
  const bool is_over = GENERATE(false, true);
  EarlyTrial trial("6h");
  trial.DieAndBoot("switch/3", is_over ? 7 * 60 * kMinuteMs : kMinuteMs);
  trial.clock.is_synchronised = false;
  CHECK(trial.Early().exit_code == ExitCode::kDone);
  CHECK_FALSE(trial.IsTold("late the window"));
  trial.clock.is_synchronised = true;
  CHECK(trial.Late().exit_code == ExitCode::kRolledBack);
  CHECK(trial.IsTold("late the window") == is_over);
}

// Kills the early recovery at every word that it says; then another boot follows, or the later one.
TEST_CASE("killed anywhere in an early recovery, the run is back in the end and nothing is stuck") {
  for (const bool is_cut : {false, true}) {
    int killed = 0;
    for (int at = 1;; ++at) {
      CAPTURE(is_cut, at);
      EarlyTrial trial;
      trial.DieAndBoot("switch/3");
      trial.told_count = 0;
      trial.kill_at = at;
      (void)trial.Early();
      if (trial.stop == 0) {
        break;
      }
      ++killed;
      trial.stop = 0;
      if (is_cut) {
        trial.clock.Reboot(1'000);
        (void)trial.Early();
      }
      CHECK(trial.Late().exit_code == ExitCode::kRolledBack);
      CHECK(trial.host.done.empty());
      CHECK_FALSE(trial.IsTold("stuck"));
    }
    CHECK(killed >= 4);
  }
}

}  // namespace
}  // namespace upgraph::executor
