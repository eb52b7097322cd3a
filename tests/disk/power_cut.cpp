// Power cuts on a simulated disk, under the real executor, its journal and its steps.
//
//   power_cut --upgraph PROGRAM --scenarios FOLDER --work FOLDER [--seed N] [--cuts N]
//             [--seconds N] [--workers N] [--only NAME] [--lying-disk yes]
//
// Each scenario that needs no command is carried out once, forward and back, and before each change
// and each sync of the disk N cuts are drawn: what was not synced is there or not, or in parts.
// From every distinct state `resume` or `rollback` must lead to the new or to the old host, what
// was told before the cut must hold, and some recoveries are cut again. With --lying-disk, where
// nothing is ever synced, it is an error when all goes well.

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <unordered_set>

#include "base/check.h"
#include "runtime/executor/host_access.h"
#include "runtime/executor/run.h"
#include "runtime/package/archive_reader.h"
#include "tests/crash/host_state.h"
#include "tests/disk/disk_files.h"
#include "tests/disk/disk_vfs.h"

namespace upgraph::disk {
namespace {

namespace fs = std::filesystem;
using executor::ExitCode;
using executor::ProgressKind;
using SteadyClock = std::chrono::steady_clock;
using Settings = std::map<std::string, std::string>;

constexpr uint64_t kLostMax = 5;         // of one worker: more would say nothing new
constexpr uint64_t kKilledOneIn = 16;    // changes before which the runner is killed instead
constexpr int kDepthMax = 2;             // a cut, and a cut in the recovery from it
constexpr uint64_t kNestedOneIn = 16;    // recoveries that are cut as well
constexpr uint64_t kNestedCutOneIn = 4;  // changes of such a recovery before which one is
constexpr uint64_t kAgainOneIn = 8;      // that are asked for a second time

class NoProcesses : public env::Processes {
 public:
  Result<env::CommandResult> Run(const env::Command&) override {
    return Error{ErrorKind::kUnsupported, "a simulated disk runs no commands"};
  }
};

// After each cut the system boots some minutes later, so that a run is still in its window.
class SteppingClock : public env::Clock {
 public:
  int64_t BootMs() override { return ++now_ms_; }
  int64_t WallMs() override { return booted_wall_ms_ + ++now_ms_; }
  std::string BootId() override { return std::to_string(boot_count_); }
  void SleepMs(int64_t ms) override { now_ms_ += ms; }

  void Boot(int64_t minutes_later) {
    ++boot_count_;
    booted_wall_ms_ = 1'767'225'600'000 + minutes_later * 60'000;
    now_ms_ = 0;
  }

 private:
  int boot_count_ = 0;
  int64_t booted_wall_ms_ = 0;
  int64_t now_ms_ = 0;
};

// The real steps, on the current disk.
class DiskAccess : public executor::HostAccess {
 public:
  explicit DiskAccess(std::string lock_folder) : lock_folder_(std::move(lock_folder)) {
    fs::create_directories(lock_folder_);
  }
  Result<std::unique_ptr<env::Files>> OpenFiles(const std::string&) const override {
    return std::unique_ptr<env::Files>(new DiskFiles(CurrentDisk(), lock_folder_));
  }
  void Boot(int64_t minutes_later) const { clock_.Boot(minutes_later); }
  env::Processes& processes() const override { return processes_; }
  env::Clock& clock() const override { return clock_; }
  Result<std::string> AskFact(env::Env& env, const plan::Fact& fact) const override {
    return executor::RealHost().AskFact(env, fact);
  }
  const steps::NativeStep* FindStep(const plan::Step& step) const override {
    return steps::FindStep(step);
  }
  Result<std::unique_ptr<locks::HeldLocks>> TakeLocks(env::Env&, const plan::LockScope&,
                                                      const std::atomic<bool>&) const override {
    return std::make_unique<locks::HeldLocks>(std::vector<int>());
  }

