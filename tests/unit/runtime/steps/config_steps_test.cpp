#include <cstdlib>
#include <filesystem>
#include <memory>

#include "runtime/env/env.h"
#include "runtime/steps/file_step.h"
#include "runtime/steps/registry.h"
#include "tests/support/catch.h"

namespace upgraph {
namespace {

using plan::ConfigKey;
using plan::Value;
using plan::ValueKind;

constexpr const char* kPath = "/dten.ini";

class NoStaging : public steps::Staging {
 public:
  Result<std::string> FolderFor(const std::string&) override {
    return Error{ErrorKind::kUnsupported, "no staging here"};
  }
};

class NoPayload : public package::Payload {
 public:
  Result<std::vector<package::PayloadEntry>> Entries(const std::string&) const override {
    return Error{ErrorKind::kNotFound, "no payload here"};
  }
  Result<std::string> Read(const std::string&) const override {
    return Error{ErrorKind::kNotFound, "no payload here"};
  }
};

class NoProcesses : public env::Processes {
 public:
  Result<env::CommandResult> Run(const env::Command&) override {
    return Error{ErrorKind::kUnsupported, "no processes here"};
  }
};

class StillClock : public env::Clock {
 public:
  int64_t BootMs() override { return 1; }
  int64_t WallMs() override { return 1; }
  std::string BootId() override { return "boot"; }
  void SleepMs(int64_t) override {}
};

Value Text(ValueKind kind, const std::string& text) {
  Value value;
  value.kind = kind;
  value.text = text;
  return value;
}

Value Milliseconds(int64_t ms) {
  Value value;
  value.kind = ValueKind::kDuration;
  value.number = ms;
  return value;
}

ConfigKey Key(const std::string& name, ValueKind type) {
  ConfigKey key;
  key.name = name;
  key.type = type;
  return key;
}

// A host with the one file, and the matrix of it.
class ConfigHost {
 public:
  explicit ConfigHost(const std::string& text) {
    REQUIRE(::mkdtemp(root_.data()) != nullptr);
    files_ = std::move(env::OpenFiles(root_)).value();
    env_ = std::make_unique<env::Env>(env::Env{*files_, processes_, clock_});
    REQUIRE(files_->WriteNew(kPath, text, 0640).ok());
    plan_.upgrade.to = "5.0.0";
    plan::Config config;
    config.name = "settings";
    config.handle = Text(ValueKind::kHandle, "config.ini");
    config.handle.fields.push_back({"path", Text(ValueKind::kPath, kPath)});
    config.keys = {
        Key("server.listen", ValueKind::kString), Key("backoff.base", ValueKind::kDuration),
        Key("tls.ca_file", ValueKind::kPath),     Key("tls.chain", ValueKind::kPath),
        Key("report.mail", ValueKind::kString),   Key("wait", ValueKind::kDuration)};
    config.keys[1].unit = "ms";
    config.keys[2].removed = "5.0";
    config.keys[2].becomes = "tls.chain";
    config.keys[4].removed = "5.0";
    config.keys[5].unit = "s";
    plan_.configs.push_back(config);
    step_.arguments.push_back({"config", Text(ValueKind::kConfig, "settings")});
  }
  ~ConfigHost() { std::filesystem::remove_all(root_); }
  ConfigHost(const ConfigHost&) = delete;
  ConfigHost& operator=(const ConfigHost&) = delete;

  std::vector<ConfigKey>& keys() { return plan_.configs[0].keys; }
  plan::Upgrade& upgrade() { return plan_.upgrade; }
  env::Files& files() { return *files_; }

  void SetArguments(const std::string& key, const Value& value) {
    Value named = Text(ValueKind::kKey, key);
    named.fields.push_back({"config", Text(ValueKind::kString, "settings")});
    step_.arguments = {{"key", named}, {"value", value}};
  }

