// The steps about jobs, names, flags and certificates: there and back, and what they refuse.

#include <functional>

#include "runtime/steps/registry.h"
#include "tests/unit/runtime/steps/step_host.h"

namespace upgraph::steps {
namespace {

using Catch::Matchers::Contains;
using test::StepHost;

constexpr const char* kChain =
    "leaf\n-----BEGIN CERTIFICATE-----\nMIIB+/x=\n-----END CERTIFICATE-----\n";

void SetValue(StepHost* on, const std::string& name, bool value) {
  plan::Value number;
  number.kind = plan::ValueKind::kBool;
  number.number = value ? 1 : 0;
  on->step.arguments.push_back({name, number});
}

void SetList(StepHost* on, const std::string& name, const std::vector<std::string>& texts) {
  plan::Value list;
  list.kind = plan::ValueKind::kList;
  for (const std::string& text : texts) {
    list.fields.push_back({"", test::Text(plan::ValueKind::kString, text)});
  }
  on->step.arguments.push_back({name, list});
}

// Applies the step, calls `look`, goes back, and holds the host to what it was.
void ThereAndBack(StepHost* on, const NativeStep& step, const std::function<void()>& look) {
  const auto before = on->host.Snapshot();
  REQUIRE(step.EstimateCost(on->Context()).ok());
  CHECK(step.Observe(on->Context(), nullptr, nullptr).world == World::kBefore);
  auto captured = step.Capture(on->Context());
  REQUIRE(captured.ok());
  auto applied = step.Apply(on->Context(), *captured);
  REQUIRE(applied.ok());
  CHECK(step.Observe(on->Context(), &*captured, &*applied).world == World::kAfter);
  CHECK(step.Observe(on->Context(), nullptr, nullptr).world == World::kAfter);
  look();
  REQUIRE(step.Apply(on->Context(), *captured).ok());
  look();
  for (int i = 0; i < 2; ++i) {
    REQUIRE(step.Revert(on->Context(), *captured).ok());
    on->RestoreTimes(*captured);
    CHECK(on->host.Snapshot() == before);
  }
}

std::string WhyRefused(StepHost* on, const NativeStep& step) {
  auto estimate = step.EstimateCost(on->Context());
  return estimate.ok() ? "" : estimate.error().message;
}

TEST_CASE("cron.suspend sets a file aside under a name that cron passes over") {
  StepHost on;
  on.host.Write("/etc/cron.d/reports", "* * * * * root true\n", 0600);
  on.SetArgument("file", "/etc/cron.d/reports");
  ThereAndBack(&on, CronSuspendStep(), [&] {
    CHECK_FALSE(on.host.Exists("/etc/cron.d/reports"));
    CHECK(on.host.Read("/etc/cron.d/reports.suspended") == "* * * * * root true\n");
    CHECK(on.host.files().Stat("/etc/cron.d/reports.suspended")->mode == 0600);
  });
}

TEST_CASE("cron.resume gives it back, and refuses to choose between two") {
  StepHost on;
  on.SetArgument("file", "/etc/cron.d/reports");
  CHECK_THAT(WhyRefused(&on, CronResumeStep()), Contains("there is no"));
  on.host.Write("/etc/cron.d/reports.suspended", "job\n");
  ThereAndBack(&on, CronResumeStep(), [&] {
    CHECK(on.host.Read("/etc/cron.d/reports") == "job\n");
    CHECK_FALSE(on.host.Exists("/etc/cron.d/reports.suspended"));
  });
  on.host.Write("/etc/cron.d/reports", "another\n");
  CHECK_THAT(WhyRefused(&on, CronResumeStep()), Contains("both exist"));
}

TEST_CASE("net.redirect writes the first line of the hosts file, its end takes that line alone") {
  StepHost on;
  on.host.Write("/etc/hosts", "127.0.0.1 localhost\n");
  on.SetArgument("name", "billing.example.com");
  on.SetArgument("to", "127.0.0.1");
  const std::string redirected =
      "127.0.0.1\tbilling.example.com\t# upgraph redirect\n127.0.0.1 localhost\n";
  ThereAndBack(&on, NetRedirectStep(), [&] { CHECK(on.host.Read("/etc/hosts") == redirected); });
  on.host.Write("/etc/hosts", redirected + "10.0.0.1 more\n");
  ThereAndBack(&on, NetEndRedirectStep(), [&] {
    CHECK(on.host.Read("/etc/hosts") == "127.0.0.1 localhost\n10.0.0.1 more\n");
  });
}

TEST_CASE("net.redirect takes no name that would be read as more than one word") {
  for (const char* name : {"", "a b", "a\n10.0.0.1 b", "a#b"}) {
    StepHost on;
    on.SetArgument("name", name);
    on.SetArgument("to", "127.0.0.1");
    CHECK_THAT(WhyRefused(&on, NetRedirectStep()), Contains("letters, digits"));
  }
}

TEST_CASE("a flag is a file that says on or off") {
  StepHost on;
  on.SetArgument("name", "new-backoff");
  SetValue(&on, "value", true);
  ThereAndBack(&on, FlagsSetStep(),
               [&] { CHECK(on.host.Read("/etc/flags.d/new-backoff") == "on\n"); });
  on.host.Write("/etc/flags.d/new-backoff", "off\n", 0640);
  ThereAndBack(&on, FlagsSetStep(), [&] {
    CHECK(on.host.Read("/etc/flags.d/new-backoff") == "on\n");
    CHECK(on.host.files().Stat("/etc/flags.d/new-backoff")->mode == 0640);
  });
  ThereAndBack(&on, FlagsRemoveStep(),
               [&] { CHECK_FALSE(on.host.Exists("/etc/flags.d/new-backoff")); });
}

TEST_CASE("no name of a flag leads out of the folder of flags") {
  for (const char* name : {"", "..", ".hidden", "a/b", "../shadow"}) {
    StepHost on;
    on.SetArgument("name", name);
    SetValue(&on, "value", true);
    CHECK_THAT(WhyRefused(&on, FlagsSetStep()), Contains("no name of a flag"));
    CHECK_THAT(WhyRefused(&on, FlagsRemoveStep()), Contains("no name of a flag"));
  }
}

TEST_CASE("a chain of certificates is installed, and nothing that is none") {
  const auto refused = [](const std::string& content) {
    StepHost on;
    on.payload.AddFile("payload/chain.pem", content);
    on.SetArgument("source", "payload/chain.pem");
    on.SetArgument("to", "/etc/chain.pem");
    return WhyRefused(&on, CertsInstallChainStep());
  };
  CHECK(refused(kChain).empty());
  CHECK(refused(std::string(kChain) + kChain).empty());
  CHECK_THAT(refused(""), Contains("no certificate"));
  CHECK_THAT(refused("-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----\n"),
             Contains("private key"));
  CHECK_THAT(refused("-----BEGIN CERTIFICATE-----\nMII\n"), Contains("without its end"));
  CHECK_THAT(refused("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"),
             Contains("without content"));
  CHECK_THAT(refused("-----BEGIN CERTIFICATE-----\nM I\n-----END CERTIFICATE-----\n"),
             Contains("base64"));
  StepHost on;
  on.payload.AddFile("payload/chain.pem", kChain);
  on.SetArgument("source", "payload/chain.pem");
  on.SetArgument("to", "/etc/chain.pem");
  ThereAndBack(&on, CertsInstallChainStep(),
               [&] { CHECK(on.host.Read("/etc/chain.pem") == kChain); });
}

std::string WhyFailed(StepHost* on, const NativeStep& step) {
  auto applied = step.Apply(on->Context(), Captured());
  return applied.ok() ? "" : applied.error().message;
}

TEST_CASE("net.scan_endpoints finds what is written out, and leaves out what is allowed") {
  StepHost on;
  on.host.Write("/etc/app/a.conf", "up = https://known.example.com/x\n");
  on.host.Write("/etc/app/sub/b.conf", "\n# see http://user:pw@old.example.com:8080/path\n");
  on.host.Write("/etc/app/image", std::string("\0https://in.binary", 18));
  on.SetArgument("folder", "/etc/app");
  SetList(&on, "allow", {"known.example.com"});
  const std::string why = WhyFailed(&on, NetScanEndpointsStep());
  CHECK(why ==
        "endpoints that are not in `allow`: `old.example.com:8080` at /etc/app/sub/b.conf:2");
  on.step.arguments.pop_back();
  SetList(&on, "allow", {"known.example.com", "old.example.com:8080"});
  CHECK(WhyFailed(&on, NetScanEndpointsStep()).empty());
}

TEST_CASE("credentials.scan says where one is, never which") {
  const std::string value = "hunter2canary";
  const auto found = [&](const std::string& line) {
    StepHost on;
    on.host.Write("/etc/app/conf", "first\n" + line + "\n");
    SetList(&on, "folders", {"/etc/app"});
    const std::string why = WhyFailed(&on, CredentialsScanStep());
    CHECK(why.find(value) == std::string::npos);
    return why;
  };
  CHECK(found("db.password = " + value) == "written out there: a credential at /etc/app/conf:2");
  CHECK_THAT(found("  \"api_key\": \"" + value + "\","), Contains("a credential"));
  CHECK_THAT(found("https://name:" + value + "@host/"), Contains("a password in an address"));
  CHECK_THAT(found("-----BEGIN RSA PRIVATE KEY-----"), Contains("a private key"));
  CHECK(found("password = ${DB_PASSWORD}").empty());
  CHECK(found("token = /run/credentials/token").empty());
  CHECK(found("# password = " + value).empty());
  CHECK(found("password =").empty());
  CHECK(found("tokenizer = fast").empty());
  CHECK(found("see https://host/a:b@c").empty());
}

TEST_CASE("a scan says how many more it found, and that a folder is not there") {
  StepHost on;
  std::string lines;
  for (int i = 0; i < 15; ++i) {
    lines += "password = x\n";
  }
  on.host.Write("/etc/app/conf", lines);
  SetList(&on, "folders", {"/etc/app"});
  CHECK_THAT(WhyFailed(&on, CredentialsScanStep()), Contains("; and 5 more"));
  on.step.arguments.clear();
  SetList(&on, "folders", {"/etc/none"});
  CHECK_THAT(WhyFailed(&on, CredentialsScanStep()), Contains("/etc/none"));
}

}  // namespace
}  // namespace upgraph::steps