 private:
  std::string lock_folder_;
  mutable NoProcesses processes_;
  mutable SteppingClock clock_;
};

// What was told to somebody, and must not be taken back by a cut.
struct Told : executor::ProgressSink {
  bool is_opened = false;
  bool is_turning_back = false;
  bool is_committed = false;
  bool is_rolled_back = false;
  void Report(const executor::Progress& progress) override {
    is_opened = is_opened || progress.kind == ProgressKind::kRunOpened;
    is_turning_back = is_turning_back || progress.kind == ProgressKind::kTurningBack;
    is_committed = is_committed || progress.kind == ProgressKind::kCommitted;
    is_rolled_back = is_rolled_back || progress.kind == ProgressKind::kRolledBack;
  }
  // What was told before, and what since.
  Told Then(const Told& since) const {
    Told both;
    both.is_opened = is_opened || since.is_opened;
    both.is_turning_back = is_turning_back || since.is_turning_back;
    both.is_committed = is_committed || since.is_committed;
    both.is_rolled_back = is_rolled_back || since.is_rolled_back;
    return both;
  }
};

struct Figures {
  uint64_t changes = 0;  // before which cuts were drawn
  uint64_t cuts = 0;
  uint64_t distinct = 0;
  uint64_t nested = 0;  // of the distinct ones
  uint64_t lost = 0;
  uint64_t scenarios = 0;
};

class Campaign {
 public:
  Campaign(const Settings& settings, uint64_t worker)
      : settings_(settings), work_(fmt::format("{}/{}", settings.at("work"), worker)) {
    fs::remove_all(work_);
    fs::create_directories(work_);
    for (int depth = 0; depth <= kDepthMax; ++depth) {
      accesses_.push_back(std::make_unique<DiskAccess>(fmt::format("{}/lock{}", work_, depth)));
    }
  }

  // Until `end`; false when there was no time to come to the end of the scenario.
  bool Run(const std::string& spec, SteadyClock::time_point end) {
    name_ = fs::path(spec).stem();
    random_.seed(std::stoull(settings_.at("seed")) * 1000003 + std::hash<std::string>()(name_));
    end_ = end;
    seen_.clear();
    const std::string host = work_ + "/host";
    fs::remove_all(host);
    UPGRAPH_CHECK(
        crash::RunProgram({"/bin/bash", settings_.at("scenarios") + "/make_host.sh", host},
                          work_ + "/log") == 0);
    UPGRAPH_CHECK(
        crash::RunProgram({settings_.at("upgraph"), "pack", spec, "-o", work_ + "/package.zip"},
                          work_ + "/log") == 0);
    auto package = package::OpenPackage(crash::ReadFile(work_ + "/package.zip"));
    UPGRAPH_CHECK(package.ok());
    package_ = std::move(*package);
    SimulatedDisk disk;
    Import(host, &disk);
    old_ = Picture(disk, true);
    turns_back_ = name_.rfind("turn_back", 0) == 0;
    LearnNew(disk);
    disk.ignores_sync = settings_.at("lying-disk") == "yes";
    Record(&disk);
    ++figures.scenarios;
    return SteadyClock::now() < end_ && figures.lost < kLostMax;
  }

  Figures figures;

 private:
  executor::Outcome Execute(const std::string& verb, SimulatedDisk* disk, int depth, Told* told) {
    SimulatedDisk* before = CurrentDisk();
    SetCurrentDisk(disk);
    executor::RunOptions options;
    options.root = "/";
    options.jobs = 0;
    options.person_asked = true;
    options.progress = told;
    const DiskAccess& access = *accesses_[static_cast<size_t>(depth)];
    access.Boot(20 * depth);
    options.host = &access;
    executor::Outcome outcome = verb == "apply"    ? executor::Apply(options, package_)
                                : verb == "resume" ? executor::Resume(options)
                                                   : executor::Rollback(options);
    SetCurrentDisk(before);
    return outcome;
  }

  void LearnNew(const SimulatedDisk& disk) {
    SimulatedDisk::Random random(1);
    auto copy = disk.Cut(&random);  // everything is durable: the same disk
    Told told;
    executor::Outcome outcome = Execute("apply", copy.get(), 0, &told);
    if (outcome.exit_code != (turns_back_ ? ExitCode::kRolledBack : ExitCode::kDone)) {
      fmt::print("{}: does not work at all: {}\n", name_, outcome.reason);
      std::exit(1);
    }
    new_ = Picture(*copy, false);
  }

