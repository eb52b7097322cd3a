// The unit that a boot recovers by: there for the time of a run, and then as if it had never been.

#include "runtime/executor/boot_unit.h"

#include "tests/support/catch.h"
#include "tests/support/scratch_host.h"

namespace upgraph::executor {
namespace {

constexpr const char* kWants = "/etc/systemd/system/multi-user.target.wants";
constexpr int64_t kOldNs = 1'600'000'000'123'456'789;

class UnitTrial {
 public:
  explicit UnitTrial(bool has_wants) {
    system.Write("/etc/systemd/system/other.service", "[Unit]\n");
    if (has_wants) {
      REQUIRE(system.files().MakeDirectories(kWants, 0755).ok());
      REQUIRE(system.files().SetMtime(kWants, kOldNs).ok());
    }
    REQUIRE(system.files().SetMtime(kUnitFolder, kOldNs).ok());
    before = system.Snapshot();
  }
  test::ScratchHost system;
  BootUnit unit{system.files(), env::SystemProcesses(), {"/srv/a host", "/usr/bin/upgraph", true}};
  std::map<std::string, std::string> before;
};

TEST_CASE("the unit for a boot comes, durably and twice, and goes, and nothing else changes") {
  for (const bool has_wants : {false, true}) {
    CAPTURE(has_wants);
    UnitTrial trial(has_wants);
    CHECK_FALSE(trial.unit.IsThere());
    for (int i = 0; i < 2; ++i) {
      REQUIRE(trial.unit.Install().ok());
      CHECK(trial.unit.IsThere());
    }
    const std::string path = "/etc/systemd/system/" + trial.unit.name();
    CHECK(*trial.system.files().ReadLink(std::string(kWants) + "/" + trial.unit.name()) == path);
    CHECK(trial.system.Read(path).find(
              "ExecStart=\"/usr/bin/upgraph\" recover --root \"/srv/a host\"\n") !=
          std::string::npos);
    const std::string early = "upgraph-recover-early" + trial.unit.name().substr(15);
    CHECK(trial.system.Read("/etc/systemd/system/sysinit.target.wants/" + early)
              .find("ExecStart=\"/usr/bin/upgraph\" recover --early --root \"/srv/a host\"\n") !=
          std::string::npos);
    CHECK(trial.system.files().Stat(kUnitFolder)->mtime_ns == kOldNs);
    for (int i = 0; i < 2; ++i) {
      REQUIRE(trial.unit.Remove().ok());
      CHECK(trial.system.Snapshot() == trial.before);
    }
  }
}

TEST_CASE("a unit for a boot that was half written is written again, and one half removed goes") {
  UnitTrial trial(false);
  REQUIRE(trial.unit.Install().ok());
  REQUIRE(trial.system.files().RemoveFile(std::string(kWants) + "/" + trial.unit.name()).ok());
  CHECK_FALSE(trial.unit.IsThere());
  SECTION("again") {
    REQUIRE(trial.unit.Install().ok());
    CHECK(trial.unit.IsThere());
  }
  SECTION("its new text was left") {
    trial.system.Write("/etc/systemd/system/." + trial.unit.name() + ".tmp", "[Un");
    REQUIRE(trial.system.files().RemoveFile("/etc/systemd/system/" + trial.unit.name()).ok());
    REQUIRE(trial.unit.Install().ok());
    CHECK(trial.unit.IsThere());
  }
}

TEST_CASE("the folder of links stays when somebody else has put one there") {
  UnitTrial trial(false);
  REQUIRE(trial.unit.Install().ok());
  trial.system.Write(std::string(kWants) + "/other.service", "");
  REQUIRE(trial.unit.Remove().ok());
  CHECK(trial.system.Exists(std::string(kWants) + "/other.service"));
  CHECK_FALSE(trial.system.Exists("/etc/systemd/system/" + trial.unit.name()));
}

TEST_CASE("each root has a unit of its own, and nothing of a name is expanded in it") {
  test::ScratchHost system;
  const BootUnit here(system.files(), env::SystemProcesses(), {"/", "/usr/bin/upgraph", true});
  const BootUnit there(system.files(), env::SystemProcesses(),
                       {"/srv/100%$HOME\"\\\n", "/usr/bin/upgraph", true});
  CHECK(here.name() == "upgraph-recover.service");
  CHECK(there.name() != here.name());
  CHECK(there.Text().find("--root \"/srv/100%%$$HOME\\x22\\x5c\\x0a\"\n") != std::string::npos);
}

}  // namespace
}  // namespace upgraph::executor
