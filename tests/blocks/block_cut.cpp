// Power cuts under real file systems: block images of everything that a disk may hold then.
//
//   block_cut --upgraph PROGRAM --scenarios FOLDER --snapshot SCRIPT --work FOLDER [--seed N]
//             [--cuts N] [--seconds N] [--workers N] [--only NAME] [--file-systems A,B]
//             [--lying-disk yes]
//
// Each scenario is carried out by the program itself on each file system, forward and back, on a
// disk that logs what it is asked to do. From the log N cuts are drawn: all that was written before
// the last flush is there, of the rest nothing, all, a prefix or any part, some of it torn. Each
// distinct image is mounted, and `resume` or `rollback` must lead to the new or to the old host;
// what was told before the cut must hold, and some recoveries are cut again. With --lying-disk,
// where no flush counts, it is an error when all goes well.
//
// It mounts in a mount namespace of its own and needs root, FUSE and loop devices. Where these
// cannot be had it says so and exits with 77.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/check.h"
#include "tests/blocks/campaign.h"
#include "tests/support/workers.h"

namespace upgraph::blocks {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;
using Settings = std::map<std::string, std::string>;

constexpr int kFailed = 1;
constexpr int kSkipped = 77;

std::vector<std::string> FindSpecs(const Settings& settings) {
  std::vector<std::string> specs;
  for (const auto& file : fs::directory_iterator(settings.at("scenarios"))) {
    fs::path mend = file.path();
    const bool is_wanted = settings.at("only").empty() || file.path().stem() == settings.at("only");
    // Where a person has to mend something, the kill campaign does.
    if (file.path().extension() == ".upg" && is_wanted &&
        !fs::exists(mend.replace_extension(".mend.sh"))) {
      specs.push_back(fs::absolute(file.path()));
    }
  }
  std::sort(specs.begin(), specs.end());
  UPGRAPH_CHECK(!specs.empty());
  return specs;
}

bool IsWanted(const Settings& settings, const FileSystem& file_system) {
  const std::string& wanted = settings.at("file-systems");
  return wanted.empty() ||
         ("," + wanted + ",").find("," + file_system.name + ",") != std::string::npos;
}

// All pairs, in an order of the seed's, so that a campaign that is cut short has seen of each.
std::vector<Job> DrawJobs(const Settings& settings, const std::vector<size_t>& file_systems) {
  std::vector<Job> jobs;
  for (const std::string& spec : FindSpecs(settings)) {
    for (size_t file_system : file_systems) {
      jobs.push_back({spec, file_system});
    }
  }
  Random random(std::stoull(settings.at("seed")));
  for (size_t i = jobs.size(); i > 1; --i) {
    std::swap(jobs[i - 1], jobs[random() % i]);
  }
  return jobs;
}

int Work(const Settings& settings, uint64_t worker, Workers* workers) {
  const Tools tools{fs::absolute(settings.at("upgraph")),
                    fs::absolute(settings.at("scenarios") + "/make_host.sh"),
                    fs::absolute(settings.at("snapshot")),
                    fmt::format("{}/{}", fs::absolute(settings.at("work")).string(), worker)};
  Limits limits;
  limits.seed = std::stoull(settings.at("seed"));
  limits.cuts = std::stoull(settings.at("cuts"));
  limits.is_lying = settings.at("lying-disk") == "yes";
  fs::create_directories(tools.work);
  std::string reason = UseOwnMounts();
  std::unique_ptr<Machine> machine = reason.empty() ? Machine::Make(tools, &reason) : nullptr;
  if (machine == nullptr) {
    fmt::print("skipped: {}\n", reason);
    return kSkipped;
  }
  Campaign campaign(tools, limits, machine.get(), workers);
  std::vector<size_t> ready;
  for (size_t i = 0; i < FileSystems().size(); ++i) {
    if (!IsWanted(settings, FileSystems()[i])) {
      continue;
    }
    reason = machine->WhyMissing(FileSystems()[i]);
    if (!reason.empty()) {
      fmt::print("LEFT OUT: {}: {}\n", FileSystems()[i].name, reason);
      continue;
    }
    if (!campaign.Prepare(i, &reason)) {
      const bool is_possible = reason.rfind(kNoLoopDevice, 0) != 0;
      fmt::print("{}{}: {}\n", is_possible ? "" : "skipped: ", FileSystems()[i].name, reason);
      return is_possible ? kFailed : kSkipped;
    }
    ready.push_back(i);
  }
  if (ready.empty()) {
    fmt::print("skipped: there is none of the file systems here\n");
    return kSkipped;
  }
  const std::vector<Job> jobs = DrawJobs(settings, ready);
  for (size_t i = worker; i < jobs.size(); i += std::stoull(settings.at("workers"))) {
    if (!campaign.Run(jobs[i])) {
      break;
    }
  }
  return workers->Tell(campaign.figures);
}

void Add(const Figures& one, Figures* all) {
  all->lost += one.lost;
  for (size_t i = 0; i < kFileSystemsMax; ++i) {
    const FileSystemFigures& from = one.by_file_system[i];
    FileSystemFigures& to = all->by_file_system[i];
    to.recordings += from.recordings;
    to.cuts += from.cuts;
    to.distinct += from.distinct;
    to.pages += from.pages;
    to.sectors += from.sectors;
    to.unmounted += from.unmounted;
    to.nested += from.nested;
    to.forward += from.forward;
    to.again += from.again;
  }
}

uint64_t Print(const Settings& settings, const Figures& all, double seconds) {
  uint64_t distinct = 0;
  for (size_t i = 0; i < FileSystems().size(); ++i) {
    const FileSystemFigures& one = all.by_file_system[i];
    if (!IsWanted(settings, FileSystems()[i])) {
      continue;
    }
    fmt::print(
        "{}: {} cuts of {} recordings: {} distinct images, {} of them torn at 4096 bytes and {} at "
        "512 ({} of these do not mount), {} in a recovery; {} recoveries led to the new host, {} "
        "were "
        "asked for twice\n",
        FileSystems()[i].name, one.cuts, one.recordings, one.distinct, one.pages, one.sectors,
        one.unmounted, one.nested, one.forward, one.again);
    distinct += one.distinct;
  }
  fmt::print("{} distinct images in {:.0f} s, {:.1f} a second; {} lost\n", distinct, seconds,
             static_cast<double>(distinct) / seconds, all.lost);
  return distinct;
}

int RunWorkers(const Settings& settings) {
  if (geteuid() != 0) {
    fmt::print("skipped: only root can mount what is cut\n");
    return kSkipped;
  }
  fs::remove_all(settings.at("work"));
  fs::create_directories(settings.at("work"));
  fmt::print("seed {}: {} scenarios, {} cuts of each on each file system\n", settings.at("seed"),
             FindSpecs(settings).size(), settings.at("cuts"));
  std::fflush(stdout);
  const auto begin = SteadyClock::now();
  Workers workers{std::chrono::seconds(std::stoull(settings.at("seconds")))};
  for (uint64_t worker = 0; worker < std::stoull(settings.at("workers")); ++worker) {
    workers.Start([&] { return Work(settings, worker, &workers); });
  }
  int worst = 0;
  for (int code : workers.Wait()) {
    code = code < 0 ? kFailed : code;
    worst = code == 0 || worst == kFailed ? worst : code;
  }
  Figures all;
  for (const Figures& one : workers.Told<Figures>()) {
    Add(one, &all);
  }
  if (worst == kSkipped) {
    return kSkipped;
  }
  const std::chrono::duration<double> taken = SteadyClock::now() - begin;
  const uint64_t distinct = Print(settings, all, taken.count());
  if (settings.at("lying-disk") == "yes") {
    return worst == 0 && all.lost > 0 ? 0 : 1;
  }
  const bool has_passed = worst == 0 && all.lost == 0 && distinct > 0;
  if (has_passed) {
    fs::remove_all(settings.at("work"));
  }
  return has_passed ? 0 : 1;
}

}  // namespace
}  // namespace upgraph::blocks

int main(int argc, char** argv) {
  upgraph::blocks::Settings settings = {
      {"seed", "1"}, {"cuts", "100"},      {"seconds", "1000000"}, {"workers", "2"},
      {"only", ""},  {"file-systems", ""}, {"lying-disk", "no"}};
  for (int i = 1; i + 1 < argc; i += 2) {
    settings[std::string(argv[i]).substr(2)] = argv[i + 1];
  }
  for (const char* needed : {"upgraph", "scenarios", "snapshot", "work"}) {
    if (settings.count(needed) == 0) {
      std::fprintf(stderr, "block_cut: --%s is missing\n", needed);
      return 2;
    }
  }
  return upgraph::blocks::RunWorkers(settings);
}
