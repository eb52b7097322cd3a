// Power cuts on a simulated disk, under the real executor, its journal and its steps.
//
//   power_cut --upgraph PROGRAM --scenarios FOLDER --work FOLDER [--seed N] [--cuts N]
//             [--seconds N] [--workers N] [--only NAME] [--lying-disk yes] [--syncs fail|slow]
//
// Each scenario that needs no command is carried out once, forward and back, and before each change
// and each sync of the disk N cuts are drawn: what was not synced is there or not, or in parts.
// From every distinct state `resume` or `rollback` must lead to the new or to the old host, what
// was told before the cut must hold, and some recoveries are cut again. With --lying-disk, where
// nothing is ever synced, it is an error when all goes well. With --syncs fail each sync of a run
// and of its way back fails once, and what it was to make durable never will be by a later one;
// then the cuts are drawn in what comes after it. With --syncs slow each takes up to half an hour.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "tests/crash/host_state.h"
#include "tests/disk/cut_campaign.h"
#include "tests/disk/disk_vfs.h"
#include "tests/support/workers.h"

namespace upgraph::disk {
namespace {

namespace fs = std::filesystem;

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
  const uint64_t count = std::stoull(settings.at("workers"));
  fmt::print("seed {}: {} scenarios, {} cuts before each change\n", settings.at("seed"),
             specs.size(), settings.at("cuts"));
  std::fflush(stdout);
  Workers workers{std::chrono::seconds(std::stoull(settings.at("seconds")))};
  for (uint64_t worker = 0; worker < count; ++worker) {
    workers.Start([&] {
      InstallVfs();
      Campaign campaign(settings, worker, &workers);
      for (uint64_t i = worker; i < specs.size() && campaign.Run(specs[i]); i += count) {
      }
      return workers.Tell(campaign.figures);
    });
  }
  (void)workers.Wait();
  const std::vector<Figures> told = workers.Told<Figures>();
  Figures all;
  for (const Figures& one : told) {
    all.changes += one.changes;
    all.cuts += one.cuts;
    all.distinct += one.distinct;
    all.nested += one.nested;
    all.syncs += one.syncs;
    all.lost += one.lost;
    all.scenarios += one.scenarios;
  }
  fmt::print(
      "{} cuts before {} changes of {} scenarios: {} distinct states, {} of them in a recovery; {} "
      "lost\n",
      all.cuts, all.changes, all.scenarios, all.distinct, all.nested, all.lost);
  if (settings.at("syncs") != "good") {
    fmt::print("{} syncs were bad\n", all.syncs);
    all.distinct = all.syncs;
  }
  fs::remove_all(settings.at("work"));
  if (settings.at("lying-disk") == "yes") {
    return all.lost > 0 ? 0 : 1;
  }
  return told.size() == count && all.lost == 0 && all.distinct > 0 ? 0 : 1;
}

}  // namespace
}  // namespace upgraph::disk

int main(int argc, char** argv) {
  upgraph::disk::Settings settings = {{"seed", "1"},    {"cuts", "1"}, {"seconds", "1000000"},
                                      {"workers", "2"}, {"only", ""},  {"lying-disk", "no"},
                                      {"syncs", "good"}};
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
