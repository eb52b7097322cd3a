// What a rollback leaves over on a real (small) host, and what a person's word about it comes to:
// in which order it is made durable, and what a runner that dies there leaves behind.

#include <algorithm>
#include <filesystem>

#include "plan/codec.h"
#include "runtime/executor/host_access.h"
#include "runtime/executor/run.h"
#include "runtime/executor/view.h"
#include "runtime/package/archive_reader.h"
#include "runtime/package/archive_writer.h"
#include "tests/support/catch.h"
#include "tests/support/failing_files.h"
#include "tests/support/memory_payload.h"
#include "tests/support/scratch_host.h"
#include "tests/support/spec_text.h"

namespace upgraph::executor {
namespace {

using history::StepState;

constexpr const char* kConf = "/etc/box/conf";

// Files on which one object cannot be put back, and that say what was synced and written.
class StubbornFiles : public test::FailingFiles {
 public:
  StubbornFiles(std::unique_ptr<env::Files> files, const bool* is_stubborn,
                std::vector<std::string>* calls)
      : FailingFiles(*files), owned_(std::move(files)), is_stubborn_(is_stubborn), calls_(*calls) {}

  Status Exchange(const std::string& a, const std::string& b) override {
    if (*is_stubborn_ && b == kConf) {
      return Error{ErrorKind::kPermission, "it will not be moved"};
    }
    return FailingFiles::Exchange(a, b);
  }
  Status SyncFileSystem(const std::string& path) override {
    calls_.push_back("sync " + path);
    return FailingFiles::SyncFileSystem(path);
  }
  Status SetMtime(const std::string& path, int64_t mtime_ns) override {
    calls_.push_back("time " + path);
    return FailingFiles::SetMtime(path, mtime_ns);
  }
  // The head of the journal is written after each commit.
  Status WriteAt(const std::string& path, uint64_t offset, const std::string& bytes) override {
    calls_.push_back("record");
    return FailingFiles::WriteAt(path, offset, bytes);
  }

 private:
  std::unique_ptr<env::Files> owned_;
  const bool* is_stubborn_;
  std::vector<std::string>& calls_;
};

class StubbornHost : public HostAccess {
 public:
  bool is_stubborn = false;
  bool has_lock = true;
  mutable std::vector<std::string> calls;

  Result<std::unique_ptr<env::Files>> OpenFiles(const std::string& root) const override {
    UPGRAPH_ASSIGN(auto files, RealHost().OpenFiles(root));
    return std::unique_ptr<env::Files>(
        std::make_unique<StubbornFiles>(std::move(files), &is_stubborn, &calls));
  }
  env::Processes& processes() const override { return RealHost().processes(); }
  env::Clock& clock() const override { return RealHost().clock(); }
  Result<std::string> AskFact(env::Env& env, const plan::Fact& fact) const override {
    return RealHost().AskFact(env, fact);
  }
  const steps::NativeStep* FindStep(const plan::Step& step) const override {
    return RealHost().FindStep(step);
  }
  Result<std::unique_ptr<locks::HeldLocks>> TakeLocks(
      env::Env& env, const plan::LockScope& scope, const std::atomic<bool>& cancel) const override {
    if (!has_lock) {
      return Error{ErrorKind::kTimeout, "somebody holds it"};
    }
    return RealHost().TakeLocks(env, scope, cancel);
  }
};

// Once the run turns back, the object stays where it is.
class Trial : public ProgressSink {
 public:
  explicit Trial(const std::string& body) {
    host.Write("/etc/box/release", "1.0.0\n");
    host.Write(kConf, "old\n");
    host.Write("/srv/data/file", "data\n");
    REQUIRE(host.files().MakeDirectories(kStateFolder, 0700).ok());
    before = host.Snapshot();
    driver::Compilation compiled = support::CompileSpec("", body);
    INFO(support::Messages(compiled));
    REQUIRE(compiled.plan.has_value());
    test::MemoryPayload payload;
    payload.AddFile("payload/new", "new\n");
    auto bytes = package::Pack({*compiled.plan, plan::Encode(*compiled.plan), payload, "0.1.0"});
    REQUIRE(bytes.ok());
    auto opened = package::OpenPackage(*bytes);
    REQUIRE(opened.ok());
    package = *opened;
    options.root = host.root();
    options.accepts_not_durable = true;
    options.jobs = 0;
    options.host = &access;
    options.stop = &stop;
    options.progress = this;
  }

