// For how long a run makes a shutdown of this system wait.

#include "tests/unit/runtime/executor/hand_host.h"

namespace upgraph::executor {
namespace {

// Says when it is held, among what the steps do.
class HandInhibitor : public ShutdownInhibitor {
 public:
  explicit HandInhibitor(HandHost* host) : host_(*host) {}
  Status Take(const std::string& why) override {
    host_.calls.push_back("take");
    whys.push_back(why);
    return answer;
  }
  void LetGo() override { host_.calls.push_back("let go"); }

  Status answer = OkStatus();
  std::vector<std::string> whys;

 private:
  HandHost& host_;
};

struct InhibitedTrial : WindowTrial {
  InhibitedTrial() : WindowTrial("") { options.inhibitor = &inhibitor; }
  HandInhibitor inhibitor{&host};
};

using Calls = std::vector<std::string>;

TEST_CASE("a shutdown waits from before the first change to the end of the run") {
  InhibitedTrial trial;
  const Outcome outcome = trial.Run();
  CHECK(outcome.exit_code == ExitCode::kDone);
  CHECK(trial.host.calls == Calls{"take", "prepare/1", "switch/1", "let go"});
  REQUIRE(trial.inhibitor.whys.size() == 1);
  CHECK(trial.inhibitor.whys[0] == "run " + outcome.run_id + ": box v1.0.0 -> v2.0.0");
  CHECK_FALSE(trial.IsTold("not-inhibited"));
  SECTION("and over its rollback") {
    trial.host.calls.clear();
    CHECK(Rollback(trial.options).exit_code == ExitCode::kDone);
    CHECK(trial.host.calls == Calls{"take", "back switch/1", "back prepare/1", "let go"});
  }
  SECTION("nothing waits for whoever finds nothing to do") {
    trial.host.calls.clear();
    CHECK(Resume(trial.options).exit_code == ExitCode::kDone);
    CHECK(Tick(trial.options).exit_code == ExitCode::kDone);
    CHECK(Recover(trial.options).exit_code == ExitCode::kDone);
    CHECK(trial.host.calls.empty());
  }
}

TEST_CASE("a failure turns back while a shutdown still waits") {
  InhibitedTrial trial;
  trial.host.applies["switch/1"] = [](const steps::StepContext&) {
    return Status(Error{ErrorKind::kFailed, "no"});
  };
  CHECK(trial.Run().exit_code == ExitCode::kRolledBack);
  CHECK(trial.host.calls.front() == "take");
  CHECK(trial.host.calls.back() == "let go");
  CHECK(std::count(trial.host.calls.begin(), trial.host.calls.end(), "take") == 1);
  CHECK(std::count(trial.host.calls.begin(), trial.host.calls.end(), "let go") == 1);
}

TEST_CASE("a run that is stopped at once lets a shutdown go on, and the next boot turns it back") {
  InhibitedTrial trial;
  trial.options.person_asked = false;
  trial.host.applies["switch/1"] = [&](const steps::StepContext&) {
    trial.stop = 2;
    return Status(Error{ErrorKind::kInterrupted, "stopped"});
  };
  const Outcome outcome = trial.Run();
  CHECK(outcome.exit_code == ExitCode::kInterrupted);
  CHECK(trial.host.calls == Calls{"take", "prepare/1", "switch/1", "let go"});
  trial.stop = 0;
  trial.clock.Reboot(1'000);
  CHECK(Recover(trial.options).exit_code == ExitCode::kRolledBack);
  CHECK(trial.host.calls.back() == "let go");
}

TEST_CASE("where nothing makes a shutdown wait the run says so, once, and goes on") {
  InhibitedTrial trial;
  trial.inhibitor.answer = Error{ErrorKind::kFailed, "systemd-logind: it is masked"};
  trial.host.applies["switch/1"] = [](const steps::StepContext&) {
    return Status(Error{ErrorKind::kFailed, "no"});
  };
  CHECK(trial.Run().exit_code == ExitCode::kRolledBack);
  const std::string said =
      "not-inhibited nothing makes a shutdown wait for the run: systemd-logind: it is masked";
  CHECK(std::count(trial.told.begin(), trial.told.end(), said) == 1);
}

}  // namespace
}  // namespace upgraph::executor
