#include "tests/disk/cut_campaign.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "base/check.h"
#include "tests/crash/host_state.h"

namespace upgraph::disk {
namespace {

namespace fs = std::filesystem;
using executor::ExitCode;

constexpr uint64_t kKilledOneIn = 16;  // changes before which the runner is killed instead
constexpr uint64_t kNestedOneIn = 16;  // recoveries that are cut as well
constexpr uint64_t kAgainOneIn = 8;    // that are asked for a second time

}  // namespace

Campaign::Campaign(const Settings& settings, uint64_t worker, Workers* workers)
    : settings_(settings),
      work_(fmt::format("{}/{}", settings.at("work"), worker)),
      workers_(*workers) {
  fs::remove_all(work_);
  fs::create_directories(work_);
  for (int depth = 0; depth <= kDepthMax; ++depth) {
    accesses_.push_back(std::make_unique<DiskAccess>(fmt::format("{}/lock{}", work_, depth)));
  }
}

bool Campaign::Run(const std::string& spec) {
  name_ = fs::path(spec).stem();
  random_.seed(std::stoull(settings_.at("seed")) * 1000003 + std::hash<std::string>()(name_));
  seen_.clear();
  const std::string host = work_ + "/host";
  fs::remove_all(host);
  UPGRAPH_CHECK(crash::RunProgram({"/bin/bash", settings_.at("scenarios") + "/make_host.sh", host},
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
  if (settings_.at("syncs") == "fail") {
    FailSyncs(disk, false);
    FailSyncs(disk, true);
  } else if (settings_.at("syncs") == "slow") {
    SlowSyncs(disk);
  } else {
    Record(&disk);
  }
  ++figures.scenarios;
  return !workers_.IsOver() && figures.lost < kLostMax;
}

executor::Outcome Campaign::Execute(const std::string& verb, SimulatedDisk* disk, int depth,
                                    Told* told) {
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

void Campaign::LearnNew(const SimulatedDisk& disk) {
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

void Campaign::Record(SimulatedDisk* disk) {
  Told told;
  bool is_applied = false;
  disk->before_change = [&] {
    ++figures.changes;
    if (random_() % kKilledOneIn == 0) {
      KillThenCut(*disk, told, is_applied);
    }
    for (uint64_t i = 0; i < std::stoull(settings_.at("cuts")); ++i) {
      if (workers_.IsOver() || figures.lost >= kLostMax) {
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

void Campaign::KillThenCut(const SimulatedDisk& disk, const Told& told, bool is_applied) {
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

void Campaign::TryCut(const SimulatedDisk& disk, const Told& told, bool is_applied, int depth) {
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
  workers_.CountTrial();
  if (!fault.empty()) {
    Lose(fmt::format("cut before change {}{}: {}", disk.change_count(),
                     depth > 1 ? " of a recovery" : "", fault));
  }
}

void Campaign::Lose(const std::string& what) {
  workers_.CountLost();
  if (++figures.lost <= kLostMax) {
    fmt::print("LOST {}: {}\n", name_, what);
    std::fflush(stdout);
  }
}

std::string Campaign::Difference(const std::map<std::string, std::string>& wanted,
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

std::string Campaign::Judge(const std::string& verb, const SimulatedDisk& disk, const Told& told,
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

}  // namespace upgraph::disk
