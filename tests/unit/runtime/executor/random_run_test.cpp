// Random upgrades on a real (small) host: whatever is drawn, a run ends as the text says or, when
// a step fails or somebody stops it, with a host that is object by object what it was; and at no
// time does a step begin before what it waits for is done, in either direction.

#include <rapidcheck/catch.h>

#include <atomic>
#include <set>

#include "plan/codec.h"
#include "plan/graph.h"
#include "runtime/executor/run.h"
#include "runtime/package/archive_reader.h"
#include "runtime/package/archive_writer.h"
#include "tests/support/catch.h"
#include "tests/support/memory_payload.h"
#include "tests/support/scratch_host.h"
#include "tests/support/spec_text.h"
#include "tests/unit/runtime/executor/random_spec.h"

namespace upgraph::executor {
namespace {

using plan::StepId;
using test::Picture;
using test::RandomSpec;
using test::ScratchHost;

void Furnish(ScratchHost* host) {
  host->Write("/etc/box/release", "1.0.0\n");
  host->Write("/bin/mark",
              "#!/bin/sh\n"
              "case $1 in\n"
              "set) echo marked > \"$ROOT$2\" ;;\n"
              "clear) rm -f \"$ROOT$2\" ;;\n"
              "*) echo half > \"$ROOT$2\"; exit 1 ;;\n"
              "esac\n",
              0755);
  env::Files& files = host->files();
  REQUIRE(files.MakeDirectories(kStateFolder, 0700).ok());
  for (const char* folder : {"/marks", "/locks", "/d0", "/d1", "/d2"}) {
    REQUIRE(files.MakeDirectory(folder, 0755).ok());
  }
  for (int depth = 6; depth <= 9; ++depth) {
    for (const char* name : {"a", "b"}) {
      REQUIRE(files.MakeDirectory(fmt::format("/locks/{}{}", depth, name), 0755).ok());
    }
  }
  for (int i = 0; i < test::kPathCount; ++i) {
    std::string what = test::Furniture(i);
    if (what == "tree") {
      host->Write(test::PathOf(i) + "/sub/file", fmt::format("in {}", i));
    } else if (what.starts_with("file: ")) {
      host->Write(test::PathOf(i), what.substr(6));
    } else if (what.starts_with("link: ")) {
      REQUIRE(files.MakeSymlink(what.substr(6), test::PathOf(i)).ok());
    }
  }
}

Picture PictureOf(ScratchHost* host, const Picture& paths) {
  Picture picture;
  for (const auto& [path, what] : paths) {
    auto status = host->files().Stat(path);
    if (!status.ok()) {
      picture[path] = "";
    } else if (status->type == env::FileType::kSymlink) {
      picture[path] = "link: " + *host->files().ReadLink(path);
    } else {
      picture[path] =
          status->type == env::FileType::kDirectory ? "tree" : "file: " + host->Read(path);
    }
  }
  return picture;
}

package::Package PackageOf(const RandomSpec& spec) {
  driver::Compilation compiled = support::CompileSpec(RandomSpec::Top(), spec.body());
  RC_ASSERT(support::Messages(compiled) == std::string());
  test::MemoryPayload payload;
  payload.AddFile("payload/new", "new\n");
  payload.AddFolder("payload/tree");
  payload.AddFile("payload/tree/program", "#!/bin/sh\n", 0755);
  auto bytes = package::Pack({*compiled.plan, plan::Encode(*compiled.plan), payload, "0.1.0"});
  REQUIRE(bytes.ok());
  auto package = package::OpenPackage(*bytes);
  REQUIRE(package.ok());
  return *package;
}

// Watches the order, and asks the run to stop after a number of reports.
class Watch : public ProgressSink {
 public:
  explicit Watch(const package::Package& package)
      : plan_(*plan::Decode(package.plan_bytes)), reachability_(plan_) {
    for (uint32_t i = 0; i < plan_.steps.size(); ++i) {
      ids_[plan_.steps[i].path] = StepId(i);
    }
  }

  int reports_until_stop = -1;
  int stop_level = 0;
  StopRequest stop{0};
  std::string fault;  // the first break of the order

  void Report(const Progress& progress) override {
    if (reports_until_stop-- == 0) {
      stop = stop_level;
    }
    auto id = ids_.find(progress.step_path);
    if (id == ids_.end()) {
      return;
    }
    switch (progress.kind) {
      case ProgressKind::kCapturing:  // may begin while the end of the step before is written
      case ProgressKind::kChecking:
        break;
      case ProgressKind::kApplying:
        ExpectDone(id->second);
        touched_.insert(id->second);
        break;
      case ProgressKind::kApplied:
        done_.insert(id->second);
        break;
      case ProgressKind::kFound:
        done_.insert(id->second);
        touched_.erase(id->second);
        break;
      case ProgressKind::kReverting:
        ExpectReverted(id->second);
        break;
      case ProgressKind::kReverted:
        touched_.erase(id->second);
        break;
      default:
        break;
    }
  }

 private:
  bool IsWork(StepId id) const { return plan_.step(id).kind != plan::StepKind::kJoin; }

