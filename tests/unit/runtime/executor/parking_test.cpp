// Runs that are prepared days ahead: parked, left alone, gone on with, or turned back.

#include "runtime/executor/boot_unit.h"
#include "tests/unit/runtime/executor/hand_host.h"

namespace upgraph::executor {
namespace {

using Calls = std::vector<std::string>;
using history::RunState;

constexpr int64_t kOneDayMs = 24 * 60 * kMinuteMs;
const std::set<std::string> kAll = {"prepare/1", "switch/1"};

class ParkingTrial : public WindowTrial {
 public:
  explicit ParkingTrial(const std::string& window = "", const std::string& body = kTwoSteps,
                        const std::string& top = kWork)
      : WindowTrial(window, body, top) {
    options.person_asked = false;
  }
  Outcome Prepare() {
    options.until_prepare = true;
    const Outcome outcome = Run();
    options.until_prepare = false;
    return outcome;
  }
  void Park() {
    const Outcome outcome = Prepare();
    INFO(outcome.reason);
    REQUIRE(outcome.exit_code == ExitCode::kDone);
    REQUIRE(View().state == RunState::kParked);
    told.clear();
  }
  Outcome GoOn() { return Resume(options); }
  // It is refused, for that reason, and the run is as it was.
  void StaysParked(const std::string& why) {
    const Outcome outcome = GoOn();
    INFO(outcome.reason);
    CHECK(outcome.exit_code == ExitCode::kRefused);
    CHECK(outcome.run_id == View().run_id);
    CHECK(outcome.reason.find(why) != std::string::npos);
    CHECK(outcome.reason.ends_with("; the run stays parked"));
    CHECK(View().state == RunState::kParked);
  }
};

TEST_CASE("what comes before the switch is done, and the run is parked") {
  ParkingTrial trial("4h");
  const Outcome outcome = trial.Prepare();
  CHECK(outcome.exit_code == ExitCode::kDone);
  CHECK(outcome.reason ==
        "v1.0.0 -> v2.0.0 is prepared, and the run is parked: `upgraph resume --window START` goes "
        "on with it, `upgraph rollback` turns it back");
  CHECK(trial.host.calls == Calls{"prepare/1"});
  CHECK(trial.IsTold("parked"));
  const RunView view = trial.View();
  CHECK(view.state == RunState::kParked);
  CHECK_FALSE(view.window.is_agreed());
  CHECK(view.turn_back_wall_ms == 0);
  CHECK(view.parked_wall_ms == trial.clock.wall_ms);
  const size_t record_count = view.records.size();
  SECTION("a boot, a tick and one more prepare leave it alone") {
    trial.clock.Reboot(kOneDayMs);
    const Outcome boot = Recover(trial.options);
    CHECK(boot.exit_code == ExitCode::kDone);
    CHECK(boot.reason.find("is parked, and no boot has anything to do for it") !=
          std::string::npos);
    CHECK(Tick(trial.options).exit_code == ExitCode::kDone);
    const Outcome again = trial.Prepare();
    CHECK(again.exit_code == ExitCode::kDone);
    CHECK(again.reason.find("is parked already: ") != std::string::npos);
    CHECK(trial.View().records.size() == record_count);
    CHECK(trial.host.calls == Calls{"prepare/1"});
  }
  SECTION("another package is refused, with what to do") {
    package::Package other = trial.package;
    other.digest = Sha256("another");
    const Outcome refused = Apply(trial.options, other);
    CHECK(refused.exit_code == ExitCode::kRefused);
    CHECK(refused.reason.find("of another package is parked: `upgraph resume --window START` goes "
                              "on with it, `upgraph rollback`") != std::string::npos);
  }
  SECTION("it is turned back") {
    const Outcome back = Rollback(trial.options);
    CHECK(back.exit_code == ExitCode::kDone);
    CHECK(trial.host.done.empty());
    CHECK(trial.View().state == RunState::kRolledBack);
  }
}

TEST_CASE("a parked run goes on when somebody resumes it, or applies its package again") {
  ParkingTrial trial;
  trial.Park();
  trial.clock.Pass(3 * kOneDayMs);
  const Outcome outcome = GENERATE(false, true) ? trial.GoOn() : trial.Run();
  CHECK(outcome.exit_code == ExitCode::kDone);
  CHECK(outcome.reason == "v1.0.0 -> v2.0.0 is done");
  CHECK(trial.IsTold("resumed forward: it was parked"));
  CHECK(trial.host.calls == Calls{"prepare/1", "switch/1"});
  CHECK(trial.View().state == RunState::kCommitted);
}

TEST_CASE("what fails in prepare, or later, turns all of it back") {
  ParkingTrial trial;
  const auto fail = [](const steps::StepContext&) {
    return Status(Error{ErrorKind::kFailed, "no"});
  };
  SECTION("in prepare") {
    trial.host.applies["prepare/1"] = fail;
    CHECK(trial.Prepare().exit_code == ExitCode::kRolledBack);
  }
  SECTION("days later") {
    trial.Park();
    trial.host.applies["switch/1"] = fail;
    CHECK(trial.GoOn().exit_code == ExitCode::kRolledBack);
  }
  SECTION("a boot days later finds a run that had gone on and was cut off") {
    trial.Park();
    trial.host.applies["switch/1"] = [&](const steps::StepContext&) {
      trial.stop = kStopKilled;
      return Status(Error{ErrorKind::kInterrupted, "dead"});
    };
    CHECK(trial.GoOn().exit_code == ExitCode::kInterrupted);
    trial.stop = 0;
    trial.clock.Reboot(1'000);
    CHECK(Recover(trial.options).exit_code == ExitCode::kRolledBack);
  }
  CHECK(trial.host.done.empty());
}

TEST_CASE("the window of a parked run is agreed when it goes on") {
  ParkingTrial trial("100m");
  trial.Park();
  // By no clock that could be believed, and longer than any window.
  trial.clock.is_synchronised = false;
  trial.clock.Reboot(3 * kOneDayMs);
  SECTION("it begins with the going on") {
    CHECK(trial.GoOn().exit_code == ExitCode::kDone);
    const history::Window window = trial.View().window;
    CHECK(window.end_wall_ms - window.begin_wall_ms == 100 * kMinuteMs);
    CHECK(window.begin_wall_ms == kStartMs + 3 * kOneDayMs + 10 * kMinuteMs);
  }
  SECTION("or at the moment that is given") {
    trial.options.window_begin_wall_ms = trial.clock.wall_ms + kMinuteMs;
    const Outcome early = trial.GoOn();
    CHECK(early.can_retry);
    trial.StaysParked("the window begins at");
    trial.clock.Pass(kMinuteMs);
    CHECK(trial.GoOn().exit_code == ExitCode::kDone);
    CHECK(trial.View().window.begin_wall_ms == trial.options.window_begin_wall_ms);
  }
  SECTION("and is not over") {
    trial.options.window_begin_wall_ms = trial.clock.wall_ms - 100 * kMinuteMs;
    trial.StaysParked("the window was from");
  }
  // The switch takes ten minutes, there and back with prepare twenty, and half of that to spare.
  SECTION("and holds what is left and the way back of all of it") {
    trial.options.window_begin_wall_ms = trial.clock.wall_ms - 60 * kMinuteMs - 1;
    trial.StaysParked("what is to be done takes 10m by estimate, 30m are kept for its way back");
    ++trial.options.window_begin_wall_ms;
    CHECK(trial.GoOn().exit_code == ExitCode::kDone);
  }
  SECTION("it is kept by who goes on after a crash") {
    trial.DieIn("switch/1");
    CHECK(trial.View().window.is_agreed());
    trial.options.window_begin_wall_ms = trial.clock.wall_ms + kMinuteMs;
    CHECK(trial.GoOn().reason.find("has its own window, from ") != std::string::npos);
    trial.options.window_begin_wall_ms = 0;
    trial.clock.Pass(80 * kMinuteMs);
    CHECK(trial.GoOn().exit_code == ExitCode::kRolledBack);
    CHECK(trial.IsTold("resumed back: what is to be done takes"));
  }
}

TEST_CASE("a run that is to be parked is brought there by who resumes it, and no further") {
  ParkingTrial trial("4h");
  trial.host.applies["prepare/1"] = [&](const steps::StepContext&) {
    trial.stop = kStopKilled;
    return Status(Error{ErrorKind::kInterrupted, "dead"});
  };
  CHECK(trial.Prepare().exit_code == ExitCode::kInterrupted);
  trial.stop = 0;
  trial.host.applies.clear();
  CHECK(trial.View().parks);
  SECTION("a boot turns it back") {
    trial.clock.Reboot(1'000);
    CHECK(Recover(trial.options).exit_code == ExitCode::kRolledBack);
    CHECK(trial.host.done.empty());
  }
  SECTION("a person does") {
    trial.options.window_begin_wall_ms = trial.clock.wall_ms;
    CHECK(trial.GoOn().reason.find("is not parked yet: without `--window`") != std::string::npos);
    trial.options.window_begin_wall_ms = 0;
    CHECK(trial.GoOn().exit_code == ExitCode::kDone);
    CHECK(trial.View().state == RunState::kParked);
    CHECK(trial.host.done == std::set<std::string>{"prepare/1"});
    CHECK(trial.GoOn().exit_code == ExitCode::kDone);
    CHECK(trial.host.done == kAll);
  }
  SECTION("but not one that was opened for all of it") {
    CHECK(Rollback(trial.options).exit_code == ExitCode::kDone);
    WindowTrial whole("");
    whole.DieIn("prepare/1");
    whole.options.until_prepare = true;
    const Outcome outcome = whole.Run();
    CHECK(outcome.exit_code == ExitCode::kRefused);
    CHECK(outcome.reason.find("unfinished and not to be parked") != std::string::npos);
  }
}

TEST_CASE("a fact that changed while the run was parked turns prepare back, and is named") {
  ParkingTrial trial("", R"(
  prepare { work("/a") }
  switch  { when kind == "as it was" { work("/b") } }
)",
                     std::string(kWork) + "let kind = files.first_line(\"/etc/kind\")\n");
  SECTION("by somebody") {
    trial.Park();
    trial.host.other_fact = "another";
    const Outcome outcome = trial.GoOn();
    CHECK(outcome.exit_code == ExitCode::kRolledBack);
    CHECK(outcome.reason.find("fact `kind` was `as it was` and is `another` since the run was "
                              "parked") != std::string::npos);
    CHECK(trial.host.done.empty());
  }
  SECTION("what prepare itself changes is no reason") {
    trial.host.applies["prepare/1"] = [&](const steps::StepContext&) {
      trial.host.other_fact = "prepared";
      return OkStatus();
    };
    trial.Park();
    CHECK(trial.GoOn().exit_code == ExitCode::kDone);
  }
  SECTION("what it was is not to be had any more") {
    trial.Park();
    trial.scratch.Write(std::string(kStateFolder) + "/runs/" + trial.View().run_id + "/parked.json",
                        "[]");
    CHECK(trial.GoOn().exit_code == ExitCode::kDamaged);
    CHECK(trial.View().state == RunState::kParked);
  }
}

TEST_CASE("what somebody did to what prepare left is named, and the run stays parked") {
  ParkingTrial trial("", R"(
  prepare {
    work("/a")
    work("/c")
  }
  switch { work("/b") }
)");
  trial.host.done.insert("prepare/2");  // found
  trial.Park();
  const std::string taken = GENERATE("prepare/1", "prepare/2");
  trial.host.done.erase(taken);
  trial.StaysParked(fmt::format(
      "what prepare left was changed by somebody else (1): `{}`: {}", taken,
      taken == "prepare/1" ? "it is as it was before the run" : "it stood before the run"));
  CHECK(trial.GoOn().findings.size() == 1);
  SECTION("mended, it goes on") {
    trial.host.done.insert(taken);
    CHECK(trial.GoOn().exit_code == ExitCode::kDone);
  }
  SECTION("it can be turned back all the same") {
    CHECK(Rollback(trial.options).exit_code == ExitCode::kDone);
    CHECK(trial.host.done.count("prepare/1") == 0);
  }
}

constexpr const char* kTunnel = R"(
type Tunnel
step open_tunnel(port: Int) : temporary Tunnel {
  phases   prepare
  writes   file("/run/tunnel-${port}")
  reverses by compensation
  takens
  ends     close_tunnel(port)
  do       ["/bin/open", port]
  undo     ["/bin/close", port]
  observe  ["/bin/look", port]
}
step close_tunnel(port: Int) {
  phases   cleanup
  writes   file("/run/tunnel-${port}")
  reverses by compensation
  takens
  do       ["/bin/close", port]
  undo     ["/bin/open", port]
  observe  ["/bin/look", port]
}
)";

TEST_CASE("what is temporary and ended while the run was parked is issued again") {
  std::string top = kTunnel;
  for (size_t at = top.find("takens"); at != std::string::npos; at = top.find("takens")) {
    top.replace(at, 6, "takes 1s\n  timeout 1m");
  }
  ParkingTrial trial("", R"(
  prepare { open_tunnel(7) }
  switch  { work("/b") }
)",
                     kWork + top);
  trial.Park();
  trial.host.done.erase("prepare/1");
  SECTION("and the run goes on") {
    CHECK(trial.GoOn().exit_code == ExitCode::kDone);
    CHECK(std::count(trial.host.calls.begin(), trial.host.calls.end(), "prepare/1") == 2);
    CHECK(trial.host.calls.back() == "cleanup/end/prepare/1");
  }
  SECTION("a runner that dies of it leaves what a boot turns back") {
    trial.host.applies["prepare/1"] = [&](const steps::StepContext&) {
      trial.stop = kStopKilled;
      return Status(Error{ErrorKind::kInterrupted, "dead"});
    };
    CHECK(trial.GoOn().exit_code == ExitCode::kInterrupted);
    trial.stop = 0;
    CHECK(Recover(trial.options).exit_code == ExitCode::kRolledBack);
    CHECK(trial.host.done.empty());
  }
}

TEST_CASE("preflight is asked again, and what it finds leaves the run parked") {
  ParkingTrial trial("", R"(
  preflight { files.expect("/etc/ok", within: 1s) }
  prepare   { work("/a") }
  switch    { work("/b") }
)");
  trial.Park();
  CHECK(trial.host.calls == Calls{"preflight/1", "prepare/1"});
  trial.host.applies["preflight/1"] = [](const steps::StepContext&) {
    return Status(Error{ErrorKind::kFailed, "it is not ok"});
  };
  trial.StaysParked("preflight found (1): `preflight/1`: it is not ok");
  trial.host.applies.clear();
  CHECK(trial.GoOn().exit_code == ExitCode::kDone);
}

TEST_CASE("a boot has something to do for a run at work, and nothing for one that is parked") {
  ParkingTrial trial;
  test::ScratchHost system;
  system.Write("/etc/systemd/system/other.service", "[Unit]\n");
  const auto before = system.Snapshot();
  const BootUnit unit(system.files(), trial.host.processes_of_hand,
                      {trial.scratch.root(), "/usr/bin/upgraph", true, true});
  trial.options.boot_unit = &unit;
  Calls there;
  for (const char* path : {"prepare/1", "switch/1"}) {
    trial.host.applies[path] = [&](const steps::StepContext& context) {
      there.push_back(unit.IsThere() ? context.step.path : "no unit");
      return OkStatus();
    };
  }
  trial.Park();
  CHECK(system.Snapshot() == before);
  SECTION("one that was left over by a kill goes with the next boot") {
    REQUIRE(unit.Install().ok());
    CHECK(Recover(trial.options).exit_code == ExitCode::kDone);
    CHECK(system.Snapshot() == before);
  }
  CHECK(trial.GoOn().exit_code == ExitCode::kDone);
  CHECK(there == Calls{"prepare/1", "switch/1"});
  CHECK(system.Snapshot() == before);
}

// The runner dies at every word that it says, in prepare and after the going on; a boot or a person
// comes by after it.
TEST_CASE("killed anywhere, a parked run is the old host, a prepared one, or the new one") {
  int parked_count = 0;
  int back_count = 0;
  int new_count = 0;
  for (const bool is_boot : {false, true}) {
    for (int at = 1, ended = 0; ended == 0; ++at) {
      CAPTURE(is_boot, at);
      ParkingTrial trial("4h");
      trial.kill_at = at;
      Outcome outcome = trial.Prepare();
      bool was_killed = false;
      for (int tries = 0; tries < 6; ++tries) {
        was_killed = was_killed || trial.stop != 0;
        if (trial.stop != 0) {
          trial.stop = 0;
          if (is_boot) {
            trial.clock.Reboot(1'000);
          }
          outcome = is_boot ? Recover(trial.options) : trial.GoOn();
        }
        if (!trial.HasRun()) {
          CHECK(trial.host.done.empty());
          break;
        }
        CAPTURE(tries, outcome.reason, trial.host.calls);
        const RunState state = trial.View().state;
        if (state == RunState::kParked) {
          ++parked_count;
          CHECK(trial.host.done == std::set<std::string>{"prepare/1"});
          CHECK(Recover(trial.options).exit_code == ExitCode::kDone);
          CHECK(trial.View().state == RunState::kParked);
          outcome = trial.GoOn();
        } else if (state == RunState::kRolledBack) {
          ++back_count;
          CHECK(is_boot);
          CHECK(trial.host.done.empty());
          break;
        } else if (state == RunState::kCommitted && outcome.exit_code == ExitCode::kDone) {
          ++new_count;
          CHECK(trial.host.done == kAll);
          break;
        } else {
          REQUIRE(trial.stop != 0);
        }
        REQUIRE(tries < 5);
      }
      ended = was_killed ? 0 : 1;
    }
  }
  CHECK(parked_count >= 10);
  CHECK(back_count >= 5);
  CHECK(new_count >= 5);
}

}  // namespace
}  // namespace upgraph::executor
