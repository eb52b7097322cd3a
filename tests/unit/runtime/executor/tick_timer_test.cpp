// The timer that calls `upgraph tick`: there while something is to come, and then as if it had
// never been.

#include "runtime/executor/tick_timer.h"

#include "tests/support/catch.h"
#include "tests/support/scratch_host.h"
#include "tests/unit/runtime/executor/hand_host.h"

namespace upgraph::executor {
namespace {

constexpr int64_t kLongAgoNs = 1'600'000'000'123'456'789;
constexpr int64_t kDayMs = 24 * 60 * kMinuteMs;

class RecordingSystemctl : public env::Processes {
 public:
  Result<env::CommandResult> Run(const env::Command& command) override {
    std::string line;
    for (const std::string& word : command.arguments) {
      line += (line.empty() ? "" : " ") + word;
    }
    lines.push_back(line);
    env::CommandResult result;
    result.exit_code = line.starts_with("systemctl " + failing) ? 1 : 0;
    result.output = result.exit_code == 0 ? "" : "it will not";
    return result;
  }
  std::vector<std::string> lines;
  std::string failing = "nothing";
};

// A run on a host whose system has a timer for it.
class LaterTrial : public WindowTrial {
 public:
  explicit LaterTrial(const std::string& body = kTwoSteps) : WindowTrial("", body) {
    system.Write("/etc/systemd/system/other.service", "[Unit]\n");
    REQUIRE(system.files().SetMtime(kUnitFolder, kLongAgoNs).ok());
    before = system.Snapshot();
    options.tick_timer = &timer;
  }
  test::ScratchHost system;
  RecordingSystemctl systemctl;
  TickTimer timer{system.files(), systemctl, "/srv/a host", "/usr/bin/upgraph", true};
  std::map<std::string, std::string> before;
};

TEST_CASE(
    "the timer for what is due later comes, durably and twice, and goes, and nothing else does") {
  LaterTrial trial;
  CHECK_FALSE(trial.timer.IsThere());
  for (int i = 0; i < 2; ++i) {
    REQUIRE(trial.timer.Install().ok());
    CHECK(trial.timer.IsThere());
  }
  CHECK(trial.systemctl.lines == std::vector<std::string>{"systemctl daemon-reload",
                                                          "systemctl start " + trial.timer.name()});
  const std::string timer = std::string(kUnitFolder) + "/" + trial.timer.name();
  const std::string service = timer.substr(0, timer.size() - 6) + ".service";
  CHECK(*trial.system.files().ReadLink("/etc/systemd/system/timers.target.wants/" +
                                       trial.timer.name()) == timer);
  CHECK(trial.system.Read(service).find(
            "ExecStart=\"/usr/bin/upgraph\" tick --root \"/srv/a host\"\n") != std::string::npos);
  CHECK(trial.system.files().Stat(kUnitFolder)->mtime_ns == kLongAgoNs);
  for (int i = 0; i < 2; ++i) {
    REQUIRE(trial.timer.Remove().ok());
    CHECK(trial.system.Snapshot() == trial.before);
  }
  CHECK(trial.systemctl.lines.back() == "systemctl stop " + trial.timer.name());
}

TEST_CASE("a run that is retained has a timer until a tick finds that nothing more is to come") {
  LaterTrial trial;
  CHECK(trial.Run().exit_code == ExitCode::kDone);
  CHECK(trial.timer.IsThere());
  CHECK(Tick(trial.options).reason == "nothing is due");
  CHECK(trial.timer.IsThere());
  trial.clock.Pass(365 * kDayMs);
  CHECK(Tick(trial.options).exit_code == ExitCode::kDone);
  CHECK_FALSE(trial.timer.IsThere());
  CHECK(trial.system.Snapshot() == trial.before);
}

TEST_CASE(
    "a run that was rolled back, one that is unfinished, and one that may not have no timer") {
  LaterTrial trial;
  SECTION("rolled back") {
    trial.host.applies["switch/1"] = [](const steps::StepContext&) {
      return Status(Error{ErrorKind::kFailed, "no"});
    };
    CHECK(trial.Run().exit_code == ExitCode::kRolledBack);
  }
  SECTION("unfinished") { trial.DieIn("switch/1"); }
  SECTION("it works on a folder alone") {
    const TickTimer other(trial.system.files(), trial.systemctl, "/srv/a host", "/usr/bin/upgraph",
                          false);
    trial.options.tick_timer = &other;
    CHECK(trial.Run().exit_code == ExitCode::kDone);
    trial.options.tick_timer = &trial.timer;
  }
  CHECK_FALSE(trial.timer.IsThere());
  CHECK(trial.systemctl.lines.empty());
}

TEST_CASE("a timer that systemd does not start fails no run, and is said") {
  LaterTrial trial;
  trial.systemctl.failing = "start";
  const Outcome outcome = trial.Run();
  CHECK(outcome.exit_code == ExitCode::kDone);
  CHECK(outcome.reason.find("; no timer calls `upgraph tick` for what is due later: `systemctl "
                            "start` failed: it will not") != std::string::npos);
}

}  // namespace
}  // namespace upgraph::executor