  void Report(const Progress& progress) override {
    if (progress.kind == ProgressKind::kTurningBack) {
      access.is_stubborn = sticks;
    }
  }

  StepState State(const std::string& path) {
    auto view = ViewHost(host.root());
    REQUIRE(view.ok());
    for (const StepView& step : view->runs.back().steps) {
      if (step.path == path) {
        return step.history.state;
      }
    }
    FAIL("no step " << path);
    return StepState::kPending;
  }
  // By hand: the very object, from where the leftover says that it lies.
  void PutBack(const Leftover& leftover) {
    const std::string from = leftover.kept.substr(leftover.kept.find(": ") + 2);
    REQUIRE(leftover.kept == std::string(kConf) + ": " + from);
    std::filesystem::remove(host.root() + kConf);
    std::filesystem::rename(host.root() + from, host.root() + kConf);
  }
  Outcome Say(SettledAs as = SettledAs::kReverted) {
    access.calls.clear();
    return Settle(options, {{"switch/1"}, as, "user 0: by hand"});
  }

  test::ScratchHost host;
  StubbornHost access;
  bool sticks = false;
  StopRequest stop{0};
  package::Package package;
  RunOptions options;
  std::map<std::string, std::string> before;
};

constexpr const char* kFiles = R"(
  switch {
    files.install("payload/new", to: "/etc/box/conf")
    files.install("payload/new", to: "/srv/data/more")
    files.install("payload/new", to: "/srv/data/file")
  }
  verify { files.expect("/srv/data/file", contains: "never") }
)";

TEST_CASE("a file that is not put back is named with where the old one lies") {
  Trial trial(kFiles);
  trial.sticks = true;
  const Outcome outcome = Apply(trial.options, trial.package);
  REQUIRE(outcome.exit_code == ExitCode::kIncomplete);
  REQUIRE(outcome.leftovers.size() == 1);
  const Leftover& leftover = outcome.leftovers[0];
  CHECK(leftover.step_path == "switch/1");
  CHECK(leftover.state == "stuck");
  CHECK(leftover.left == std::vector<std::string>{"file(/etc/box/conf)"});
  CHECK(leftover.reason == "it will not be moved");
  CHECK(leftover.command ==
        "upgraph resolve switch/1 --as reverted --because WHY --root " + trial.host.root());
  CHECK(trial.State("switch/2") == StepState::kReverted);
  CHECK(trial.State("switch/3") == StepState::kReverted);
  auto view = ViewHost(trial.host.root());
  REQUIRE(view.ok());
  REQUIRE(view->runs[0].leftovers.size() == 1);
  CHECK(view->runs[0].leftovers[0].kept == leftover.kept);

  CHECK(trial.Say().exit_code == ExitCode::kIncomplete);
  CHECK(trial.State("switch/1") == StepState::kStuck);
  trial.PutBack(leftover);
  CHECK(trial.Say().exit_code == ExitCode::kDone);
  CHECK(Resume(trial.options).exit_code == ExitCode::kRolledBack);
  CHECK(trial.host.Snapshot() == trial.before);
}

TEST_CASE("what a person put back is on the disk before their word is") {
  Trial trial(kFiles);
  trial.sticks = true;
  const Outcome outcome = Apply(trial.options, trial.package);
  REQUIRE(outcome.leftovers.size() == 1);
  trial.PutBack(outcome.leftovers[0]);
  REQUIRE(trial.Say().exit_code == ExitCode::kDone);
  // The log anew and a fence; then their work and the times of its folders; then the word.
  const std::vector<std::string>& calls = trial.access.calls;
  CHECK(calls.front() == "record");
  CHECK(calls.back() == "record");
  CHECK(std::count(calls.begin(), calls.end(), "record") == 3);
  CHECK(std::count(calls.begin(), calls.end(), "time /etc/box") == 1);
  CHECK(std::any_of(calls.begin(), calls.end(),
                    [](const std::string& call) { return call.starts_with("sync "); }));
  // An accepted step is nobody's work.
  Trial other(kFiles);
  other.sticks = true;
  REQUIRE(Apply(other.options, other.package).exit_code == ExitCode::kIncomplete);
  REQUIRE(other.Say(SettledAs::kAccepted).exit_code == ExitCode::kDone);
  CHECK(other.access.calls == std::vector<std::string>{"record", "record", "record"});
}

TEST_CASE("a runner that dies before the word is durable has taken none") {
  Trial trial(kFiles);
  trial.sticks = true;
  const Outcome outcome = Apply(trial.options, trial.package);
  REQUIRE(outcome.leftovers.size() == 1);
  trial.PutBack(outcome.leftovers[0]);
  trial.stop = kStopKilled;
  CHECK(trial.Say().exit_code == ExitCode::kInterrupted);
  CHECK(trial.State("switch/1") == StepState::kStuck);
  trial.stop = 0;
  CHECK(trial.Say().exit_code == ExitCode::kDone);
  CHECK(trial.State("switch/1") == StepState::kReverted);
  // Said again, it is no news.
  CHECK(trial.Say().exit_code == ExitCode::kDone);
  CHECK(trial.Say(SettledAs::kAccepted).exit_code == ExitCode::kRefused);
  CHECK(Rollback(trial.options).exit_code == ExitCode::kDone);
  CHECK(trial.host.Snapshot() == trial.before);
  CHECK(trial.Say().exit_code == ExitCode::kRefused);
}

TEST_CASE("what was accepted is named at the end, and its object stays") {
  Trial trial(kFiles);
  trial.sticks = true;
  REQUIRE(Apply(trial.options, trial.package).exit_code == ExitCode::kIncomplete);
  REQUIRE(trial.Say(SettledAs::kAccepted).exit_code == ExitCode::kDone);
  trial.sticks = false;
  const Outcome outcome = Resume(trial.options);
  CHECK(outcome.exit_code == ExitCode::kRolledBack);
  CHECK(outcome.leftovers.empty());
  CHECK(outcome.reason.find("because a person accepted it: `switch/1`") != std::string::npos);
  CHECK(trial.host.Read(kConf) == "new\n");
}

// Somebody else changes what the first step left, once the last one is applied.
class Meddler : public ProgressSink {
 public:
  explicit Meddler(test::ScratchHost* host) : host_(*host) {}
  std::string saved;
  void Report(const Progress& progress) override {
    if (progress.kind == ProgressKind::kApplied && progress.step_path == "switch/3") {
      host_.Write(kConf, "somebody else's\n");
    }
    if (progress.kind == ProgressKind::kDrift) {
      saved = progress.text.substr(progress.text.find(" -> ") + 4);
    }
  }