  // The run and its way back, cut before each change.
  void Record(SimulatedDisk* disk) {
    Told told;
    bool is_applied = false;
    disk->before_change = [&] {
      ++figures.changes;
      if (random_() % kKilledOneIn == 0) {
        KillThenCut(*disk, told, is_applied);
      }
      for (uint64_t i = 0; i < std::stoull(settings_.at("cuts")); ++i) {
        if (SteadyClock::now() > end_ || figures.lost >= kLostMax) {
          return;
        }
        TryCut(*disk, told, is_applied, 1);
      }
    };
    (void)Execute("apply", disk, 0, &told);
    is_applied = true;
    if (!turns_back_) {
      (void)Execute("rollback", disk, 0, &told);
    }
    disk->before_change = nullptr;
  }

  // The runner is killed here, which loses nothing; the next one reads what is in memory and may
  // not be on the disk, and then the power goes.
  void KillThenCut(const SimulatedDisk& disk, const Told& told, bool is_applied) {
    SimulatedDisk killed = disk;
    const std::string verb = random_() % 2 == 0 ? "resume" : "rollback";
    Told since;
    killed.before_change = [&] {
      if (random_() % kNestedCutOneIn == 0 && figures.lost < kLostMax) {
        TryCut(killed, told.Then(since), is_applied || verb == "rollback", kDepthMax);
      }
    };
    (void)Execute(verb, &killed, 1, &since);
  }

  void TryCut(const SimulatedDisk& disk, const Told& told, bool is_applied, int depth) {
    auto state = disk.Cut(&random_);
    state->ignores_sync = disk.ignores_sync;
    ++figures.cuts;
    if (!seen_.insert(state->Hash()).second) {
      return;
    }
    ++figures.distinct;
    figures.nested += depth > 1 ? 1 : 0;
    const std::string verb = random_() % 2 == 0 ? "resume" : "rollback";
    Told since;
    if (depth < kDepthMax && random_() % kNestedOneIn == 0) {
      state->before_change = [&, depth] {
        if (random_() % kNestedCutOneIn == 0) {
          // A rollback that a person asked for may be known to the disk before anybody is told.
          TryCut(*state, told.Then(since), is_applied || verb == "rollback", depth + 1);
        }
      };
    }
    executor::Outcome outcome = Execute(verb, state.get(), depth, &since);
    state->before_change = nullptr;
    std::string fault = Judge(verb, *state, told, is_applied, outcome);
    if (fault.empty() && told.is_committed && since.is_committed) {
      fault = "a commit that was told is told again";
    }
    if (fault.empty() && told.is_rolled_back && (since.is_turning_back || since.is_rolled_back)) {
      fault = "a run that was told to be rolled back turns back";
    }
    if (fault.empty() && random_() % kAgainOneIn == 0) {
      const auto before = Picture(*state, true);
      outcome = Execute(verb, state.get(), depth, &since);
      fault = Picture(*state, true) == before ? "" : "a second " + verb + " was no no-op";
    }
    if (!fault.empty() && ++figures.lost <= kLostMax) {
      fmt::print("LOST {} cut before change {}{}: {}\n", name_, disk.change_count(),
                 depth > 1 ? " of a recovery" : "", fault);
      std::fflush(stdout);
    }
  }

  static std::string Difference(const std::map<std::string, std::string>& wanted,
                                const std::map<std::string, std::string>& found) {
    for (const auto& [path, line] : wanted) {
      auto other = found.find(path);
      if (other == found.end() || other->second != line) {
        return fmt::format("{} is `{}`, not `{}`", path,
                           other == found.end() ? "missing" : other->second, line);
      }
    }
    for (const auto& [path, line] : found) {
      if (wanted.count(path) == 0) {
        return path + " is too many";
      }
    }
    return "";
  }

  std::string Judge(const std::string& verb, const SimulatedDisk& disk, const Told& told,
                    bool is_applied, const executor::Outcome& outcome) {
    const bool nothing_told = !told.is_opened;
    if (outcome.exit_code != ExitCode::kDone && outcome.exit_code != ExitCode::kRolledBack &&
        !(nothing_told && outcome.exit_code == ExitCode::kRefused)) {
      std::string left;
      for (const executor::Leftover& leftover : outcome.leftovers) {
        left += fmt::format("; {}: {}", leftover.step_path, leftover.reason);
      }
      return fmt::format("{} ended with {}: {}{}", verb, static_cast<int>(outcome.exit_code),
                         outcome.reason, left);
    }
    const std::string to_old = Difference(old_, Picture(disk, true));
    if (verb == "rollback" || turns_back_ || told.is_turning_back) {
      return to_old.empty() ? "" : verb + ": not the old host: " + to_old;
    }
    const std::string to_new = Difference(new_, Picture(disk, false));
    // Before anybody knows of the run, or of its way back, either end is right.
    const bool may_be_old = nothing_told || is_applied;
    if (to_new.empty() || (may_be_old && to_old.empty())) {
      return "";
    }
    return fmt::format("{}: not the new host: {}", verb, to_new);
  }

