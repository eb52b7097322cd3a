// Tests of a spec, played: what holds passes, and what does not is said with what is so instead.

#include "runtime/sim/play.h"

#include "tests/support/catch.h"
#include "tests/support/spec_text.h"

namespace upgraph::sim {
namespace {

constexpr const char* kTop = R"(
let db = sql.sqlite("/var/lib/box/box.db")
config settings = config.ini("/etc/box/box.ini") {
  server.listen : String = "0.0.0.0:443"
  report.mail   : String removed v2.0 "moved"
}
step tune(path: Path) {
  phases   switch, cleanup
  writes   file(path)
  reverses by compensation
  takes    1s
  retry    2
  timeout  10s
  do       ["tune", path]
  undo     ["untune", path]
}
)";

constexpr const char* kBody = R"(
  allow migration-without-lock because "a test"
  preflight { room: files.require_space("/var", 1MiB) }
  switch {
    schema: sql.migrate(db, "payload/migrations")
    keys: config.migrate(settings)
    parallel {
      tuned: tune("/etc/tuned")
      gone: files.remove("/srv/gone")
    }
    release: files.install("payload/release", to: "/etc/box/release")
  }
  verify { health: files.expect("/run/health") }
  cleanup { old: files.remove("/opt/box-${from}") }
  cleanup after 7d { later: files.remove("/opt/later") }
  watch 3d every 5m { files.exists("/run/up") == true } else { answer: tune("/etc/answer") }
)";

// Plays one test with these lines.
ScenarioResult Play(const std::string& lines) {
  driver::Options options;
  options.check_payload = false;
  const driver::Compilation compiled = driver::CompileText(
      "box.upg", support::SpecText(kTop, kBody) + "test \"it\" {\n" + lines + "\n}\n", "", options);
  INFO(support::Messages(compiled));
  REQUIRE(compiled.plan.has_value());
  auto player = Player::Make(*compiled.plan);
  REQUIRE(player.ok());
  return (*player)->Play(compiled.tests.at(0));
}

std::string Faults(const ScenarioResult& result) {
  std::string text = result.trouble;
  for (const Disappointment& fault : result.disappointments) {
    text += fault.expected + ": " + fault.actual + "\n";
  }
  return text;
}

std::string FaultsOf(const std::string& lines) {
  return Faults(Play("given installed v1.0.0\n" + lines));
}

size_t CountOf(const ScenarioResult& result, const std::string& what, const std::string& path) {
  size_t count = 0;
  for (const Happening& happening : result.happenings) {
    count += happening.what == what && happening.step_path == path ? 1 : 0;
  }
  return count;
}

TEST_CASE("a run without trouble is done, and what is not so is said") {
  CHECK(FaultsOf("then done, exit 0, installed v2.0.0, path [v1.0.0, v2.0.0]\n"
                 "then ran only [room, schema, keys, tuned, release, health, old], "
                 "settings changed, \"/opt/box-1.0.0\" changed, db changed, old applied")
            .starts_with("ran only"));  // `gone` ran as well
  CHECK(FaultsOf("then ran [schema, keys, gone, release, old], reverted only []") == "");
  CHECK(FaultsOf("then rolled_back, exit 3, installed v1.0.0, path [v1.0.0]\n"
                 "then reverted [schema], schema reverted, settings unchanged, "
                 "\"/srv/other\" changed, db reverted, \"/srv/more\" reverted") ==
        "rolled_back: it is done: v1.0.0 -> v2.0.0 is done\n"
        "exit 3: it is exit 0: v1.0.0 -> v2.0.0 is done\n"
        "installed v1.0.0: the host says v2.0.0\n"
        "path [v1.0.0]: the path is [v1.0.0, v2.0.0]\n"
        "reverted [schema]: `switch/schema` was not reverted: it is applied\n"
        "schema reverted: it is applied\n"
        "settings unchanged: `switch/keys` changed key(settings, *)\n"
        "\"/srv/other\" changed: it is as before\n"
        "db reverted: `switch/schema` changed file(/var/lib/box/box.db)\n"
        "\"/srv/more\" reverted: nothing ever changed it\n");
}

TEST_CASE("a check that does not hold brings everything back, last first") {
  CHECK(FaultsOf("when health fails\n"
                 "then rolled_back \"health\", health failed, installed v1.0.0\n"
                 "then settings unchanged, db reverted, \"/srv/gone\" reverted, old pending\n"
                 "then reverted [release, tuned, keys, schema]") == "");
  CHECK(FaultsOf("when health fails\nthen done") ==
        "done: it is rolled_back: rolled back to v1.0.0: `verify/health`: it fails, as the test "
        "says\n");
}

TEST_CASE("what fails before the run is opened is refused") {
  CHECK(FaultsOf("when room fails\nthen refused \"room\", schema pending, settings unchanged") ==
        "");
}

TEST_CASE("a step that fails once is tried again where it may be") {
  const ScenarioResult result = Play("given installed v1.0.0\nwhen tuned fails once\nthen done");
  CHECK(Faults(result) == "");
  CHECK(CountOf(result, "failed", "switch/3/tuned") == 1);
  CHECK(FaultsOf("when tuned fails 2 times\nthen done") == "");  // `retry 2`
  CHECK(FaultsOf("when tuned fails 3 times\nthen rolled_back, tuned reverted") == "");
  CHECK(FaultsOf("when keys fails once\nthen rolled_back, keys reverted") == "");
}

