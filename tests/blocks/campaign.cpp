#include "tests/blocks/campaign.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "base/check.h"

namespace upgraph::blocks {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;

// Exit codes of the program: docs/architecture.md.
constexpr int kDone = 0;
constexpr int kRolledBack = 3;
constexpr int kRefused = 5;

constexpr uint64_t kLostMax = 5;       // of one worker: more would say nothing new
constexpr uint64_t kNestedOneIn = 12;  // recoveries that are cut as well
constexpr uint64_t kNestedCuts = 4;    // of each of those
constexpr uint64_t kAgainOneIn = 8;    // that are asked for a second time
constexpr uint64_t kKilledShare = 3;   // one in so many cuts: of a runner that was killed before

}  // namespace

bool Campaign::IsOver() const {
  // Of a lying disk the first says all.
  return workers_.IsOver() || figures.lost >= (limits_.is_lying ? 1 : kLostMax);
}

void Campaign::GiveUp(const std::string& what) {
  fmt::print("{}: {}\n{}\n", Now().name, what, machine_.said());
  std::fflush(stdout);
  std::exit(1);
}

bool Campaign::Prepare(size_t file_system, std::string* reason) {
  file_system_ = file_system;
  disk::Content content;
  if (!machine_.MakeDisk(Now(), &content, reason)) {
    return false;
  }
  disks_[file_system] = content;
  if (*reason = machine_.Mount(Now()); !reason->empty()) {
    return false;
  }
  old_hosts_[file_system] = machine_.Take(false);
  *reason = machine_.Unmount();
  return reason->empty();
}

Campaign::Scenario Campaign::Learn(const std::string& spec) {
  Scenario scenario;
  scenario.name = fs::path(spec).stem();
  scenario.package = tools_.work + "/package.zip";
  if (crash::RunProgram({tools_.upgraph, "pack", spec, "-o", scenario.package},
                        tools_.work + "/pack.log") != 0) {
    GiveUp(spec + ": " + crash::ReadFile(tools_.work + "/pack.log"));
  }
  // What a spec leads to stands in its name and its text: a scenario that fails by mistake would
  // prove little.
  scenario.exit_code = scenario.name.rfind("turn_back", 0) == 0 ? kRolledBack : kDone;
  scenario.can_roll_back = crash::ReadFile(spec).find("commit \"") == std::string::npos;
  return scenario;
}

// The old host is there, in a boot of its own, and the log begins.
BlockServer& Campaign::StartRecording() {
  BlockServer& device = machine_.device();
  device.Insert(disks_.at(file_system_));
  device.Begin({});
  boot_ = NewBootId();
  machine_.Boot(boot_);
  if (std::string no_mount = machine_.Mount(Now()); !no_mount.empty()) {
    GiveUp(no_mount);
  }
  device.StartLog();
  return device;
}

// A run and its way back, that nobody disturbs.
BlockLog Campaign::RecordWhole(Scenario* scenario) {
  BlockServer& device = StartRecording();
  if (machine_.Do("apply", scenario->package) != scenario->exit_code) {
    GiveUp(scenario->name + ": apply does not work at all");
  }
  scenario->apply_operations = device.operation_count();
  scenario->new_host = machine_.Take(true);
  if (scenario->exit_code == kDone && scenario->can_roll_back) {
    device.AskBack();
    if (machine_.Do("rollback") != kDone) {
      GiveUp(scenario->name + ": rollback does not work at all");
    }
  }
  BlockLog log = device.TakeLog();
  if (std::string left = machine_.Unmount(); !left.empty()) {
    GiveUp(left);
  }
  return log;
}

// The runner is killed, which loses nothing; the next one reads what is in memory and may not be on
// the disk.
BlockLog Campaign::RecordKilled(const Scenario& scenario) {
  BlockServer& device = StartRecording();
  device.KillAfter(1 + random_() % scenario.apply_operations);
  (void)machine_.Do("apply", scenario.package);
  device.KillAfter(0);
  const bool goes_back = random_() % 2 == 0;
  if (goes_back) {
    device.AskBack();
  }
  const std::string fault = Judge(scenario, goes_back ? "rollback" : "resume");
  BlockLog log = device.TakeLog();
  if (!fault.empty()) {
    GiveUp(scenario.name + ", killed and not cut: " + fault);
  }
  if (std::string left = machine_.Unmount(); !left.empty()) {
    GiveUp(left);
  }
  return log;
}

bool Campaign::Run(const Job& job) {
  file_system_ = job.file_system;
  Scenario scenario = Learn(job.spec);
  random_.seed(limits_.seed * 1000003 + std::hash<std::string>()(scenario.name + Now().name));
  const auto begin = SteadyClock::now();
  const uint64_t before = Mine().distinct;
  const BlockLog whole = RecordWhole(&scenario);
  ++Mine().recordings;
  const uint64_t killed_cuts = limits_.cuts / kKilledShare;
  CutAll(scenario, whole, limits_.cuts - killed_cuts, 1);
  if (killed_cuts > 0 && !IsOver()) {
    const BlockLog killed = RecordKilled(scenario);
    ++Mine().recordings;
    CutAll(scenario, killed, killed_cuts, 1);
  }
  const std::chrono::duration<double> taken = SteadyClock::now() - begin;
  const auto count = static_cast<double>(Mine().distinct - before);
  fmt::print("{} on {}: {} operations, {} flushes; {} images, {:.1f} a second\n", scenario.name,
             Now().name, whole.size(), whole.flush_count(), count, count / taken.count());
  std::fflush(stdout);
  return !IsOver();
}