 private:
  test::ScratchHost& host_;
};

TEST_CASE("what somebody else changed is kept when the run is rolled back and cleared away") {
  Trial trial(kFiles);
  Meddler meddler(&trial.host);
  trial.options.progress = &meddler;
  const Outcome outcome = Apply(trial.options, trial.package);
  CHECK(outcome.exit_code == ExitCode::kRolledBack);
  CHECK(trial.host.Snapshot() == trial.before);
  REQUIRE_FALSE(meddler.saved.empty());
  CHECK(trial.host.Read(meddler.saved) == "somebody else's\n");
  CHECK(outcome.reason.ends_with("; what somebody else had changed is kept: " + meddler.saved));
  const Outcome again = Rollback(trial.options);
  CHECK(again.exit_code == ExitCode::kDone);
  CHECK(again.reason.ends_with(meddler.saved));
  CHECK(trial.host.Read(meddler.saved) == "somebody else's\n");
}

TEST_CASE("without its lock a step stays, all else goes back, and with it the step does too") {
  Trial trial(R"(
  switch {
    lock files.lock("/srv/data") within 1s hold 1m {
      files.install("payload/new", to: "/etc/box/conf")
    }
    files.install("payload/new", to: "/srv/data/file")
  }
)");
  REQUIRE(Apply(trial.options, trial.package).exit_code == ExitCode::kDone);
  trial.access.has_lock = false;
  const Outcome outcome = Rollback(trial.options);
  REQUIRE(outcome.exit_code == ExitCode::kIncomplete);
  REQUIRE(outcome.leftovers.size() == 1);
  CHECK(outcome.leftovers[0].reason == "its lock was not to be had: somebody holds it");
  CHECK(trial.host.Read("/srv/data/file") == "data\n");
  trial.access.has_lock = true;
  CHECK(Resume(trial.options).exit_code == ExitCode::kRolledBack);
  CHECK(trial.host.Snapshot() == trial.before);
}

}  // namespace
}  // namespace upgraph::executor
