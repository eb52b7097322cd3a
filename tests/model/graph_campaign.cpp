// Random graphs and random faults against the real executor.
//
//   graph_campaign [--seed N] [--graphs N] [--seconds N] [--workers N] [--one N]
//
// Graph I of seed N is drawn by N * 2^32 + I; --one I carries out only that one, and tells it.

#include <chrono>
#include <cstdio>
#include <map>
#include <string>

#include "tests/model/graph_trial.h"
#include "tests/support/workers.h"

namespace upgraph::model {
namespace {

constexpr uint64_t kBrokenMax = 5;  // of one worker: more would say nothing new

struct Figures {
  uint64_t graphs = 0;
  uint64_t commands = 0;
  uint64_t steps = 0;
  uint64_t rolled_back = 0;
  uint64_t incomplete = 0;
  uint64_t interrupted = 0;
  uint64_t committed = 0;
  uint64_t settled = 0;
  uint64_t broken = 0;
};

using Settings = std::map<std::string, uint64_t>;

Figures RunWorker(const Settings& settings, uint64_t worker, Workers* workers) {
  Figures figures;
  for (uint64_t i = worker; i < settings.at("graphs"); i += settings.at("workers")) {
    if (workers->IsOver() || figures.broken >= kBrokenMax) {
      break;
    }
    const TrialReport report = RunTrial((settings.at("seed") << 32) + i, false);
    ++figures.graphs;
    workers->CountTrial();
    figures.commands += static_cast<uint64_t>(report.commands);
    figures.steps += static_cast<uint64_t>(report.steps);
    figures.rolled_back += report.was_rolled_back;
    figures.incomplete += report.was_incomplete;
    figures.interrupted += report.was_interrupted;
    figures.committed += report.was_committed;
    figures.settled += report.was_settled;
    if (!report.broken.empty()) {
      ++figures.broken;
      workers->CountLost();
      std::printf("BROKEN --seed %llu --one %llu: %s\n",
                  static_cast<unsigned long long>(settings.at("seed")),
                  static_cast<unsigned long long>(i), report.broken.c_str());
      std::fflush(stdout);
    }
  }
  return figures;
}

int RunCampaign(const Settings& settings) {
  std::printf("seed %llu, %llu graphs\n", static_cast<unsigned long long>(settings.at("seed")),
              static_cast<unsigned long long>(settings.at("graphs")));
  std::fflush(stdout);
  Workers workers{std::chrono::seconds(settings.at("seconds"))};
  for (uint64_t worker = 0; worker < settings.at("workers"); ++worker) {
    workers.Start([&] { return workers.Tell(RunWorker(settings, worker, &workers)); });
  }
  (void)workers.Wait();
  const std::vector<Figures> told = workers.Told<Figures>();
  Figures all;
  for (const Figures& one : told) {
    all.graphs += one.graphs;
    all.commands += one.commands;
    all.steps += one.steps;
    all.rolled_back += one.rolled_back;
    all.incomplete += one.incomplete;
    all.interrupted += one.interrupted;
    all.committed += one.committed;
    all.settled += one.settled;
    all.broken += one.broken;
  }
  std::printf(
      "%llu graphs of %llu steps, %llu commands: %llu interrupted, %llu rolled back, %llu "
      "incomplete on the way, %llu settled by a person, %llu committed; %llu broke a rule\n",
      static_cast<unsigned long long>(all.graphs), static_cast<unsigned long long>(all.steps),
      static_cast<unsigned long long>(all.commands),
      static_cast<unsigned long long>(all.interrupted),
      static_cast<unsigned long long>(all.rolled_back),
      static_cast<unsigned long long>(all.incomplete), static_cast<unsigned long long>(all.settled),
      static_cast<unsigned long long>(all.committed), static_cast<unsigned long long>(all.broken));
  // A draw that meets nothing would prove nothing.
  const bool has_met_all = all.interrupted > 0 && all.rolled_back > 0 && all.incomplete > 0 &&
                           all.settled > 0 && all.committed > 0;
  return told.size() == settings.at("workers") && all.broken == 0 && has_met_all ? 0 : 1;
}

}  // namespace
}  // namespace upgraph::model

int main(int argc, char** argv) {
  upgraph::model::Settings settings = {
      {"seed", 1}, {"graphs", 1000}, {"seconds", 1000000}, {"workers", 2}};
  for (int i = 1; i + 1 < argc; i += 2) {
    settings[std::string(argv[i]).substr(2)] = std::stoull(argv[i + 1]);
  }
  if (settings.count("one") != 0) {
    const auto report = upgraph::model::RunTrial((settings["seed"] << 32) + settings["one"], true);
    std::printf("%s\n", report.broken.empty() ? "all rules held" : report.broken.c_str());
    return report.broken.empty() ? 0 : 1;
  }
  return upgraph::model::RunCampaign(settings);
}
