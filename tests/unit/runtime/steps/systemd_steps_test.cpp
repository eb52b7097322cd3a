// Units: started and stopped by a systemd that is played here, enabled on a host in a folder. What
// the real one does is in tests/system/units_test.py.

#include <map>

#include "runtime/steps/registry.h"
#include "tests/unit/runtime/steps/step_host.h"

namespace upgraph::steps {
namespace {

using Catch::Matchers::Contains;
using test::StepHost;

// The files of this system, on which systemd runs or does not.
class SystemFiles : public test::FailingFiles {
 public:
  explicit SystemFiles(env::Files& files) : FailingFiles(files) {}
  Result<std::string> RealPath(const std::string&) override { return std::string("/"); }
  Result<bool> Exists(const std::string& path) override {
    return path == "/run/systemd/system" ? Result<bool>(has_systemd) : FailingFiles::Exists(path);
  }
  bool has_systemd = true;
};

// systemctl, and a manager that knows one unit.
class FakeSystemd : public env::Processes {
 public:
  std::string state = "inactive";
  std::string after_start = "active";
  std::string loaded = "loaded";
  bool is_gone = false;  // its bus does not answer
  std::vector<std::string> calls;

  Result<env::CommandResult> Run(const env::Command& command) override {
    REQUIRE(command.arguments.size() > 3);
    REQUIRE(command.arguments[0] == "systemctl");
    const std::string verb = command.arguments[3];
    env::CommandResult result;
    if (is_gone) {
      result.exit_code = 1;
      result.output = "Failed to connect to bus\n";
      return result;
    }
    if (verb == "show") {
      result.output = "LoadState=" + loaded + "\nActiveState=" + state + "\nResult=success\n";
      return result;
    }
    calls.push_back(verb);
    if (verb == "start" && loaded != "loaded") {
      result.exit_code = 5;
      result.output = "Unit box.service not found.\n";
    } else if (verb == "start") {
      state = after_start;
    } else if (verb == "stop") {
      state = "inactive";
    }
    return result;
  }
};

struct UnitHost {
  StepHost on;
  SystemFiles files{on.host.files()};
  FakeSystemd systemd;
  env::Env env{files, systemd, env::SystemClock()};

