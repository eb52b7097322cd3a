// Kills runs of many scenarios before their system calls, or lets the calls fail.
//
//   kill_campaign --upgraph PROGRAM --scenarios FOLDER --snapshot SCRIPT --work FOLDER
//                 [--seed N] [--points N] [--anchors N] [--seconds N] [--workers N] [--only NAME,…]
//                 [--kinds forward,back,nested,deep,errors] [--share I/N]
//
// A point is a distinct pair of scenario and system call between the first and the last record;
// `nested` points are pairs of a kill on the way and a kill in the recovery from it, `deep` ones
// have a third in the recovery from that. A point of `errors` is a call, forward or back, and what
// becomes of it: one of the errors that it may give, once or from there on for good, or half of
// what it should read or write. --points bounds how many of each kind are tried in each scenario
// (0: all), drawn by the seed; --anchors how many first kills a scenario has for `nested` and
// `deep`. After --seconds, or at Ctrl-C, no more trials are started.

#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include "base/check.h"
#include "base/json.h"
#include "tests/crash/campaign.h"
#include "tests/support/workers.h"

namespace upgraph::crash {
namespace {

namespace fs = std::filesystem;

using Settings = std::map<std::string, std::string>;
using Random = std::mt19937_64;

// Of fifteen trials that kill; errors are a campaign of their own.
const std::map<Kind, size_t> kShares = {{Kind::kForward, 8},
                                        {Kind::kBack, 4},
                                        {Kind::kNested, 2},
                                        {Kind::kDeep, 1},
                                        {Kind::kErrors, 1}};

// Of a whole campaign of kills: a quarter of a trial's time would go into a second recovery.
constexpr uint64_t kAskedTwiceOneIn = 4;

// The order is the seed's alone: std::shuffle is not the same everywhere.
template <typename T>
void Shuffle(std::vector<T>* items, Random* random) {
  for (size_t i = items->size(); i > 1; --i) {
    std::swap((*items)[i - 1], (*items)[(*random)() % i]);
  }
}

std::vector<Point> Draw(std::vector<Point> points, size_t count, Random* random) {
  Shuffle(&points, random);
  if (count != 0 && points.size() > count) {
    points.resize(count);
  }
  return points;
}

class Campaign {
 public:
  explicit Campaign(const Settings& settings)
      : settings_(settings),
        // Calls are told apart by whole paths.
        tools_{fs::absolute(settings.at("upgraph")), settings.at("scenarios") + "/make_host.sh",
               fs::absolute(settings.at("work"))},
        random_(std::stoull(settings.at("seed"))) {
    fs::remove_all(tools_.work);
    fs::create_directories(tools_.work);
  }

  int Run() {
    Learn();
    Shuffle(&jobs_, &random_);
    Mix();
    Restrict();
    std::printf("seed %s: %zu scenarios, %zu trials\n", settings_.at("seed").c_str(),
                scenarios_.size(), jobs_.size());
    std::fflush(stdout);
    bool all_ended = RunWorkers();
    bool has_passed = Summarise() && all_ended;
    if (has_passed) {
      fs::remove_all(tools_.work);
    }
    return has_passed ? 0 : 1;
  }

 private:
  size_t Number(const char* name) const { return std::stoull(settings_.at(name)); }
  bool Wants(Kind kind) const {
    return settings_.at("kinds").find(KindName(kind)) != std::string::npos;
  }

  void Learn() {
    std::vector<std::string> specs;
    for (const auto& file : fs::directory_iterator(settings_.at("scenarios"))) {
      if (file.path().extension() == ".upg" && IsWanted(file.path().stem())) {
        specs.push_back(file.path());
      }
    }
    std::sort(specs.begin(), specs.end());
    Snapshots snapshots(settings_.at("snapshot"));
    for (const std::string& spec : specs) {
      scenarios_.push_back(LearnScenario(tools_, spec, &snapshots));
      AddJobs(*scenarios_.back());
    }
    UPGRAPH_CHECK(!jobs_.empty());
  }

  bool IsWanted(const std::string& name) const {
    const std::string& only = settings_.at("only");
    return only.empty() || ("," + only + ",").find("," + name + ",") != std::string::npos;
  }

  std::string DrawVerb() { return random_() % 2 == 0 ? "resume" : "rollback"; }