  Settings settings_;
  std::string work_;
  std::string name_;
  SteadyClock::time_point end_;
  SimulatedDisk::Random random_;
  std::vector<std::unique_ptr<DiskAccess>> accesses_;  // by depth: each has a lock of its own
  package::Package package_;
  std::map<std::string, std::string> old_;
  std::map<std::string, std::string> new_;
  bool turns_back_ = false;
  std::unordered_set<uint64_t> seen_;
};

// Those that run no command.
std::vector<std::string> FindSpecs(const Settings& settings) {
  std::vector<std::string> specs;
  for (const auto& file : fs::directory_iterator(settings.at("scenarios"))) {
    const bool is_wanted = settings.at("only").empty() || file.path().stem() == settings.at("only");
    if (file.path().extension() == ".upg" && is_wanted &&
        crash::ReadFile(file.path()).find("[\"/bin/mark\"") == std::string::npos) {
      specs.push_back(file.path());
    }
  }
  std::sort(specs.begin(), specs.end());
  return specs;
}

int RunCampaign(const Settings& settings) {
  const std::vector<std::string> specs = FindSpecs(settings);
  const uint64_t workers = std::stoull(settings.at("workers"));
  const auto end = SteadyClock::now() + std::chrono::seconds(std::stoull(settings.at("seconds")));
  fmt::print("seed {}: {} scenarios, {} cuts before each change\n", settings.at("seed"),
             specs.size(), settings.at("cuts"));
  std::fflush(stdout);
  int results[2];
  UPGRAPH_CHECK(pipe(results) == 0);
  for (uint64_t worker = 0; worker < workers; ++worker) {
    pid_t child = fork();
    UPGRAPH_CHECK(child >= 0);
    if (child == 0) {
      InstallVfs();
      Campaign campaign(settings, worker);
      for (uint64_t i = worker; i < specs.size() && campaign.Run(specs[i], end); i += workers) {
      }
      std::fflush(stdout);
      bool is_written = write(results[1], &campaign.figures, sizeof(Figures)) == sizeof(Figures);
      _exit(is_written ? 0 : 1);
    }
  }
  close(results[1]);
  Figures all;
  Figures one;
  uint64_t reported = 0;
  while (read(results[0], &one, sizeof one) == sizeof one) {
    ++reported;
    all.changes += one.changes;
    all.cuts += one.cuts;
    all.distinct += one.distinct;
    all.nested += one.nested;
    all.lost += one.lost;
    all.scenarios += one.scenarios;
  }
  while (wait(nullptr) > 0) {
  }
  fmt::print(
      "{} cuts before {} changes of {} scenarios: {} distinct states, {} of them in a recovery; {} "
      "lost\n",
      all.cuts, all.changes, all.scenarios, all.distinct, all.nested, all.lost);
  fs::remove_all(settings.at("work"));
  if (settings.at("lying-disk") == "yes") {
    return all.lost > 0 ? 0 : 1;
  }
  return reported == workers && all.lost == 0 && all.distinct > 0 ? 0 : 1;
}

}  // namespace
}  // namespace upgraph::disk

int main(int argc, char** argv) {
  upgraph::disk::Settings settings = {{"seed", "1"},    {"cuts", "1"}, {"seconds", "1000000"},
                                      {"workers", "2"}, {"only", ""},  {"lying-disk", "no"}};
  for (int i = 1; i + 1 < argc; i += 2) {
    settings[std::string(argv[i]).substr(2)] = argv[i + 1];
  }
  for (const char* needed : {"upgraph", "scenarios", "work"}) {
    if (settings.count(needed) == 0) {
      std::fprintf(stderr, "power_cut: --%s is missing\n", needed);
      return 2;
    }
  }
  return upgraph::disk::RunCampaign(settings);
}
