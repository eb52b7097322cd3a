// Tests of specs with several upgrades, and with gates.

#include "runtime/sim/play.h"
#include "tests/support/catch.h"
#include "tests/support/spec_text.h"

namespace upgraph::sim {
namespace {

constexpr const char* kHops = R"(import std.files
product box {
  installed files.first_line("/etc/box/release")
  releases  v1.0.0, v2.0.0, v3.0.0, v4.0.0
  stops     v3.0.0 "the data is rewritten overnight"
}
upgrade v1.0.0 -> v2.0.0 {
  downtime 1h
  switch { first: files.install("payload/2", to: "/etc/box/release") }
}
upgrade v2.0.0 -> v3.0.0 {
  downtime 1h
  switch { second: files.install("payload/3", to: "/etc/box/release") }
  verify { look: files.expect("/run/box") }
  cleanup { gone: files.remove("/srv/box-${from}") }
}
upgrade v3.0.0 -> v4.0.0 {
  downtime 1h
  switch { third: files.install("payload/4", to: "/etc/box/release") }
}
downgrade v2.0.0 -> v1.0.0 {
  downtime 1h
  switch { down: files.install("payload/1", to: "/etc/box/release") }
}
)";

constexpr const char* kGate = R"(import std.files
import std.http
import std.telemetry
product box {
  installed files.first_line("/etc/box/release")
  releases  v1.0.0, v2.0.0
}
let prom = telemetry.prometheus("http://127.0.0.1:9090")
upgrade v1.0.0 -> v2.0.0 {
  downtime 1h
  window   2h
  switch { release: files.install("payload/2", to: "/etc/box/release") }
  verify {
    gate edge for 10m, every 15s, baseline 1h, missing fails {
      http.code("http://127.0.0.1:8080/health") == 200
      prom.p99("edge") <= 1.1 * baseline
    }
  }
}
)";

ScenarioResult PlayOf(const std::string& spec, const std::string& lines) {
  driver::Options options;
  options.check_payload = false;
  const driver::Compilation compiled =
      driver::CompileText("box.upg", spec + "test \"it\" {\n" + lines + "\n}\n", "", options);
  INFO(support::Messages(compiled));
  REQUIRE(compiled.plan.has_value());
  auto player = Player::Make(*compiled.plan);
  REQUIRE(player.ok());
  return (*player)->Play(compiled.tests.at(0));
}

std::string FaultsIn(const std::string& spec, const std::string& lines) {
  const ScenarioResult result = PlayOf(spec, lines);
  std::string text = result.trouble;
  for (const Disappointment& fault : result.disappointments) {
    text += fault.expected + ": " + fault.actual + "\n";
  }
  return text;
}

TEST_CASE("a run goes over its hops up to a stop, and the next one goes on") {
  CHECK(FaultsIn(kHops,
                 "given installed v1.0.0\n"
                 "then done \"overnight\", path [v1.0.0, v2.0.0, v3.0.0], "
                 "installed v3.0.0, ran [first, second, look, gone], "
                 "\"/srv/box-2.0.0\" changed") == "");
  CHECK(FaultsIn(kHops,
                 "given installed v1.0.0\nwhen apply\n"
                 "then done, path [v1.0.0, v2.0.0, v3.0.0, v4.0.0], installed v4.0.0") == "");
  CHECK(FaultsIn(kHops, "given installed v1.0.0\nwhen apply\nthen installed v3.0.0") ==
        "installed v3.0.0: the host says v4.0.0\n");
}

TEST_CASE("what fails in the last hop brings back all of them") {
  CHECK(FaultsIn(kHops,
                 "given installed v1.0.0\nwhen look fails\n"
                 "then rolled_back, installed v1.0.0, reverted only [second, first]") == "");
  CHECK(FaultsIn(kHops,
                 "given installed v1.0.0\nwhen killed at second, apply\n"
                 "then rolled_back, installed v1.0.0, first reverted, second reverted") == "");
}

TEST_CASE("a target can be named, also one that lies below") {
  CHECK(FaultsIn(kHops,
                 "given installed v1.0.0, target v2.0.0\n"
                 "then done, path [v1.0.0, v2.0.0], ran only [first]") == "");
  CHECK(FaultsIn(kHops,
                 "given installed v2.0.0, target v1.0.0\n"
                 "then done, path [v2.0.0, v1.0.0], installed v1.0.0, ran only [down]") == "");
}

TEST_CASE("a gate holds unless the test says that it fails") {
  CHECK(FaultsIn(kGate, "given installed v1.0.0\nthen done, edge applied, installed v2.0.0") == "");
  CHECK(FaultsIn(kGate,
                 "given installed v1.0.0\nwhen edge fails\n"
                 "then rolled_back \"edge\", edge failed, release reverted, "
                 "installed v1.0.0") == "");
}

TEST_CASE("a gate takes its time on the simulated host, and none here") {
  const ScenarioResult result = PlayOf(kGate, "given installed v1.0.0\nthen done");
  CHECK(result.simulated_ms >= 10 * 60 * 1000);
}

}  // namespace
}  // namespace upgraph::sim
