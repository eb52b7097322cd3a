// What a boot holds back for an unfinished run: which units, until when, and what is started then.

#include "runtime/executor/held_units.h"

#include <algorithm>

#include "runtime/executor/boot_unit.h"
#include "tests/support/catch.h"
#include "tests/support/plan_builder.h"
#include "tests/support/scratch_host.h"
#include "tests/unit/runtime/executor/hand_host.h"

namespace upgraph::executor {
namespace {

using plan::EffectKind;
using plan::Phase;
using plan::StepId;
using Units = std::vector<std::string>;

constexpr int64_t kBeforeNs = 1'600'000'000'123'456'789;
constexpr const char* kMarker = "/run/upgraph-recover.begun";

plan::Resource Of(const std::string& kind, const std::string& name) {
  return {kind, {name}, false, name == "*", plan::Overlap::kSameName};
}

class UnitPlan : public test::PlanBuilder {
 public:
  StepId Change(EffectKind kind, const std::string& unit, Phase phase = Phase::kSwitch) {
    const StepId step_id = Add(phase, std::to_string(plan().steps.size()));
    step(step_id).undo = plan::UndoClass::kByCompensation;
    Effect(step_id, kind, Of(kind == EffectKind::kWrites ? "unit" : "running", unit));
    return step_id;
  }
};

// Answers as systemd does, of units that all have one name.
class FakeSystemctl : public env::Processes {
 public:
  Result<env::CommandResult> Run(const env::Command& command) override {
    std::string line;
    for (const std::string& word : command.arguments) {
      line += (line.empty() ? "" : " ") + word;
    }
    lines.push_back(line);
    env::CommandResult result;
    result.exit_code = line.starts_with("systemctl " + failing) ? 1 : 0;
    result.output = line.starts_with("systemctl list-dependencies") ? wanted
                    : line.starts_with("systemctl show") ? command.arguments.back() + "\n"
                                                         : "";
    return result;
  }
  Units lines;
  std::string failing = "nothing";
  std::string wanted =
      "default.target\n  a.service\n    b@one.service\n    b@two.service\n  ab@.service\n";
};

class HeldTrial {
 public:
  explicit HeldTrial(bool has_folder) {
    system.Write("/etc/systemd/system/other.service", "[Unit]\n");
    REQUIRE(system.files().MakeDirectory("/run", 0755).ok());
    if (has_folder) {
      REQUIRE(system.files().MakeDirectories(kGeneratorFolder, 0755).ok());
      REQUIRE(system.files().SetMtime(kGeneratorFolder, kBeforeNs).ok());
    }
    REQUIRE(system.files().SetMtime("/etc/systemd", kBeforeNs).ok());
    before = Etc();
  }
  std::map<std::string, std::string> Etc() {
    std::map<std::string, std::string> found = system.Snapshot();
    std::erase_if(found, [](const auto& entry) { return entry.first.find("/etc") != 0; });
    return found;
  }
  // Nothing of /run outlives it.
  void Boot() { REQUIRE(system.files().RemoveFile(kMarker).ok()); }