TEST_CASE("a step that sticks holds back what it touches, and no more") {
  CHECK(FaultsOf("when keys sticks, health fails\n"
                 "then incomplete, exit 4, keys stuck, schema reverted, settings changed") == "");
  CHECK(FaultsOf("when keys sticks, health fails, rollback\n"
                 "then rolled_back, keys reverted, settings unchanged") == "");
}

TEST_CASE("what somebody else changed is saved where it is a file, and left where it is data") {
  const ScenarioResult result =
      Play("given installed v1.0.0\nwhen keys drifts, health fails\nthen rolled_back");
  CHECK(Faults(result) == "");
  CHECK(CountOf(result, "drift", "switch/keys") == 1);
  CHECK(FaultsOf("when schema drifts, health fails\n"
                 "then incomplete, schema stuck, keys reverted, db changed") == "");
  // Asking again does not make it ours.
  CHECK(FaultsOf("when schema drifts, health fails, rollback\n"
                 "then incomplete, schema stuck, db changed") == "");
}

TEST_CASE("a runner that was killed leaves a run for the next one") {
  CHECK(FaultsOf("when killed at schema\nthen interrupted, exit 6, schema captured") == "");
  CHECK(FaultsOf("when killed at schema, resume\nthen done, installed v2.0.0, db changed") == "");
  CHECK(FaultsOf("when killed at schema, apply\nthen rolled_back, db unchanged") == "");
  CHECK(FaultsOf("when killed at schema, rollback\nthen rolled_back, db unchanged") == "");
  CHECK(FaultsOf("when killed at old, apply\nthen done, old applied") == "");
  CHECK(FaultsOf("when health fails, killed reverting keys\n"
                 "then interrupted, keys reverting, schema applied") == "");
  CHECK(FaultsOf("when health fails, killed reverting keys, resume\n"
                 "then rolled_back, settings unchanged, schema reverted") == "");
}

TEST_CASE("a run can be turned back while it goes, and after it is done") {
  CHECK(FaultsOf("when stopped at schema\nthen rolled_back, schema reverted, keys pending") == "");
  CHECK(FaultsOf("when rollback\nthen rolled_back, installed v1.0.0, settings unchanged") == "");
  CHECK(FaultsOf("when schema drifts, rollback\nthen refused \"somebody else\", db changed") == "");
  CHECK(FaultsOf("when apply\nthen done \"already there\", path [v1.0.0, v2.0.0]") == "");
}

TEST_CASE("what is given as found is left alone, forward and back") {
  CHECK(FaultsOf("given gone found\nwhen health fails\n"
                 "then rolled_back, gone found, \"/srv/gone\" unchanged") == "");
}

TEST_CASE("a step in doubt that cannot be seen is done again, or undone") {
  // `tune` has no `observe`.
  CHECK(FaultsOf("when killed at tuned, resume\nthen done, tuned applied") == "");
  CHECK(FaultsOf("when killed at tuned, apply\nthen rolled_back, tuned reverted, "
                 "\"/etc/tuned\" unchanged") == "");
}

TEST_CASE("a host that is at the target, or at none of the origins, has nothing to do") {
  CHECK(Faults(Play("given installed v2.0.0\nthen done \"already there\", settings unchanged")) ==
        "");
}

TEST_CASE("what waits for its time is done when that has passed, and not before") {
  CHECK(FaultsOf("then done, later pending, watch pending") == "");
  CHECK(FaultsOf("when 6d pass\nthen done, later pending, watch applied, answer found") == "");
  CHECK(FaultsOf("when 7d pass\nthen done, later applied, \"/etc/answer\" unchanged") == "");
  CHECK(FaultsOf("when 3d pass\nwhen 4d pass\nthen done, later applied") == "");
  CHECK(FaultsOf("when 7d pass, later fails\nthen needs_person, later captured") == "");
  CHECK(FaultsOf("when 7d pass, later fails\nwhen 1h pass\nthen done, later applied") == "");
  CHECK(FaultsOf("when later fails, 7d pass\nthen done, later applied") == "");
}

TEST_CASE("a watch that fails is answered once, and the answer goes back with the rest") {
  CHECK(FaultsOf("when 1h pass, watch fails once\nthen done, watch applied, answer applied") == "");
  CHECK(FaultsOf("when 1d pass\nwhen 1h pass, watch fails\nthen done, answer applied") == "");
  // It is over after three days.
  CHECK(FaultsOf("when 3d pass\nwhen 1h pass, watch fails\nthen done, answer found") == "");
  CHECK(FaultsOf("when 1h pass, watch fails\nwhen rollback\n"
                 "then rolled_back, answer reverted, \"/etc/answer\" unchanged") == "");
  CHECK(FaultsOf("when 1h pass, watch fails, answer fails\nthen needs_person, answer captured") ==
        "");
}

TEST_CASE("the same test goes the same way each time") {
  const ScenarioResult first = Play("given installed v1.0.0\nwhen health fails\nthen done");
  for (int i = 0; i < 5; ++i) {
    const ScenarioResult again = Play("given installed v1.0.0\nwhen health fails\nthen done");
    REQUIRE(again.happenings.size() == first.happenings.size());
    for (size_t j = 0; j < first.happenings.size(); ++j) {
      CHECK(again.happenings[j].step_path == first.happenings[j].step_path);
      CHECK(again.happenings[j].what == first.happenings[j].what);
    }
    CHECK(again.simulated_ms == first.simulated_ms);
  }
}

}  // namespace
}  // namespace upgraph::sim