  void ExpectDone(StepId id) {
    for (uint32_t i = 0; i < id.index(); ++i) {
      if (IsWork(StepId(i)) && done_.count(StepId(i)) == 0 &&
          reachability_.Reaches(StepId(i), id)) {
        fault = plan_.step(id).path + " began before " + plan_.steps[i].path + " was done";
      }
    }
  }

  void ExpectReverted(StepId id) {
    for (StepId later : touched_) {
      if (later > id && plan_.step(later).undo != plan::UndoClass::kObserves &&
          reachability_.Reaches(id, later)) {
        fault = plan_.step(id).path + " went back before " + plan_.step(later).path;
      }
    }
  }

  plan::Plan plan_;
  plan::Reachability reachability_;
  std::map<std::string, StepId> ids_;
  std::set<StepId> touched_;  // begun, neither found nor reverted
  std::set<StepId> done_;
};

struct Drawn {
  explicit Drawn(bool can_fail) : spec(can_fail) {
    Furnish(&host);
    package = PackageOf(spec);
    watch = std::make_unique<Watch>(package);
    before = host.Snapshot();
    options.root = host.root();
    options.accepts_not_durable = true;
    options.jobs = *rc::gen::inRange(0, 6);
    options.progress = watch.get();
    options.stop = &watch->stop;
  }

  RandomSpec spec;
  ScratchHost host;
  package::Package package;
  std::unique_ptr<Watch> watch;
  std::map<std::string, std::string> before;
  RunOptions options;
};

void ExpectBefore(Drawn* drawn) {
  RC_ASSERT(drawn->host.Snapshot() == drawn->before);
  RC_ASSERT(drawn->watch->fault == std::string());
}

void ExpectAfter(Drawn* drawn) {
  RC_ASSERT(PictureOf(&drawn->host, drawn->spec.after()) == drawn->spec.after());
  RC_ASSERT(drawn->watch->fault == std::string());
}

TEST_CASE("a run ends as the text says, and can be rolled back to exactly what was") {
  rc::prop("no failure", [] {
    Drawn drawn(false);
    Outcome outcome = Apply(drawn.options, drawn.package);
    RC_ASSERT(outcome.reason == "v1.0.0 -> v2.0.0 is done");
    RC_ASSERT(outcome.exit_code == ExitCode::kDone);
    ExpectAfter(&drawn);
    outcome = Rollback(drawn.options);
    RC_ASSERT(outcome.exit_code == ExitCode::kDone);
    ExpectBefore(&drawn);
  });
}

TEST_CASE("a run in which a step fails ends with a host that is exactly what it was") {
  rc::prop("a failing step", [] {
    Drawn drawn(true);
    RC_PRE(drawn.spec.fails());
    Outcome outcome = Apply(drawn.options, drawn.package);
    RC_ASSERT(outcome.exit_code == ExitCode::kRolledBack);
    RC_ASSERT(outcome.leftovers.empty());
    ExpectBefore(&drawn);
    RC_ASSERT(Rollback(drawn.options).exit_code == ExitCode::kDone);
    ExpectBefore(&drawn);
  });
}

TEST_CASE(
    "a run that is asked to turn back, stopped at once or killed, ends in either of its two ends") {
  rc::prop("a stop", [] {
    Drawn drawn(false);
    drawn.watch->reports_until_stop = *rc::gen::inRange(0, 40);
    drawn.watch->stop_level = *rc::gen::inRange(1, kStopKilled + 1);
    Outcome outcome = Apply(drawn.options, drawn.package);
    drawn.watch->stop = 0;
    if (outcome.exit_code == ExitCode::kInterrupted) {
      RC_ASSERT(drawn.watch->stop_level >= 2);
      // Nobody asked to go on, so it goes back; but not what was killed after its commit.
      const Outcome next = Apply({.root = drawn.host.root()}, drawn.package);
      if (next.exit_code == ExitCode::kDone) {
        ExpectAfter(&drawn);
      } else {
        RC_ASSERT(next.exit_code == ExitCode::kRolledBack);
        ExpectBefore(&drawn);
      }
    } else if (outcome.exit_code == ExitCode::kRolledBack) {
      RC_ASSERT(drawn.watch->stop_level == 1);
      ExpectBefore(&drawn);
    } else {
      RC_ASSERT(outcome.exit_code == ExitCode::kDone);
      ExpectAfter(&drawn);
    }
  });
}

TEST_CASE("a run that was stopped at once or killed and is resumed ends as the text says") {
  rc::prop("a stop and a resume", [] {
    Drawn drawn(false);
    drawn.watch->reports_until_stop = *rc::gen::inRange(0, 40);
    drawn.watch->stop_level = *rc::gen::inRange(2, kStopKilled + 1);
    Outcome outcome = Apply(drawn.options, drawn.package);
    drawn.watch->stop = 0;
    if (outcome.exit_code == ExitCode::kInterrupted) {
      outcome = Resume(drawn.options);
    }
    RC_ASSERT(outcome.exit_code == ExitCode::kDone);
    ExpectAfter(&drawn);
  });
}

}  // namespace
}  // namespace upgraph::executor