  test::ScratchHost system;
  FakeSystemctl systemctl;
  HeldUnits held{system.files(), systemctl, "upgraph-recover.service"};
  std::map<std::string, std::string> before;
};

TEST_CASE(
    "a boot holds back what steps change before the commit, and nothing that a way back needs") {
  UnitPlan plan;
  plan.Change(EffectKind::kStops, "b.service", Phase::kPrepare);
  plan.Change(EffectKind::kWrites, "a.timer");
  plan.Change(EffectKind::kStarts, "b.service");
  CHECK(UnitsToHold(plan.plan()) == Units{"a.timer", "b.service"});
  SECTION("cleanup comes after it, reading is no change, and other kinds are no units") {
    plan.Change(EffectKind::kStops, "c.service", Phase::kCleanup);
    plan.Change(EffectKind::kReads, "d.service");
    plan.Write(Phase::kSwitch, "file", "/e.service");
    CHECK(UnitsToHold(plan.plan()) == Units{"a.timer", "b.service"});
  }
  SECTION("the way back needs one") {
    const StepId step_id = plan.Change(EffectKind::kNeeds, "b.service");
    CHECK(UnitsToHold(plan.plan()) == Units{"a.timer"});
    plan.step(step_id).undo = plan::UndoClass::kObserves;  // it has no way back
    CHECK(UnitsToHold(plan.plan()) == Units{"a.timer", "b.service"});
  }
  SECTION("it may need any") {
    plan.Change(EffectKind::kNeeds, "*");
    CHECK(UnitsToHold(plan.plan()).empty());
  }
  SECTION("what is not the name of a unit") {
    for (const char* name : {"*", "c", ".service", "c d.service", "c'.service", "c$.service",
                             "../c.service", "c/d.service", "c.service\n"}) {
      plan.Change(EffectKind::kWrites, name);
    }
    plan.Change(EffectKind::kWrites, std::string(193, 'c') + ".service");
    CHECK(UnitsToHold(plan.plan()) == Units{"a.timer", "b.service"});
    plan.Change(EffectKind::kWrites, "dev-c\\x2dd@:_.service");
    CHECK(UnitsToHold(plan.plan()) == Units{"a.timer", "b.service", "dev-c\\x2dd@:_.service"});
  }
}

TEST_CASE("going forward, a unit that was held back runs where its steps say that it does") {
  // Stopped and started; started for the first time; written alone.
  UnitPlan plan;
  plan.Change(EffectKind::kWrites, "written.service");
  plan.Change(EffectKind::kStops, "old.service");
  plan.Change(EffectKind::kStarts, "new.service");
  plan.Change(EffectKind::kStarts, "old.service");
  const Units units = UnitsToHold(plan.plan());
  const std::vector<Units> wanted = {{"old.service", "written.service"},
                                     {"old.service", "written.service"},
                                     {"written.service"},
                                     {"new.service", "written.service"},
                                     {"new.service", "old.service", "written.service"}};
  history::RunHistory history(4);
  history::Record record;
  record.kind = history::RecordKind::kRunOpen;
  REQUIRE(history.Add(record).ok());
  CHECK(UnitsUp(plan.plan(), history, units) == wanted[0]);
  for (uint32_t i = 0; i < 4; ++i) {
    CAPTURE(i);
    record.step_id = StepId(i);
    record.kind = history::RecordKind::kCaptured;
    REQUIRE(history.Add(record).ok());
    CHECK(UnitsUp(plan.plan(), history, units) == wanted[i]);
    record.kind = history::RecordKind::kApplied;
    REQUIRE(history.Add(record).ok());
    CHECK(UnitsUp(plan.plan(), history, units) == wanted[i + 1]);
  }
}

TEST_CASE("what holds units back comes, durably and twice, and goes, and nothing else changes") {
  for (const bool has_folder : {false, true}) {
    CAPTURE(has_folder);
    HeldTrial trial(has_folder);
    for (int i = 0; i < 2; ++i) {
      REQUIRE(trial.held.Install({"a.service", "b@.service"}).ok());
      CHECK(trial.held.Names() == Units{"a.service", "b@.service"});
    }
    REQUIRE(trial.held.Install({"a.service"}).ok());
    CHECK(trial.held.Names() == Units{"a.service"});
    CHECK(trial.system.files().Stat("/etc/systemd")->mtime_ns == kBeforeNs);
    CHECK_FALSE(trial.held.AreDown());
    for (int i = 0; i < 2; ++i) {
      REQUIRE(trial.held.Remove().ok());
      CHECK(trial.held.Names().empty());
      CHECK(trial.Etc() == trial.before);
    }
  }
}

TEST_CASE("in a boot that has begun the generator gives each unit its condition, and then none") {
  HeldTrial trial(false);
  const Units units = {"a.service", "dev-c\\x2dd.mount", "-.mount"};
  REQUIRE(trial.held.Install(units).ok());
  // On this machine its marker would be another's: it is looked for below the scratch root.
  std::string script = trial.held.Text(units, true);
  script.insert(script.find("[ -e /run") + 5, trial.system.root());
  const auto run = [&](const std::string& out) {
    env::Command command;
    command.arguments = {"/bin/sh", "-c", script, "generator", trial.system.root() + out};
    const auto result = env::SystemProcesses().Run(command);
    REQUIRE(result.ok());
    CHECK(result->output.empty());
    CHECK(result->exit_code == 0);
  };
  trial.Boot();
  run("/normal");
  for (const std::string& unit : units) {
    CHECK(
        trial.system.Read("/normal/" + unit + ".d/zz-upgraph.conf") ==
        "[Unit]\nBefore=upgraph-recover.service\nConditionPathExists=/run/upgraph-recover.begun\n");
  }
  CHECK(trial.system.files().List("/normal")->size() == 3);
  REQUIRE(trial.held.Free().ok());
  run("/later");
  CHECK_FALSE(trial.system.Exists("/later"));
}

TEST_CASE("what a boot has held back is started once, and only what a boot would start") {
  HeldTrial trial(false);
  const Units units = {"a.service", "b@.service", "c.service"};
  REQUIRE(trial.held.Install(units).ok());
  REQUIRE(trial.held.Free().ok());
  CHECK_FALSE(trial.held.AreDown());  // in the boot of the run nothing was held back
  trial.Boot();
  CHECK_FALSE(trial.held.AreDown());  // no runner is there yet
  REQUIRE(trial.held.Free().ok());
  CHECK(trial.held.AreDown());
  SECTION("systemd does it") {
    REQUIRE(trial.held.Start(units).ok());
    CHECK(trial.systemctl.lines.front() == "systemctl daemon-reload");
    CHECK(trial.systemctl.lines.back() ==
          "systemctl start --no-block -- a.service b@one.service b@two.service");
    CHECK_FALSE(trial.held.AreDown());
  }
  SECTION("none of them is wanted") {
    trial.systemctl.wanted = "default.target\n";
    REQUIRE(trial.held.Start(units).ok());
    CHECK(
        std::none_of(trial.systemctl.lines.begin(), trial.systemctl.lines.end(),
                     [](const std::string& line) { return line.starts_with("systemctl start"); }));
  }
  SECTION("systemd says no") {
    trial.systemctl.failing = GENERATE("daemon-reload", "list-dependencies", "show", "start");
    CHECK_FALSE(trial.held.Start(units).ok());
    CHECK(trial.held.AreDown());
  }
}

// A run that changes a unit beside its files, on a host that stands for the system.
class HeldRun : public WindowTrial {
 public:
  explicit HeldRun(const std::string& verify = "")
      : WindowTrial("", "switch { work(\"/a\")\n tune(\"a.service\")\n work(\"/b\") }\n" + verify,
                    std::string(kWork) + R"(
step tune(unit: UnitName) {
  phases   switch
  writes   unit(unit)
  reverses by compensation
  takes    1s
  timeout  1m
  do       ["/bin/do", unit]
  undo     ["/bin/undo", unit]
  observe  ["/bin/look", unit]
}
)") {
    options.boot_unit = &unit;
    options.person_asked = false;
  }
  void Die() {
    DieIn("switch/3");
    clock.Reboot(1'000);
    trial.Boot();
  }
  bool HasStarted() const { return !trial.systemctl.lines.empty(); }

  HeldTrial trial{false};
  BootUnit unit{trial.system.files(), trial.systemctl, {"/", "/usr/bin/upgraph", true, true}};
};

TEST_CASE("a recovery starts what its boot has held back when the old host is there again") {
  HeldRun run;
  run.Die();
  CHECK(run.unit.held().Names() == Units{"a.service"});
  run.host.reverts["switch/1"] = [&](const steps::StepContext&) {
    CHECK(run.unit.held().AreDown());
    CHECK_FALSE(run.HasStarted());
    return OkStatus();
  };
  const Outcome outcome = Recover(run.options);
  CHECK(outcome.exit_code == ExitCode::kRolledBack);
  CHECK(run.trial.systemctl.lines.back() == "systemctl start --no-block -- a.service");
  CHECK(run.trial.Etc() == run.trial.before);
}

TEST_CASE("a recovery that cannot start what was held back says so") {
  HeldRun run;
  run.Die();
  run.trial.systemctl.failing = "start";
  const Outcome outcome = Recover(run.options);
  CHECK(outcome.exit_code == ExitCode::kRolledBack);
  CHECK(outcome.reason.find("what this boot has held back is not started (a.service)") !=
        std::string::npos);
  CHECK(run.trial.Etc() == run.trial.before);
}

TEST_CASE("an incomplete rollback holds its units back in each boot, until it is settled") {
  HeldRun run;
  run.Die();
  run.host.reverts["switch/1"] = [](const steps::StepContext&) {
    return Status(Error{ErrorKind::kFailed, "no"});
  };
  for (int i = 0; i < 2; ++i) {
    const Outcome outcome = Recover(run.options);
    CHECK(outcome.exit_code == ExitCode::kIncomplete);
    CHECK(outcome.reason.ends_with(
        "; until the run has ended no boot starts a.service, but `systemctl start` does"));
    CHECK(run.unit.IsThere());
    CHECK(run.unit.held().AreDown());
    CHECK_FALSE(run.HasStarted());
    run.trial.Boot();
  }
  run.host.reverts.clear();
  const Outcome outcome = Resume(run.options);
  CHECK(outcome.exit_code == ExitCode::kRolledBack);
  CHECK(run.trial.systemctl.lines.back() == "systemctl start --no-block -- a.service");
  CHECK(run.trial.Etc() == run.trial.before);
}

TEST_CASE("what was held back runs before it is asked whether the old host serves again") {
  HeldRun run("verify { files.expect(\"/health\") }");
  run.Die();
  bool is_ill = false;
  run.host.applies["verify/1"] = [&](const steps::StepContext&) {
    CHECK(run.trial.systemctl.lines.back() == "systemctl start --no-block -- a.service");
    return is_ill ? Status(Error{ErrorKind::kFailed, "ill"}) : OkStatus();
  };
  SECTION("it does") { CHECK(Recover(run.options).exit_code == ExitCode::kRolledBack); }
  SECTION("it does not, and boots as it always did") {
    is_ill = true;
    CHECK(Recover(run.options).exit_code == ExitCode::kIncomplete);
    CHECK(run.View().leftovers.at(0).step_path == "verify/1");
  }
  CHECK(run.trial.Etc() == run.trial.before);
  CHECK(std::count(run.trial.systemctl.lines.begin(), run.trial.systemctl.lines.end(),
                   "systemctl start --no-block -- a.service") == 1);
}

TEST_CASE("whoever goes on forward has it started first, and a boot holds it back again") {
  HeldRun run;
  run.Die();
  run.host.applies["switch/3"] = [&](const steps::StepContext&) {
    CHECK_FALSE(run.unit.held().AreDown());
    CHECK(run.trial.systemctl.lines.back() == "systemctl start --no-block -- a.service");
    CHECK(run.unit.held().Names() == Units{"a.service"});
    return OkStatus();
  };
  CHECK(Resume(run.options).exit_code == ExitCode::kDone);
  CHECK(run.trial.Etc() == run.trial.before);
}

TEST_CASE("in the boot of the run nothing is held back and nothing started") {
  HeldRun run;
  run.host.applies["switch/3"] = [&](const steps::StepContext&) {
    CHECK(run.unit.held().Names() == Units{"a.service"});
    return Status(Error{ErrorKind::kFailed, "no"});
  };
  CHECK(run.Run().exit_code == ExitCode::kRolledBack);
  CHECK_FALSE(run.HasStarted());
  CHECK(run.trial.Etc() == run.trial.before);
}

TEST_CASE("a folder that does not stand for the system holds nothing back") {
  HeldRun run;
  const BootUnit other(run.trial.system.files(), run.trial.systemctl,
                       {"/", "/usr/bin/upgraph", true, false});
  run.options.boot_unit = &other;
  run.DieIn("switch/3");
  CHECK(other.IsThere());
  CHECK(other.held().Names().empty());
}

}  // namespace
}  // namespace upgraph::executor
