// What held of `verify` before the run, and what becomes of it at the end of a rollback.

#include "runtime/executor/verified.h"

#include "tests/unit/runtime/executor/hand_host.h"

namespace upgraph::executor {
namespace {

using Calls = std::vector<std::string>;

// verify/1 held before, and verify/2 does not: it turns the run back.
constexpr const char* kVerifyBody = R"(
  prepare { work("/a") }
  switch  { work("/b") }
  verify {
    files.expect("/health", contains: "ok", within: 3s)
    files.expect("/version", contains: "2")
  }
)";

Status No(const std::string& why) { return Error{ErrorKind::kFailed, why}; }

class VerifiedTrial : public WindowTrial {
 public:
  explicit VerifiedTrial(const std::string& body = kVerifyBody) : WindowTrial("", body) {
    options.person_asked = false;
    host.applies["verify/1"] = [this](const steps::StepContext& context) {
      asked_ms.push_back(clock.boot_ms);
      if (context.run_id.empty()) {
        return OkStatus();
      }
      return is_ill && clock.boot_ms < well_from_ms ? No("health is bad") : OkStatus();
    };
    host.applies["verify/2"] = [](const steps::StepContext&) { return No("no version"); };
    host.reverts["prepare/1"] = [this](const steps::StepContext&) {
      is_ill = breaks;
      back_ms = clock.boot_ms;
      asked_ms.clear();
      return OkStatus();
    };
  }
  size_t AskedAfterBack() const { return back_ms == 0 ? 0 : asked_ms.size(); }
  Outcome Resumed() { return Resume(options); }
  Outcome Say(SettledAs as) { return Settle(options, {{"verify/1"}, as, "user 0: a reason"}); }