void Campaign::CutAll(const Scenario& scenario, const BlockLog& log, uint64_t count, int depth) {
  const std::vector<size_t> points = log.Points();
  // One at least, however slow all is.
  for (uint64_t i = 0; i < count && (i == 0 || !IsOver()); ++i) {
    const Cut cut = log.Draw(points[random_() % points.size()], limits_.is_lying, &random_);
    ++Mine().cuts;
    if (seen_.insert(cut.image.Hash()).second) {
      Try(scenario, cut, depth);
    }
  }
}

void Campaign::Try(const Scenario& scenario, const Cut& cut, int depth) {
  FileSystemFigures& mine = Mine();
  workers_.CountTrial();
  ++mine.distinct;
  mine.nested += depth > 1 ? 1 : 0;
  mine.pages += cut.is_torn && cut.tearing == Tearing::kPages ? 1 : 0;
  mine.sectors += cut.is_torn && cut.tearing == Tearing::kSectors ? 1 : 0;
  BlockServer& device = machine_.device();
  device.Insert(cut.image);
  device.Begin(cut.told);
  const bool is_cut_again = depth == 1 && random_() % kNestedOneIn == 0;
  if (is_cut_again) {
    device.StartLog();  // also of what the file system does to recover
  }
  if (std::string fault = machine_.Mount(Now()); !fault.empty()) {
    if (is_cut_again) {
      (void)device.TakeLog();
    }
    if (cut.is_torn && cut.tearing == Tearing::kSectors) {
      ++mine.unmounted;
    } else {
      Lose(scenario, cut, depth, "the file system is lost: " + fault);
    }
    return;
  }
  const std::string verb = random_() % 2 == 0 ? "resume" : "rollback";
  std::string fault = Recover(scenario, verb);
  std::optional<BlockLog> log;
  if (is_cut_again) {
    log = device.TakeLog();
  }
  if (std::string left = machine_.Unmount(); !left.empty() && fault.empty()) {
    fault = "something still uses the disk: " + left;
  }
  if (!fault.empty()) {
    Lose(scenario, cut, depth, fault);
  } else if (log) {
    CutAll(scenario, *log, kNestedCuts, depth + 1);
  }
}

std::string Campaign::Recover(const Scenario& scenario, const std::string& verb) {
  // Where nobody keeps the clock right, a run with a window goes back by itself after a boot: what
  // goes forward sees the boot in which the run began.
  machine_.Boot(verb == "rollback" ? NewBootId() : boot_);
  if (verb == "rollback") {
    machine_.device().AskBack();
  }
  std::string fault = Judge(scenario, verb);
  if (fault.empty() && random_() % kAgainOneIn == 0) {
    ++Mine().again;
    const crash::Snapshot before = machine_.Take(false);
    const int code = machine_.Do(verb);
    if (machine_.Take(false) != before) {
      fault = fmt::format("a second {} was no no-op ({}): {}", verb, code, machine_.said());
    }
  }
  return fault;
}

std::string Campaign::Judge(const Scenario& scenario, std::string verb) {
  const bool asked_before = machine_.device().told().is_back_asked && verb != "rollback";
  int code = machine_.Do(verb);
  if (!scenario.can_roll_back && verb == "rollback" && code != kDone) {
    verb = "resume";  // it says that it can only go forward
    code = machine_.Do(verb);
  }
  const Told told = machine_.device().told();
  if (code != kDone && code != kRolledBack && !(code == kRefused && !told.is_opened)) {
    return fmt::format("{} ended with {}: {}", verb, code, machine_.said());
  }
  const crash::Snapshot& old_host = old_hosts_.at(file_system_);
  const std::string to_old = crash::Difference(old_host, machine_.Take(false), old_host);
  if (verb == "rollback" || scenario.exit_code != kDone || told.is_turning_back) {
    return to_old.empty() ? "" : verb + ": not the old host: " + to_old;
  }
  const std::string to_new = crash::Difference(scenario.new_host, machine_.Take(true), old_host);
  // Before anybody knows of the run, or of its way back, either end is right.
  const bool may_be_old = !told.is_opened || asked_before;
  if (to_new.empty() || (may_be_old && to_old.empty())) {
    Mine().forward += to_new.empty() ? 1 : 0;
    return "";
  }
  return fmt::format("{}: not the new host: {}{}", verb, to_new,
                     may_be_old ? "; nor the old one: " + to_old : "");
}

void Campaign::Lose(const Scenario& scenario, const Cut& cut, int depth, const std::string& fault) {
  workers_.CountLost();
  if (++figures.lost > kLostMax) {
    return;
  }
  const char* torn = "";
  if (cut.is_torn) {
    torn = cut.tearing == Tearing::kPages ? ", torn at 4096 bytes" : ", torn at 512 bytes";
  }
  const std::string image = fmt::format("{}/lost-{}", tools_.work, figures.lost);
  std::ofstream file(image, std::ios::binary);
  constexpr uint64_t kChunk = 1 << 20;
  for (uint64_t at = 0; at < cut.image.size(); at += kChunk) {
    file << cut.image.Read(at, kChunk);
  }
  fmt::print("LOST {} on {}, cut after operation {}{}{}: {}\nthe disk: {}\n", scenario.name,
             Now().name, cut.point, depth > 1 ? " of a recovery" : "", torn, fault, image);
  std::fflush(stdout);
}

}  // namespace upgraph::blocks