  Result<std::vector<steps::Replacement>> Wanted(const steps::NativeStep& step) {
    return static_cast<const steps::FileStep&>(step).Wanted(Context());
  }
  // The content that the step wants, or the error's message.
  std::string Content(const steps::NativeStep& step) {
    auto wanted = Wanted(step);
    if (!wanted.ok()) {
      return wanted.error().message;
    }
    REQUIRE(wanted->size() == 1);
    CHECK((*wanted)[0].target == kPath);
    CHECK((*wanted)[0].kind == steps::ObjectKind::kFile);
    CHECK((*wanted)[0].attributes_from == kPath);
    CHECK((*wanted)[0].mode == 0640);
    return (*wanted)[0].content;
  }
  // Empty when the audit finds nothing.
  std::string Audit() {
    Status checked =
        static_cast<const steps::ObservingStep&>(steps::ConfigAuditStep()).Check(Context());
    return checked.ok() ? "" : checked.error().message;
  }

 private:
  steps::StepContext Context() {
    return {*env_, plan_, step_, payload_, staging_, "run", 1, 1, 1000, cancel_, -1};
  }

  std::string root_ = "/tmp/upgraph-config-XXXXXX";
  std::unique_ptr<env::Files> files_;
  NoProcesses processes_;
  StillClock clock_;
  std::unique_ptr<env::Env> env_;
  plan::Plan plan_;
  plan::Step step_;
  NoPayload payload_;
  NoStaging staging_;
  std::atomic<bool> cancel_{false};
};

constexpr const char* kSample =
    "; DTEN edge gateway\n"
    "[server]\n"
    "listen = 0.0.0.0:8443     ; the lab's port\n"
    "[backoff]\n"
    "# milliseconds\n"
    "base=100\n"
    "[tls]\n"
    "ca_file  =  /etc/dten/chain.pem\n"
    "[report]\n"
    "mail = ops@example.com\n";

TEST_CASE("config.set spells a value by the key's unit") {
  ConfigHost host("[backoff]\nbase=100 ; ms\n");
  host.SetArguments("backoff.base", Milliseconds(250));
  CHECK(host.Content(steps::ConfigSetStep()) == "[backoff]\nbase=250 ; ms\n");
  host.SetArguments("backoff.base", Milliseconds(100));
  auto found = host.Wanted(steps::ConfigSetStep());
  REQUIRE(found.ok());
  CHECK(found->empty());
  host.SetArguments("wait", Milliseconds(2000));
  CHECK(host.Content(steps::ConfigSetStep()) == "wait = 2\n[backoff]\nbase=100 ; ms\n");
  host.SetArguments("server.listen", Text(ValueKind::kString, "[::]:443"));
  CHECK(host.Content(steps::ConfigSetStep()) ==
        "[backoff]\nbase=100 ; ms\n\n[server]\nlisten = [::]:443\n");
}

TEST_CASE("config.set refuses what it cannot spell") {
  ConfigHost host(kSample);
  host.SetArguments("wait", Milliseconds(1500));
  CHECK_FALSE(host.Wanted(steps::ConfigSetStep()).ok());
  host.SetArguments("backoff.base", Text(ValueKind::kString, "250"));
  CHECK_FALSE(host.Wanted(steps::ConfigSetStep()).ok());
  host.SetArguments("backoff.unknown", Milliseconds(1));
  CHECK_FALSE(host.Wanted(steps::ConfigSetStep()).ok());
  host.SetArguments("server.listen", Text(ValueKind::kString, "a ; b"));
  CHECK_FALSE(host.Wanted(steps::ConfigSetStep()).ok());
}

TEST_CASE("an edited link would become a file and is refused") {
  ConfigHost host(kSample);
  REQUIRE(host.files().RenameNew(kPath, "/real.ini").ok());
  host.SetArguments("backoff.base", Milliseconds(250));
  CHECK_FALSE(host.Wanted(steps::ConfigSetStep()).ok());
  REQUIRE(host.files().MakeSymlink("real.ini", kPath).ok());
  auto wanted = host.Wanted(steps::ConfigSetStep());
  REQUIRE_FALSE(wanted.ok());
  CHECK(wanted.error().kind == ErrorKind::kInvalid);
}

TEST_CASE("config.migrate moves what has a successor and removes the rest") {
  ConfigHost host(kSample);
  const std::string migrated =
      "; DTEN edge gateway\n"
      "[server]\n"
      "listen = 0.0.0.0:8443     ; the lab's port\n"
      "[backoff]\n"
      "# milliseconds\n"
      "base=100\n"
      "[tls]\n"
      "chain  =  /etc/dten/chain.pem\n"
      "[report]\n";
  CHECK(host.Content(steps::ConfigMigrateStep()) == migrated);
  ConfigHost after(migrated);
  auto found = after.Wanted(steps::ConfigMigrateStep());
  REQUIRE(found.ok());
  CHECK(found->empty());
  host.upgrade().to = "4.9.0";
  found = host.Wanted(steps::ConfigMigrateStep());
  REQUIRE(found.ok());
  CHECK(found->empty());
}

TEST_CASE("config.migrate follows a key over several releases and other units") {
  ConfigHost host("[backoff]\nbase=3000\n");
  host.keys()[1].removed = "4.9";
  host.keys()[1].becomes = "wait";
  CHECK(host.Content(steps::ConfigMigrateStep()) == "wait=3\n[backoff]\n");
  host.keys()[5].removed = "5.0";
  host.keys()[5].becomes = "server.wait";
  ConfigKey last = Key("server.wait", ValueKind::kDuration);
  host.keys().push_back(last);
  CHECK(host.Content(steps::ConfigMigrateStep()) == "[backoff]\n\n[server]\nwait=3s\n");
  host.keys().back().removed = "5.0";
  host.keys().back().becomes = "wait";
  CHECK_FALSE(host.Wanted(steps::ConfigMigrateStep()).ok());
}

TEST_CASE("config.migrate on the way down gives keys their old names and takes new ones away") {
  ConfigHost host("[tls]\nchain = /etc/dten/chain.pem\n[backoff]\nbase=3000\nlimit=9\n");
  ConfigKey limit = Key("backoff.limit", ValueKind::kInt);
  limit.since = "5.0";
  host.keys().push_back(limit);
  host.keys()[3].since = "5.0";
  host.upgrade().to = "4.8.3";
  // On the way up what comes later only is left alone.
  auto found = host.Wanted(steps::ConfigMigrateStep());
  REQUIRE(found.ok());
  CHECK(found->empty());
  host.upgrade().is_downgrade = true;
  CHECK(host.Content(steps::ConfigMigrateStep()) ==
        "[tls]\nca_file = /etc/dten/chain.pem\n[backoff]\nbase=3000\n");
  // Over several keys, in other units.
  host.keys()[1].removed = "4.9";
  host.keys()[1].becomes = "wait";
  host.keys()[5].since = "4.9";
  ConfigHost waits("wait=3\n");
  waits.keys() = host.keys();
  waits.upgrade().to = "4.8.3";
  waits.upgrade().is_downgrade = true;
  CHECK(waits.Content(steps::ConfigMigrateStep()) == "[backoff]\nbase=3000\n");
  // What both stands is nobody's to choose.
  ConfigHost both("[tls]\nca_file = /a\nchain = /b\n");
  both.keys()[3].since = "5.0";
  both.upgrade().to = "4.8.3";
  both.upgrade().is_downgrade = true;
  CHECK_FALSE(both.Wanted(steps::ConfigMigrateStep()).ok());
  CHECK(both.Audit().find("both stand") != std::string::npos);
}

TEST_CASE("config.migrate does not choose between an old and a new spelling") {
  ConfigHost host("[tls]\nca_file = /a\nchain = /b\n");
  auto wanted = host.Wanted(steps::ConfigMigrateStep());
  REQUIRE_FALSE(wanted.ok());
  CHECK(wanted.error().kind == ErrorKind::kExists);
}

TEST_CASE("config.audit tells all findings at once and no values") {
  CHECK(ConfigHost(kSample).Audit().empty());
  ConfigHost host(
      "wait = soon\n[backoff]\nbase = -7\n[tls]\nca_file = a.pem\nchain = /b\n"
      "[server]\nlisten = a\nlisten = b\n");
  CHECK(host.Audit() ==
        "`/dten.ini`: `server.listen` stands more than once; the value of `backoff.base` does not "
        "read as a Duration in ms; the value of `tls.ca_file` does not read as a Path; "
        "`tls.ca_file` and `tls.chain`, which it becomes, both stand; the value of `wait` does "
        "not read as a Duration in s");
  CHECK(ConfigHost("[a]\nno sign\n").Audit().find("`/dten.ini`: line 2 ") == 0);
}

}  // namespace
}  // namespace upgraph