  bool breaks = false;  // the way back leaves the service ill
  bool is_ill = false;
  int64_t well_from_ms = INT64_MAX;
  int64_t back_ms = 0;            // when the last step was back
  std::vector<int64_t> asked_ms;  // when verify/1 was asked, since then
};

TEST_CASE("what held before holds again: rolled back, and what did not hold is not asked") {
  VerifiedTrial trial;
  const Outcome outcome = trial.Run();
  CHECK(outcome.exit_code == ExitCode::kRolledBack);
  CHECK_THAT(outcome.reason,
             Catch::Matchers::Contains("what held before holds again (1 condition of `verify`)"));
  // Two looks before the run; both on the way forward; and the one that held.
  CHECK(trial.host.calls == Calls{"verify/1", "verify/2", "prepare/1", "switch/1", "verify/1",
                                  "verify/2", "back switch/1", "back prepare/1", "verify/1"});
  CHECK(trial.IsTold("held-again"));
  const RunView view = trial.View();
  REQUIRE(view.held.size() == 1);
  CHECK(view.held[0].step_path == "verify/1");
  CHECK(view.held[0].holds_again == true);
}

TEST_CASE("what held before and does not any more is named, and the rollback is incomplete") {
  VerifiedTrial trial;
  trial.breaks = true;
  const Outcome outcome = trial.Run();
  CHECK(outcome.exit_code == ExitCode::kIncomplete);
  CHECK_THAT(outcome.reason,
             Catch::Matchers::StartsWith("everything is back, and the rollback is incomplete, "
                                         "because `verify/1` does not hold as it did before"));
  REQUIRE(outcome.leftovers.size() == 1);
  const Leftover& leftover = outcome.leftovers[0];
  CHECK(leftover.step_path == "verify/1");
  CHECK_THAT(leftover.reason,
             Catch::Matchers::StartsWith("it held before the run and does not now: health is bad; "
                                         "`upgraph resolve verify/1 --as accepted --because WHY"));
  CHECK(leftover.command == "upgraph resume --root " + trial.scratch.root());
  CHECK(leftover.left.empty());
  CHECK(trial.host.done.empty());
  CHECK(trial.told[trial.told.size() - 2] == "broken health is bad");
  const RunView view = trial.View();
  CHECK(view.state == history::RunState::kIncomplete);
  REQUIRE(view.leftovers.size() == 1);
  CHECK(view.leftovers[0].reason == leftover.reason);
  REQUIRE(view.held.size() == 1);
  CHECK(view.held[0].holds_again == false);
  CHECK(view.held[0].seen == "health is bad");

  SECTION("asked again it still does not hold") {
    CHECK(trial.Resumed().exit_code == ExitCode::kIncomplete);
    CHECK(Rollback(trial.options).exit_code == ExitCode::kIncomplete);
    CHECK(trial.View().leftovers.size() == 1);
  }
  SECTION("a boot leaves it to a person") {
    const size_t asked = trial.asked_ms.size();
    CHECK(Recover(trial.options).exit_code == ExitCode::kIncomplete);
    CHECK(trial.asked_ms.size() == asked);
  }
  SECTION("mended, it is asked again and the run is rolled back") {
    trial.is_ill = false;
    CHECK(trial.Resumed().exit_code == ExitCode::kRolledBack);
    CHECK(trial.View().held[0].holds_again == true);
    for (const StepView& step : trial.View().steps) {
      CHECK(step.history.text.find("health is bad") == std::string::npos);
    }
  }
  SECTION("a person accepts it, and it is not asked any more") {
    const Outcome back = trial.Say(SettledAs::kReverted);
    CHECK(back.exit_code == ExitCode::kRefused);
    CHECK_THAT(back.reason, Catch::Matchers::StartsWith("`verify/1` only looks"));
    CHECK(trial.Say(SettledAs::kAccepted).exit_code == ExitCode::kDone);
    CHECK(trial.View().leftovers.empty());
    const size_t asked = trial.asked_ms.size();
    const Outcome ended = trial.Resumed();
    CHECK(ended.exit_code == ExitCode::kRolledBack);
    CHECK(trial.asked_ms.size() == asked);
    CHECK_THAT(ended.reason, Catch::Matchers::Contains("because a person accepted it: `verify/1`"));
    CHECK(trial.View().held[0].holds_again == false);
    CHECK(trial.View().held[0].is_accepted);
  }
  SECTION("what did not hold before cannot be settled") {
    CHECK(Settle(trial.options, {{"verify/2"}, SettledAs::kAccepted, "me"}).exit_code ==
          ExitCode::kRefused);
  }
}

TEST_CASE("a service has ten seconds to come up again, and no more than its own time beside") {
  VerifiedTrial trial;
  trial.breaks = true;
  SECTION("just in time") {
    trial.well_from_ms = 0;
    trial.host.reverts["switch/1"] = [&](const steps::StepContext&) {
      trial.well_from_ms = trial.clock.boot_ms + kAskAgainMsMin;
      return OkStatus();
    };
    CHECK(trial.Run().exit_code == ExitCode::kRolledBack);
    CHECK(trial.asked_ms.back() - trial.back_ms == kAskAgainMsMin);
  }
  SECTION("too late") {
    trial.well_from_ms = 0;
    trial.host.reverts["switch/1"] = [&](const steps::StepContext&) {
      trial.well_from_ms = trial.clock.boot_ms + kAskAgainMsMin + 1;
      return OkStatus();
    };
    CHECK(trial.Run().exit_code == ExitCode::kIncomplete);
    CHECK(trial.asked_ms.back() - trial.back_ms == kAskAgainMsMin);
  }
}

TEST_CASE("before the run a condition is looked at once, without the time that it allows") {
  VerifiedTrial trial;
  std::vector<std::pair<int64_t, int64_t>> given;  // `within`, and until the deadline
  trial.host.applies["verify/1"] = [&](const steps::StepContext& context) {
    given.emplace_back(plan::FindField(context.step.arguments, "within")->number,
                       context.deadline_boot_ms - trial.clock.boot_ms);
    return OkStatus();
  };
  CHECK(trial.Run().exit_code == ExitCode::kRolledBack);
  CHECK(given == std::vector<std::pair<int64_t, int64_t>>{
                     {0, kLookMsMax}, {3'000, 13'000}, {3'000, 13'000}});
}

TEST_CASE("looks take half a minute in all: what is not asked by then did not hold") {
  std::string body = "switch { work(\"/b\") }\nverify {\n";
  for (int i = 0; i < 8; ++i) {
    body += "files.expect(\"/health\")\n";
  }
  VerifiedTrial trial(body + "}\n");
  for (int i = 1; i <= 8; ++i) {
    trial.host.applies[fmt::format("verify/{}", i)] = [](const steps::StepContext& context) {
      context.env.clock.SleepMs(context.run_id.empty() ? kLookMsMax : 0);
      return OkStatus();
    };
  }
  CHECK(trial.Run().exit_code == ExitCode::kDone);
  CHECK(trial.View().held.size() == kLooksMsMax / kLookMsMax);
}

TEST_CASE("who asks to stop while it is looked gets a refusal") {
  VerifiedTrial trial;
  trial.host.applies["verify/1"] = [&](const steps::StepContext&) {
    trial.stop = 1;
    return OkStatus();
  };
  const Outcome outcome = trial.Run();
  CHECK(outcome.exit_code == ExitCode::kRefused);
  CHECK(outcome.reason == "stopped before anything was touched");
  CHECK_FALSE(trial.HasRun());
}

TEST_CASE("a run that was done is turned back: what held before it is asked, nothing else") {
  VerifiedTrial trial;
  trial.host.applies["verify/2"] = [&](const steps::StepContext& context) {
    return context.run_id.empty() ? No("no version") : OkStatus();
  };
  REQUIRE(trial.Run().exit_code == ExitCode::kDone);
  trial.host.calls.clear();
  SECTION("it holds") {
    CHECK(Rollback(trial.options).exit_code == ExitCode::kDone);
    CHECK(trial.host.calls == Calls{"back switch/1", "back prepare/1", "verify/1"});
  }
  SECTION("it does not") {
    trial.breaks = true;
    CHECK(Rollback(trial.options).exit_code == ExitCode::kIncomplete);
    CHECK(trial.View().leftovers.at(0).step_path == "verify/1");
    CHECK(trial.Say(SettledAs::kAccepted).exit_code == ExitCode::kDone);
    CHECK(trial.Resumed().exit_code == ExitCode::kRolledBack);
  }
}

TEST_CASE("where nothing had to go back nothing is asked") {
  VerifiedTrial trial;
  trial.is_ill = true;
  trial.host.done.insert("prepare/1");  // found
  SECTION("one of two steps was done") {
    CHECK(trial.Run().exit_code == ExitCode::kIncomplete);
    CHECK(trial.View().held.at(0).holds_again == false);
  }
  SECTION("none was") {
    trial.host.done.insert("switch/1");
    CHECK(trial.Run().exit_code == ExitCode::kRolledBack);
    CHECK(trial.host.calls == Calls{"verify/1", "verify/2", "verify/1"});
    CHECK_FALSE(trial.View().held.at(0).holds_again.has_value());
  }
}

TEST_CASE("a run whose runner died before it could say what held looks again when it goes on") {
  VerifiedTrial trial;
  trial.breaks = true;
  trial.kill_at = 1;  // it was opened, and nothing else is durable
  REQUIRE(trial.Run().exit_code == ExitCode::kInterrupted);
  REQUIRE(trial.View().held.empty());
  trial.stop = 0;
  trial.host.applies["verify/1"] = [&](const steps::StepContext&) {
    return trial.is_ill ? No("health is bad") : OkStatus();
  };
  CHECK(trial.Resumed().exit_code == ExitCode::kIncomplete);
  CHECK(trial.View().held.size() == 1);
}

TEST_CASE("with something left over it is not asked; when that is settled it is") {
  VerifiedTrial trial;
  trial.breaks = true;
  trial.host.reverts["switch/1"] = [](const steps::StepContext&) { return No("jammed"); };
  const Outcome outcome = trial.Run();
  CHECK(outcome.exit_code == ExitCode::kIncomplete);
  CHECK(trial.AskedAfterBack() == 0);
  REQUIRE(outcome.leftovers.size() == 1);
  CHECK(outcome.leftovers[0].step_path == "switch/1");
  trial.host.reverts.erase("switch/1");
  const Outcome again = trial.Resumed();
  CHECK(again.exit_code == ExitCode::kIncomplete);
  REQUIRE(again.leftovers.size() == 1);
  CHECK(again.leftovers[0].step_path == "verify/1");
}

// The runner dies at every word that it says; boots follow until the run has ended.
TEST_CASE("killed anywhere, a rollback ends as what is asked at its end says") {
  for (const bool breaks : {false, true}) {
    int killed_asking = 0;
    for (int at = 1, ended = 0; ended == 0; ++at) {
      CAPTURE(breaks, at);
      VerifiedTrial trial;
      trial.breaks = breaks;
      trial.kill_at = at;
      Outcome outcome = trial.Run();
      const bool was_killed = trial.stop != 0;
      killed_asking += was_killed && trial.AskedAfterBack() > 0 ? 1 : 0;
      for (int boots = 0; outcome.exit_code == ExitCode::kInterrupted; ++boots) {
        REQUIRE(boots < 5);
        trial.stop = 0;
        outcome = Recover(trial.options);
      }
      CAPTURE(outcome.reason);
      if (trial.HasRun() && trial.back_ms != 0) {
        CHECK(outcome.exit_code == (breaks ? ExitCode::kIncomplete : ExitCode::kRolledBack));
        CHECK(trial.View().leftovers.size() == (breaks ? 1 : 0));
        CHECK(trial.View().held.at(0).holds_again == !breaks);
      }
      ended = was_killed ? 0 : 1;
    }
    CHECK(killed_asking >= 1);
  }
}

TEST_CASE("stopped at once while it is asked, it is asked again by the next command") {
  VerifiedTrial trial;
  trial.breaks = true;
  trial.host.applies["verify/1"] = [&](const steps::StepContext& context) {
    if (!context.run_id.empty() && trial.back_ms != 0) {
      trial.stop = 2;
    }
    return trial.is_ill ? No("health is bad") : OkStatus();
  };
  const Outcome outcome = trial.Run();
  CHECK(outcome.exit_code == ExitCode::kInterrupted);
  CHECK(trial.View().state == history::RunState::kTurningBack);
  CHECK(trial.View().held[0].seen.empty());
  trial.stop = 0;
  trial.is_ill = false;
  trial.host.applies.erase("verify/1");
  CHECK(Recover(trial.options).exit_code == ExitCode::kRolledBack);
}

TEST_CASE("over a reboot of the way back it is asked in the boot that follows") {
  VerifiedTrial trial(R"(
  switch {
    work("/a")
    host.reboot()
    work("/b")
  }
  verify { files.expect("/health") }
)");
  trial.host.applies["switch/3"] = [](const steps::StepContext&) { return No("no"); };
  trial.host.reverts["switch/1"] = [&](const steps::StepContext&) {
    trial.is_ill = true;  // until the system starts with what was there before
    return OkStatus();
  };
  trial.host.processes_of_hand.on_reboot = [&] {
    trial.host.calls.push_back("reboot");
    trial.is_ill = false;
  };
  REQUIRE(trial.Run().is_rebooting);
  REQUIRE(Recover(trial.options).is_rebooting);
  CHECK(trial.host.calls.back() == "reboot");
  CHECK(Recover(trial.options).exit_code == ExitCode::kRolledBack);
  CHECK(trial.host.calls.back() == "verify/1");
}

// A gate of which the second condition never held before, on the files of the scratch host.
class GateTrial : public WindowTrial {
 public:
  explicit GateTrial(const std::string& missing = "fails")
      : WindowTrial("", R"(
  switch { work("/b") }
  verify {
    gate edge for 1m, every 20s, settle 30s, baseline 1s, missing )" +
                            missing + R"( {
      files.exists("/srv/old") == true
      files.exists("/srv/new") == true
      files.number("/srv/queue") <= 1.5 * baseline
    }
  }
)") {
    scratch.Write("/srv/old", "");
    scratch.Write("/srv/queue", "4\n");
    host.reverts["switch/1"] = [this](const steps::StepContext&) {
      on_back();
      back_ms = clock.boot_ms;
      return OkStatus();
    };
  }
  int64_t TookMs() const { return clock.boot_ms - back_ms; }

  std::function<void()> on_back = [] {};
  int64_t back_ms = 0;
};

