// Secrets: where they are read, what is refused, and that no command and no error shows one.

#include "runtime/steps/secret.h"

#include "runtime/steps/registry.h"
#include "tests/unit/runtime/steps/step_host.h"

namespace upgraph::steps {
namespace {

using Catch::Matchers::Contains;
using test::StepHost;

constexpr const char* kCanary = "canary-3b9c51d0";

plan::Value SecretIn(const char* handle, const char* name, const std::string& text) {
  plan::Value value = test::Text(plan::ValueKind::kSecret, handle);
  value.fields.push_back({name, test::Text(plan::ValueKind::kPath, text)});
  return value;
}

std::string ReadOrWhyNot(StepHost* on, const plan::Value& value) {
  auto secret = ReadSecret(on->files, value);
  return secret.ok() ? *secret : "(" + secret.error().message + ")";
}

TEST_CASE("a secret is read from its file, without the line end") {
  StepHost on;
  on.host.Write("/etc/token", std::string(kCanary) + "\r\n", 0600);
  const plan::Value token = SecretIn("credentials.file", "path", "/etc/token");
  CHECK(ReadOrWhyNot(&on, token) == kCanary);
  on.host.Write("/etc/token", kCanary, 0400);
  CHECK(ReadOrWhyNot(&on, token) == kCanary);
}

TEST_CASE("what is no secret, or one that others know, is refused without being shown") {
  StepHost on;
  const plan::Value token = SecretIn("credentials.file", "path", "/etc/token");
  CHECK_THAT(ReadOrWhyNot(&on, token), Contains("/etc/token"));
  for (uint32_t mode : {0640, 0604, 0660, 0610}) {
    on.host.Write("/etc/token", kCanary, mode);
    CHECK_THAT(ReadOrWhyNot(&on, token), Contains("others than its owner"));
    CHECK_THAT(ReadOrWhyNot(&on, token), !Contains(kCanary));
  }
  on.host.Write("/etc/token", "\n", 0600);
  CHECK_THAT(ReadOrWhyNot(&on, token), Contains("is empty"));
  on.host.Write("/etc/token", std::string("a\0b", 3), 0600);
  CHECK_THAT(ReadOrWhyNot(&on, token), Contains("zero byte"));
  on.host.Write("/etc/token", std::string(65537, 'x'), 0600);
  CHECK_THAT(ReadOrWhyNot(&on, token), Contains("64 KiB"));
  CHECK_THAT(ReadOrWhyNot(&on, SecretIn("credentials.file", "path", "/etc")), Contains("no file"));
  CHECK_THAT(ReadOrWhyNot(&on, SecretIn("sql.no_password", "path", "/etc/token")),
             Contains("no secret"));
}

TEST_CASE("the host's stores are looked through in the order of systemd") {
  StepHost on;
  const plan::Value token = SecretIn("credentials.stored", "name", "box-token");
  CHECK_THAT(ReadOrWhyNot(&on, token), Contains("no credential `box-token`"));
  on.host.Write("/usr/lib/credstore/box-token", "third", 0600);
  CHECK(ReadOrWhyNot(&on, token) == "third");
  on.host.Write("/etc/credstore/box-token", "second", 0600);
  CHECK(ReadOrWhyNot(&on, token) == "second");
  on.host.Write("/run/credstore/box-token", "first", 0600);
  CHECK(ReadOrWhyNot(&on, token) == "first");
  for (const char* name : {"", "..", "a/b", "../shadow"}) {
    CHECK_THAT(ReadOrWhyNot(&on, SecretIn("credentials.stored", "name", name)),
               Contains("no name of a credential"));
  }
}

// A check that runs a shell script with the name of the secret's file as $1.
StepHost* Shell(StepHost* on, const std::string& script) {
  on->host.Write("/etc/token", std::string(kCanary) + "\n", 0600);
  on->step.kind = plan::StepKind::kCommand;
  on->step.undo = plan::UndoClass::kObserves;
  const plan::Value token = SecretIn("credentials.file", "path", "/etc/token");
  on->step.arguments = {{"token", token}};
  on->step.apply_command = {test::Text(plan::ValueKind::kString, "/bin/sh"),
                            test::Text(plan::ValueKind::kString, "-c"),
                            test::Text(plan::ValueKind::kString, script),
                            test::Text(plan::ValueKind::kString, "sh"), token};
  return on;
}

std::string RunAndSay(StepHost* on) {
  auto applied = CommandStep(on->step).Apply(on->Context(), Captured());
  return applied.ok() ? "" : applied.error().message;
}

TEST_CASE("a command reads a secret from a file that it is named, twice and in a child as well") {
  StepHost on;
  const std::string is_it = std::string("test \"$(cat $1)\" = ") + kCanary;
  CHECK(RunAndSay(Shell(&on, is_it + " && " + is_it + " && sh -c '" + is_it + "' sh $1")).empty());
}

TEST_CASE("no argument and no variable of a command holds a secret, and it cannot be changed") {
  StepHost on;
  const std::string look =
      std::string("grep -q ") + "canary" +
      "-3b9c /proc/self/environ && exit 1; tr '\\0' '\\n' < /proc/$$/cmdline | "
      "grep -c 'canary-3b9c51d0$' | grep -qx 0";
  CHECK(RunAndSay(Shell(&on, look)).empty());
  CHECK_FALSE(RunAndSay(Shell(&on, "echo x 2>/dev/null > $1")).empty());
}

TEST_CASE("what a command prints of a secret goes no further") {
  StepHost on;
  const std::string said = RunAndSay(Shell(&on, "echo \"bad token $(cat $1)\"; exit 3"));
  CHECK_THAT(said, Contains("bad token (secret)"));
  CHECK_THAT(said, !Contains(kCanary));
}

TEST_CASE("preflight finds a secret that is missing") {
  StepHost on;
  Shell(&on, "true");
  CHECK(CommandStep(on.step).EstimateCost(on.Context()).ok());
  REQUIRE(on.host.files().RemoveFile("/etc/token").ok());
  auto estimate = CommandStep(on.step).EstimateCost(on.Context());
  REQUIRE_FALSE(estimate.ok());
  CHECK_THAT(estimate.error().message, Contains("/etc/token"));
}

TEST_CASE("every occurrence is replaced") {
  CHECK(WithoutSecrets("a b a", {"a"}) == "(secret) b (secret)");
  CHECK(WithoutSecrets("a", {""}) == "a");
  CHECK(WithoutSecrets("secret", {"secret"}) == "(secret)");
}

}  // namespace
}  // namespace upgraph::steps