  // A call that can fail, and how; all that may become of it is as likely.
  void AddErrors(const Scenario& scenario, size_t count) {
    std::vector<std::pair<std::vector<Command>, Command>> all;
    const auto add = [&](const std::vector<Command>& whole, const std::string& verb,
                         const std::vector<Point>& points) {
      for (const Point& point : points) {
        for (const Fault& fault : FaultsOf(point.name)) {
          all.push_back({whole, {verb, false, point, fault}});
        }
      }
    };
    add({}, "apply", scenario.forward);
    for (const WayBack& back : scenario.backward) {
      add(back.whole, back.verb, back.points);
    }
    Shuffle(&all, &random_);
    if (count != 0 && all.size() > count) {
      all.resize(count);
    }
    for (auto& [commands, disturbed] : all) {
      commands.push_back(std::move(disturbed));
      jobs_.push_back({Kind::kErrors, &scenario, std::move(commands), DrawVerb()});
    }
  }

  // First kills are spread over the run, at effects above all.
  void AddNested(const Scenario& scenario, size_t count) {
    size_t anchors = Number("anchors");
    for (const Point& anchor : Draw(ChoosePoints(scenario.forward, anchors), anchors, &random_)) {
      std::string verb = DrawVerb();
      std::vector<Command> killed = {{"apply", true, anchor}};
      const std::vector<Point> points =
          Draw(LearnRecovery(tools_, scenario, killed, verb), count, &random_);
      if (Wants(Kind::kNested)) {
        AddKills(Kind::kNested, scenario, killed, verb, points);
      }
      if (Wants(Kind::kDeep) && !points.empty()) {
        killed.push_back({verb, true, points.front()});
        verb = verb == "rollback" ? verb : DrawVerb();
        const size_t deep_count = count == 0 ? 0 : std::max<size_t>(count / 3, 1);
        AddKills(Kind::kDeep, scenario, killed, verb,
                 Draw(LearnRecovery(tools_, scenario, killed, verb), deep_count, &random_));
      }
    }
  }

  // The same kills, and one more at each of `points`.
  void AddKills(Kind kind, const Scenario& scenario, const std::vector<Command>& before,
                const std::string& verb, const std::vector<Point>& points) {
    for (const Point& point : points) {
      std::vector<Command> killed = before;
      killed.push_back({verb, true, point});
      jobs_.push_back({kind, &scenario, std::move(killed), verb == "rollback" ? verb : DrawVerb()});
    }
  }

  void AddJobs(const Scenario& scenario) {
    size_t count = Number("points");
    size_t back_count = 0;
    for (const WayBack& back : scenario.backward) {
      back_count += back.points.size();
    }
    std::printf("%s: %zu calls forward, %zu back\n", scenario.name.c_str(), scenario.forward.size(),
                back_count);
    if (Wants(Kind::kForward)) {
      for (const Point& point : Draw(scenario.forward, count, &random_)) {
        jobs_.push_back({Kind::kForward, &scenario, {{"apply", true, point}}, DrawVerb()});
      }
    }
    for (const WayBack& back : scenario.backward) {
      if (!Wants(Kind::kBack)) {
        break;
      }
      for (const Point& point : Draw(back.points, count, &random_)) {
        std::vector<Command> commands = back.whole;
        commands.push_back({back.verb, true, point});
        jobs_.push_back({Kind::kBack, &scenario, std::move(commands), DrawVerb()});
      }
    }
    if (Wants(Kind::kNested) || Wants(Kind::kDeep)) {
      AddNested(scenario, count);
    }
    if (Wants(Kind::kErrors)) {
      AddErrors(scenario, count);
    }
  }

  // So that a campaign that is ended early has of each kind what it should have.
  void Mix() {
    std::map<Kind, std::vector<Job>> by_kind;
    for (Job& job : jobs_) {
      by_kind[job.kind].push_back(std::move(job));
    }
    jobs_.clear();
    std::map<Kind, size_t> taken;
    const bool is_whole = Number("points") == 0;
    while (!by_kind.empty()) {
      auto next = std::min_element(by_kind.begin(), by_kind.end(), [&](auto& one, auto& other) {
        return taken[one.first] / kShares.at(one.first) <
               taken[other.first] / kShares.at(other.first);
      });
      jobs_.push_back(std::move(next->second[taken[next->first]++]));
      jobs_.back().is_asked_twice =
          !is_whole || next->first == Kind::kErrors || random_() % kAskedTwiceOneIn == 0;
      if (taken[next->first] == next->second.size()) {
        by_kind.erase(next);
      }
    }
  }