TEST_CASE("of a gate each condition that held is asked again, after what it takes to settle") {
  GateTrial trial;
  SECTION("they hold: the first look that says so is enough") {
    CHECK(trial.Run().exit_code == ExitCode::kRolledBack);
    CHECK(trial.View().held.size() == 2);
    CHECK(trial.TookMs() >= 30'000);
    CHECK(trial.TookMs() < 31'000);
  }
  SECTION("one does not, by the baseline from before the run") {
    trial.on_back = [&] { trial.scratch.Write("/srv/queue", "7\n"); };
    const Outcome outcome = trial.Run();
    CHECK(outcome.exit_code == ExitCode::kIncomplete);
    REQUIRE(outcome.leftovers.size() == 1);
    CHECK_THAT(
        outcome.leftovers[0].reason,
        Catch::Matchers::Contains("does not now: `files.number(\"/srv/queue\")` is 7, not <= "
                                  "6; `upgraph resolve"));
    CHECK(trial.TookMs() >= 90'000);
    CHECK(trial.TookMs() < 91'000);
    const RunView view = trial.View();
    REQUIRE(view.held.size() == 2);
    CHECK(view.held[0].condition == "files.exists(\"/srv/old\") == true");
    CHECK(view.held[0].holds_again == true);
    CHECK(view.held[1].holds_again == false);
    trial.scratch.Write("/srv/queue", "6\n");
    CHECK(Resume(trial.options).exit_code == ExitCode::kRolledBack);
  }
  SECTION("a reading that is missing does not hold") {
    trial.on_back = [&] { REQUIRE(trial.scratch.files().RemoveFile("/srv/queue").ok()); };
    CHECK(trial.Run().exit_code == ExitCode::kIncomplete);
  }
}

TEST_CASE("where a gate lets pass what is missing, so does the end of a rollback") {
  GateTrial trial("passes");
  trial.on_back = [&] { REQUIRE(trial.scratch.files().RemoveFile("/srv/queue").ok()); };
  CHECK(trial.Run().exit_code == ExitCode::kRolledBack);
}

}  // namespace
}  // namespace upgraph::executor