  UnitHost() { on.SetArgument("unit", "box.service"); }
  StepContext Context() {
    StepContext base = on.Context();
    return {env,          base.plan,        base.step,
            base.payload, base.staging,     base.run_id,
            base.epoch,   base.attempt,     base.deadline_boot_ms,
            base.cancel,  base.work_lock_fd};
  }
  World Look(const NativeStep& step, const Captured* captured = nullptr,
             const Applied* applied = nullptr) {
    return step.Observe(Context(), captured, applied).world;
  }
};

TEST_CASE("systemd.start starts, reads the files first, and goes back by a stop") {
  UnitHost on;
  const NativeStep& step = SystemdStartStep();
  REQUIRE(step.EstimateCost(on.Context()).ok());
  CHECK(on.Look(step) == World::kBefore);
  const auto captured = step.Capture(on.Context());
  REQUIRE(captured.ok());
  for (int i = 0; i < 2; ++i) {
    const auto applied = step.Apply(on.Context(), *captured);
    REQUIRE(applied.ok());
    CHECK(on.Look(step, &*captured, &*applied) == World::kAfter);
  }
  CHECK(on.systemd.calls ==
        std::vector<std::string>{"daemon-reload", "start", "daemon-reload", "start"});
  CHECK(on.Look(step) == World::kAfter);  // for another run: found
  on.systemd.calls.clear();
  REQUIRE(step.Revert(on.Context(), *captured).ok());
  REQUIRE(step.Revert(on.Context(), *captured).ok());
  CHECK(on.systemd.calls == std::vector<std::string>{"stop"});
  CHECK(on.Look(step, &*captured) == World::kBefore);
}

TEST_CASE("systemd.stop stops, and goes back by a start that reads the files first") {
  UnitHost on;
  on.systemd.state = "active";
  const NativeStep& step = SystemdStopStep();
  CHECK(on.Look(step) == World::kBefore);
  const auto captured = step.Capture(on.Context());
  const auto applied = step.Apply(on.Context(), *captured);
  REQUIRE(applied.ok());
  CHECK(on.Look(step, &*captured, &*applied) == World::kAfter);
  on.systemd.calls.clear();
  REQUIRE(step.Revert(on.Context(), *captured).ok());
  CHECK(on.systemd.calls == std::vector<std::string>{"daemon-reload", "start"});
  CHECK(on.Look(step, &*captured) == World::kBefore);
}

TEST_CASE("a unit that does not come up, or does not come back, fails with what it is") {
  UnitHost on;
  const NativeStep& start = SystemdStartStep();
  const auto captured = start.Capture(on.Context());
  on.systemd.after_start = "activating";
  const auto applied = start.Apply(on.Context(), *captured);
  REQUIRE_FALSE(applied.ok());
  CHECK_THAT(applied.error().message, Contains("does not run: activating"));
  // Our own half way: done again, or stopped.
  CHECK(on.Look(start, &*captured) == World::kNeither);
  REQUIRE(start.Revert(on.Context(), *captured).ok());
  on.systemd.loaded = "not-found";
  const auto missing = start.Apply(on.Context(), *captured);
  REQUIRE_FALSE(missing.ok());
  CHECK_THAT(missing.error().message,
             Contains("there is no such unit") && Contains("Unit box.service not found."));
  const auto back = SystemdStopStep().Revert(on.Context(), Captured{"active", {}});
  REQUIRE_FALSE(back.ok());
}

TEST_CASE("what is on its way is waited for, and whoever does not answer is not known") {
  UnitHost on;
  for (const NativeStep* step : {&SystemdStartStep(), &SystemdStopStep()}) {
    on.systemd.state = "deactivating";
    CHECK(on.Look(*step) == World::kUnknown);
    on.systemd.is_gone = true;
    CHECK(on.Look(*step) == World::kUnknown);
    CHECK_THAT(step->Observe(on.Context(), nullptr, nullptr).detail,
               Contains("Failed to connect to bus"));
    const Captured captured{"inactive", {}};
    CHECK_FALSE(step->Apply(on.Context(), captured).ok());
    CHECK_FALSE(step->Revert(on.Context(), captured).ok());
    on.systemd.is_gone = false;
  }
}

TEST_CASE("a failed unit is down: it can be started, and is found stopped") {
  UnitHost on;
  on.systemd.state = "failed";
  CHECK(on.Look(SystemdStartStep()) == World::kBefore);
  CHECK(on.Look(SystemdStopStep()) == World::kAfter);
}

// Whatever becomes of a unit that we started, it is ours to stop; whoever stopped it has done so.
TEST_CASE("what became of a unit since is no reason not to go back") {
  UnitHost on;
  const NativeStep& step = SystemdStartStep();
  const auto captured = step.Capture(on.Context());
  const auto applied = step.Apply(on.Context(), *captured);
  for (const auto& [state, world] : std::map<std::string, World>{{"active", World::kAfter},
                                                                 {"activating", World::kAfter},
                                                                 {"failed", World::kBefore},
                                                                 {"inactive", World::kBefore}}) {
    on.systemd.state = state;
    CHECK(on.Look(step, &*captured, &*applied) == world);
  }
}

TEST_CASE("without a systemd of its own a host is refused before anything is touched") {
  StepHost below;
  below.SetArgument("unit", "box.service");
  UnitHost on;
  on.files.has_systemd = false;
  for (const NativeStep* step : {&SystemdStartStep(), &SystemdStopStep()}) {
    const auto folder = step->EstimateCost(below.Context());
    REQUIRE_FALSE(folder.ok());
    CHECK_THAT(folder.error().message, Contains("no systemd runs"));
    const auto other = step->EstimateCost(on.Context());
    REQUIRE_FALSE(other.ok());
    CHECK_THAT(other.error().message, Contains("not booted with systemd"));
  }
  CHECK(on.systemd.calls.empty());
}

TEST_CASE("systemd.expect_active waits, and says what the unit is instead") {
  UnitHost on;
  plan::Value within;
  within.kind = plan::ValueKind::kDuration;
  on.on.step.arguments.push_back({"within", within});
  const auto& step = static_cast<const ObservingStep&>(SystemdExpectActiveStep());
  on.systemd.state = "active";
  CHECK(step.Check(on.Context()).ok());
  on.systemd.state = "failed";
  const Status status = step.Check(on.Context());
  REQUIRE_FALSE(status.ok());
  CHECK_THAT(status.error().message, Contains("`box.service` does not run: failed"));
}

constexpr const char* kUnit =
    "[Unit]\nWantedBy=nobody.target\n[Service]\nExecStart=/bin/true\n[Install]\n# "
    "WantedBy=no.target\n"
    "WantedBy = multi-user.target  graphical.target\nRequiredBy=box.target\nAlias=crate.service\n";

TEST_CASE("systemd.enable makes the links of [Install], and takes exactly them away again") {
  StepHost on;
  on.SetArgument("unit", "box.service");
  on.host.Write("/etc/systemd/system/box.service", kUnit);
  on.host.Write("/etc/systemd/system/graphical.target.wants/other.service", "");
  const auto before = on.host.Snapshot();
  const NativeStep& step = SystemdEnableStep();
  REQUIRE(step.EstimateCost(on.Context()).ok());
  CHECK(step.Observe(on.Context(), nullptr, nullptr).world == World::kBefore);
  const auto captured = step.Capture(on.Context());
  REQUIRE(captured.ok());
  REQUIRE(step.Apply(on.Context(), *captured).ok());
  for (const char* link :
       {"multi-user.target.wants/box.service", "graphical.target.wants/box.service",
        "box.target.requires/box.service", "crate.service"}) {
    CHECK(on.host.files().ReadLink("/etc/systemd/system/" + std::string(link)).value() ==
          "/etc/systemd/system/box.service");
  }
  CHECK_FALSE(on.host.Exists("/etc/systemd/system/nobody.target.wants"));
  CHECK_FALSE(on.host.Exists("/etc/systemd/system/no.target.wants"));
  CHECK(step.Observe(on.Context(), nullptr, nullptr).world == World::kAfter);
  REQUIRE(step.Revert(on.Context(), *captured).ok());
  on.RestoreTimes(*captured);
  CHECK(on.host.Snapshot() == before);
}

TEST_CASE("systemd.disable takes away what pulls a unit in, and nothing else") {
  StepHost on;
  on.SetArgument("unit", "box.service");
  on.host.Write("/etc/systemd/system/box.service", kUnit);
  on.host.Write("/etc/systemd/system/a.target.wants/other.service", "");
  env::Files& files = on.host.files();
  for (const char* link : {"a.target.wants/box.service", "crate.service"}) {
    REQUIRE(files
                .MakeSymlink("/etc/systemd/system/box.service",
                             "/etc/systemd/system/" + std::string(link))
                .ok());
  }
  const auto before = on.host.Snapshot();
  const NativeStep& step = SystemdDisableStep();
  CHECK(step.Observe(on.Context(), nullptr, nullptr).world == World::kBefore);
  const auto captured = step.Capture(on.Context());
  REQUIRE(step.Apply(on.Context(), *captured).ok());
  CHECK_FALSE(on.host.Exists("/etc/systemd/system/a.target.wants/box.service"));
  CHECK_FALSE(on.host.Exists("/etc/systemd/system/crate.service"));
  CHECK(on.host.Exists("/etc/systemd/system/box.service"));
  CHECK(on.host.Exists("/etc/systemd/system/a.target.wants/other.service"));
  CHECK(step.Observe(on.Context(), nullptr, nullptr).world == World::kAfter);
  REQUIRE(step.Revert(on.Context(), *captured).ok());
  on.RestoreTimes(*captured);
  CHECK(on.host.Snapshot() == before);
}

TEST_CASE("an instance is enabled by the file of its template, and an empty value forgets") {
  StepHost on;
  on.SetArgument("unit", "box@7.service");
  on.host.Write("/usr/lib/systemd/system/box@.service",
                "[Install]\nWantedBy=a.target\nWantedBy=\nWantedBy=b.target\n");
  const NativeStep& step = SystemdEnableStep();
  const auto captured = step.Capture(on.Context());
  REQUIRE(captured.ok());
  REQUIRE(step.Apply(on.Context(), *captured).ok());
  CHECK(on.host.files().ReadLink("/etc/systemd/system/b.target.wants/box@7.service").value() ==
        "/usr/lib/systemd/system/box@.service");
  CHECK_FALSE(on.host.Exists("/etc/systemd/system/a.target.wants"));
}

TEST_CASE("what cannot be enabled is said, each for its own reason") {
  const std::pair<const char*, const char*> cases[] = {
      {"[Install]\nWantedBy=%i.target\n", "more than plain names"},
      {"[Install]\nWantedBy=a.target \\\n b.target\n", "more than plain names"},
      {"[Install]\nAlso=other.service\nWantedBy=a.target\n", "`Also` concerns other units"},
      {"[Install]\nWantedBy=../a.target\n", "is no name of a unit"},
      {"[Service]\nExecStart=/bin/true\n", "says nothing in [Install]"}};
  for (const auto& [text, why] : cases) {
    StepHost on;
    on.SetArgument("unit", "box.service");
    CHECK_THAT(SystemdEnableStep().EstimateCost(on.Context()).error().message,
               Contains("there is no file of the unit"));
    on.host.Write("/etc/systemd/system/box.service", text);
    const auto estimate = SystemdEnableStep().EstimateCost(on.Context());
    REQUIRE_FALSE(estimate.ok());
    CHECK_THAT(estimate.error().message, Contains(why));
  }
}

}  // namespace
}  // namespace upgraph::steps