  // The share of this machine or this night: "2/3" is the second third.
  void Restrict() {
    const std::string& share = settings_.at("share");
    size_t slash = share.find('/');
    size_t index = std::stoull(share) - 1;
    size_t count = std::stoull(share.substr(slash + 1));
    std::vector<Job> kept;
    for (size_t i = index; i < jobs_.size(); i += count) {
      kept.push_back(jobs_[i]);
    }
    jobs_ = std::move(kept);
  }

  std::string ReportOf(size_t worker) const {
    return tools_.work + "/worker" + std::to_string(worker) + ".report";
  }

  void RunWorker(size_t worker, Workers* workers) {
    std::ofstream report(ReportOf(worker));
    Snapshots snapshots(settings_.at("snapshot"));
    for (size_t i = worker; i < jobs_.size() && !workers->IsOver(); i += Number("workers")) {
      std::string result =
          RunJob(tools_, jobs_[i], tools_.work + "/worker" + std::to_string(worker), &snapshots);
      report << CompactJson(Json{{"job", i}, {"result", result}}) << "\n" << std::flush;
      workers->CountTrial();
      if (!result.empty() && result != kUnreached) {
        workers->CountLost();
      }
    }
  }

  // Whether every worker came to its end. Each is a process of its own: a tracer waits for all of
  // its children.
  bool RunWorkers() {
    Workers workers{std::chrono::seconds(Number("seconds"))};
    for (size_t worker = 0; worker < Number("workers"); ++worker) {
      workers.Start([&] {
        RunWorker(worker, &workers);
        return 0;
      });
    }
    const std::vector<int> codes = workers.Wait();
    return std::all_of(codes.begin(), codes.end(), [](int code) { return code == 0; });
  }

  bool Summarise() {
    std::map<Kind, std::set<std::string>> passed;
    std::map<Kind, std::set<std::string>> scenarios;
    size_t unreached = 0;
    size_t failed = 0;
    size_t tried = 0;
    for (size_t worker = 0; worker < Number("workers"); ++worker) {
      std::istringstream lines(ReadFile(ReportOf(worker)));
      for (std::string text; std::getline(lines, text);) {
        Json line = *ParseJson(text);
        ++tried;
        const Job& job = jobs_.at(line["job"].get<size_t>());
        std::string result = line["result"].get<std::string>();
        if (result == kUnreached) {
          ++unreached;
        } else if (result.empty()) {
          passed[job.kind].insert(job.Text());
          scenarios[job.kind].insert(job.scenario->name);
        } else if (++failed <= 20) {
          std::printf("FAILED %s, then %s: %s\n", job.Text().c_str(), job.recovery.c_str(),
                      result.c_str());
        }
      }
    }
    bool is_enough = failed == 0;
    for (Kind kind : kAllKinds) {
      if (Wants(kind)) {
        std::printf("%s: %zu distinct points in %zu scenarios passed\n", KindName(kind),
                    passed[kind].size(), scenarios[kind].size());
        is_enough = is_enough && !passed[kind].empty();
      }
    }
    std::printf("%zu of %zu trials: %zu lost; %zu calls were not made this time\n", tried,
                jobs_.size(), failed, unreached);
    return is_enough;
  }

  Settings settings_;
  Tools tools_;
  Random random_;
  std::vector<std::unique_ptr<Scenario>> scenarios_;
  std::vector<Job> jobs_;
};

}  // namespace
}  // namespace upgraph::crash

int main(int argc, char** argv) {
  upgraph::crash::Settings settings = {{"seed", "1"},    {"points", "0"},
                                       {"anchors", "4"}, {"workers", "2"},
                                       {"only", ""},     {"seconds", "1000000"},
                                       {"share", "1/1"}, {"kinds", "forward,back,nested,deep"}};
  for (int i = 1; i + 1 < argc; i += 2) {
    settings[std::string(argv[i]).substr(2)] = argv[i + 1];
  }
  for (const char* needed : {"upgraph", "scenarios", "snapshot", "work"}) {
    if (settings.count(needed) == 0) {
      std::fprintf(stderr, "kill_campaign: --%s is missing\n", needed);
      return 2;
    }
  }
  return upgraph::crash::Campaign(settings).Run();
}
