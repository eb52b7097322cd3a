// A reboot on the simulated host: the run goes on by itself, as after the boot of a real one.

#include "runtime/sim/play.h"
#include "tests/support/catch.h"
#include "tests/support/spec_text.h"

namespace upgraph::sim {
namespace {

constexpr const char* kRebootBody = R"(
  switch {
    kernel: files.install("payload/kernel", to: "/boot/kernel")
    restart: host.reboot()
    release: files.install("payload/release", to: "/etc/box/release")
  }
  verify { health: files.expect("/run/health") }
)";

void Passes(const std::string& lines) {
  driver::Options options;
  options.check_payload = false;
  const driver::Compilation compiled =
      driver::CompileText("box.upg",
                          "import std.host\n" + support::SpecText("", kRebootBody) +
                              "test \"it\" {\n" + "given installed v1.0.0\n" + lines + "\n}\n",
                          "", options);
  INFO(support::Messages(compiled));
  REQUIRE(compiled.plan.has_value());
  auto player = Player::Make(*compiled.plan);
  REQUIRE(player.ok());
  const ScenarioResult result = (*player)->Play(compiled.tests.at(0));
  INFO(result.reason);
  for (const Disappointment& disappointment : result.disappointments) {
    FAIL_CHECK(disappointment.expected << ": " << disappointment.actual);
  }
  CHECK(result.trouble.empty());
}

TEST_CASE("a simulated run goes forward over a reboot") {
  Passes("then done, ran only [kernel, restart, release, health], installed v2.0.0");
}

TEST_CASE("a simulated run that fails after a reboot goes back over one more, which comes last") {
  Passes(
      "when health fails\n"
      "then rolled_back, reverted only [release, kernel, restart], \"/boot/kernel\" reverted");
}

TEST_CASE(
    "a simulated runner that is killed before it asks for the reboot turns back without one") {
  Passes(
      "when killed at restart, apply\n"
      "then rolled_back, \"/boot/kernel\" reverted, restart reverted");
  Passes("when killed at restart, resume\nthen done, installed v2.0.0");
}

TEST_CASE("a simulated reboot fails, sticks, and dies on its way back") {
  Passes("when restart fails\nthen rolled_back, restart reverted");
  Passes("when health fails, restart sticks\nthen incomplete, restart stuck, kernel reverted");
  Passes("when health fails, killed reverting restart, resume\nthen rolled_back, restart reverted");
  Passes("when stopped at restart\nthen rolled_back, restart reverted, installed v1.0.0");
}

}  // namespace
}  // namespace upgraph::sim
