// Kills a run before its system calls, one after another, and looks at what becomes of the host.
//
//   kill_test --upgraph PROGRAM --spec FILE --make-host SCRIPT --snapshot SCRIPT --work FOLDER
//             [--points N] [--workers N] [--expect-failures]
//
// Each point is killed twice on hosts of its own: once `resume` must lead to the new host, once
// `rollback` to the old one, exactly. A second recovery must change nothing, and nothing may be
// left running on the tree. Every step that changes something must have been killed before its
// effect and after it, at a journal write that comes before its "applied": where the first points
// missed one, as calls are never made in quite the same moment, more are tried. With
// --expect-failures (for programs that are broken on purpose) it is an error when every point
// passes.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>

#include "base/check.h"
#include "base/json.h"
#include "tests/crash/host_state.h"
#include "tests/crash/kill_points.h"
#include "tests/crash/tracer.h"
#include "tests/support/workers.h"

namespace upgraph::crash {
namespace {

namespace fs = std::filesystem;

constexpr const char* kUnreached = "unreached";
constexpr int kRoundsMax = 4;

struct Settings {
  std::map<std::string, std::string> values = {{"points", "200"}, {"workers", "2"}};
  bool expects_failures = false;
  const std::string& operator[](const std::string& name) const { return values.at(name); }
};

class Trial {
 public:
  Trial(const Settings& settings, Snapshots* snapshots, const Snapshot& old_host,
        const Snapshot& new_host, const std::string& folder)
      : settings_(settings),
        snapshots_(snapshots),
        old_(old_host),
        new_(new_host),
        folder_(folder),
        host_(folder + "/host") {}

  // Empty: passed. kUnreached: the run did not make this call. Else what went wrong.
  std::string Run(const Point& point, bool resumes, std::set<std::string>* in_doubt) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    UPGRAPH_CHECK(RunProgram({"/bin/cp", "-a", settings_["old"], host_}, folder_ + "/log") == 0);
    PointReader reader(host_);
    TraceResult traced = Trace({settings_["upgraph"], "apply", settings_["package"], "--root",
                                host_, "--yes", "--foreground", "--not-durable"},
                               folder_ + "/apply.log", [&](const SystemCall& call) {
                                 Point seen;
                                 bool is_point = reader.Read(call, &seen);
                                 return is_point && seen.name == point.name &&
                                                seen.subject == point.subject &&
                                                seen.occurrence == point.occurrence
                                            ? Verdict::kKill
                                            : Verdict::kGoOn;
                               });
    if (!traced.was_killed) {
      return kUnreached;
    }
    AskStatus(in_doubt);
    const char* verb = resumes ? "resume" : "rollback";
    int code = Upgraph(verb, "/recover.log");
    if (code != 0) {
      return std::string(verb) + " ended with " + std::to_string(code) + ": " +
             ReadFile(folder_ + "/recover.log");
    }
    const Snapshot& wanted = resumes ? new_ : old_;
    std::string difference = Difference(wanted, Look(resumes), old_);
    if (!difference.empty()) {
      return std::string("after ") + verb + ": " + difference;
    }
    Snapshot before = Look(false);
    code = Upgraph(verb, "/again.log");
    // After a resume that went through, a second one has nothing to do; so has a second rollback.
    if (code != 0 || Look(false) != before) {
      return std::string("a second ") + verb + " was no no-op (" + std::to_string(code) + ")";
    }
    return FindStray(host_);
  }

 private:
  int Upgraph(const char* verb, const char* log) {
    return RunProgram({settings_["upgraph"], verb, "--root", host_, "--yes", "--foreground"},
                      folder_ + log);
  }

  Snapshot Look(bool is_forward) { return snapshots_->Take(host_, is_forward); }

  void AskStatus(std::set<std::string>* in_doubt) {
    RunProgram({settings_["upgraph"], "status", "--root", host_, "--format", "json"},
               folder_ + "/status.json");
    auto status = ParseJson(ReadFile(folder_ + "/status.json"));
    if (!status.ok() || !status->contains("current") || !(*status)["current"].contains("steps")) {
      return;
    }
    for (const Json& step : (*status)["current"]["steps"]) {
      if (step.value("state", "") == "captured") {
        in_doubt->insert(step.value("step", ""));
      }
    }
  }

  const Settings& settings_;
  Snapshots* snapshots_;
  const Snapshot& old_;
  const Snapshot& new_;
  std::string folder_;
  std::string host_;
};

// One worker does every n-th point; a process of its own, since a tracer waits for all its
// children.
void RunWorker(const Settings& settings, const std::vector<Point>& points, int worker, int count,
               const Snapshot& old_host, const Snapshot& new_host, Workers* workers) {
  std::string folder = settings["work"] + "/worker" + std::to_string(worker);
  std::ofstream report(folder + ".report");
  Snapshots snapshots(settings["snapshot"]);
  for (size_t i = static_cast<size_t>(worker); i < points.size() && !workers->IsOver();
       i += static_cast<size_t>(count)) {
    for (bool resumes : {true, false}) {
      std::set<std::string> in_doubt;
      Trial trial(settings, &snapshots, old_host, new_host, folder);
      std::string result = trial.Run(points[i], resumes, &in_doubt);
      Json line = {{"point", points[i].Text()},
                   {"effect", points[i].role == Role::kEffect},
                   {"journal", points[i].role == Role::kJournal},
                   {"verb", resumes ? "resume" : "rollback"},
                   {"result", result},
                   {"in_doubt", in_doubt}};
      report << CompactJson(line) << "\n" << std::flush;
      workers->CountTrial();
      if (!result.empty() && result != kUnreached) {
        workers->CountLost();
        if (settings.expects_failures) {
          return;
        }
      }
    }
  }
}

struct Tally {
  int passed = 0;
  int unreached = 0;
  int failed = 0;
  std::set<std::string> reached_both;
  // Kills while a step was in doubt: before an effect, and at a journal write after one.
  std::map<std::string, std::pair<int, int>> by_step;
};

// Adds what the workers of one round reported.
void Summarise(const Settings& settings, int workers, Tally* all) {
  Tally& tally = *all;
  std::map<std::string, int> reached;
  for (int worker = 0; worker < workers; ++worker) {
    std::istringstream lines(
        ReadFile(settings["work"] + "/worker" + std::to_string(worker) + ".report"));
    for (std::string text; std::getline(lines, text);) {
      Json line = *ParseJson(text);
      std::string result = line["result"].get<std::string>();
      if (result == kUnreached) {
        ++tally.unreached;
        continue;
      }
      std::string point = line["point"].get<std::string>();
      if (++reached[point] == 2) {
        tally.reached_both.insert(point);
      }
      for (const Json& step : line["in_doubt"]) {
        auto& counts = tally.by_step[step.get<std::string>()];
        counts.first += line["effect"].get<bool>();
        counts.second += line["journal"].get<bool>();
      }
      ++(result.empty() ? tally.passed : tally.failed);
      if (!result.empty() && tally.failed <= 10) {
        std::printf("FAILED before %s, %s: %s\n", point.c_str(),
                    line["verb"].get<std::string>().c_str(), result.c_str());
      }
    }
  }
}

// The paths of the steps of the run that change something.
std::set<std::string> ChangingSteps(const Settings& settings) {
  std::string log = settings["work"] + "/plan.json";
  UPGRAPH_CHECK(RunProgram({settings["upgraph"], "plan", settings["spec"], "--root",
                            settings["old"], "--format", "json"},
                           log) == 0);
  Json plan = *ParseJson(ReadFile(log));
  std::set<std::string> paths;
  for (const Json& step : plan["plan"]["steps"]) {
    if (step["undo"] != "observes") {
      paths.insert(step["path"].get<std::string>());
    }
  }
  return paths;
}

// The run as it is when nobody kills it: the calls it makes, and in `host` what it leads to.
std::vector<Point> ReferenceRun(const Settings& settings, const std::string& host) {
  const std::string& work = settings["work"];
  UPGRAPH_CHECK(RunProgram({"/bin/cp", "-a", settings["old"], host}, work + "/log") == 0);
  PointReader reader(host);
  std::vector<Point> run;
  TraceResult traced = Trace({settings["upgraph"], "apply", settings["package"], "--root", host,
                              "--yes", "--foreground", "--not-durable"},
                             work + "/reference.log", [&](const SystemCall& call) {
                               Point point;
                               if (reader.Read(call, &point)) {
                                 run.push_back(point);
                               }
                               return Verdict::kGoOn;
                             });
  if (traced.exit_code != 0) {
    std::printf("the run does not work at all (%d):\n%s\n", traced.exit_code,
                ReadFile(work + "/reference.log").c_str());
    std::exit(1);
  }
  return run;
}

// Whether every worker came to its end.
bool RunWorkers(const Settings& settings, const std::vector<Point>& points,
                const Snapshot& old_host, const Snapshot& new_host) {
  const int count = std::stoi(settings["workers"]);
  Workers workers{std::chrono::hours(24)};
  for (int worker = 0; worker < count; ++worker) {
    workers.Start([&] {
      RunWorker(settings, points, worker, count, old_host, new_host, &workers);
      return 0;
    });
  }
  const std::vector<int> codes = workers.Wait();
  return std::all_of(codes.begin(), codes.end(), [](int code) { return code == 0; });
}

bool IsCovered(const std::set<std::string>& steps, const Tally& tally) {
  return std::all_of(steps.begin(), steps.end(), [&](const std::string& step) {
    auto found = tally.by_step.find(step);
    return found != tally.by_step.end() && found->second.first > 0 && found->second.second > 0;
  });
}

// Where a step is in doubt: effects, and writes of the journal.
std::vector<Point> Telling(const std::vector<Point>& points) {
  std::vector<Point> telling;
  std::copy_if(points.begin(), points.end(), std::back_inserter(telling),
               [](const Point& point) { return point.role != Role::kOther; });
  return telling;
}

// Prints what was found; whether that is enough to believe in.
bool Judge(const std::set<std::string>& steps, const Tally& tally, size_t wanted) {
  bool is_enough = tally.failed == 0;
  for (const std::string& step : steps) {
    auto found = tally.by_step.find(step);
    auto [before, after] = found == tally.by_step.end() ? std::pair(0, 0) : found->second;
    std::printf("%s: killed in doubt %d times before an effect, %d times before the record\n",
                step.c_str(), before, after);
    is_enough = is_enough && before > 0 && after > 0;
  }
  std::printf(
      "%zu points reached with resume and with rollback, %zu wanted; %d trials passed, %d failed, "
      "%d not reached\n",
      tally.reached_both.size(), wanted, tally.passed, tally.failed, tally.unreached);
  return is_enough && tally.reached_both.size() >= wanted;
}

int Main(Settings settings) {
  const std::string& work = settings["work"];
  fs::remove_all(work);
  fs::create_directories(work);
  settings.values["old"] = work + "/old";
  settings.values["package"] = work + "/package.zip";
  UPGRAPH_CHECK(RunProgram({"/bin/bash", settings["make-host"], settings["old"]}, work + "/log") ==
                0);
  UPGRAPH_CHECK(
      RunProgram({settings["upgraph"], "pack", settings["spec"], "-o", settings["package"]},
                 work + "/log") == 0);
  Snapshots snapshots(settings["snapshot"]);
  Snapshot old_host = snapshots.Take(settings["old"], false);
  std::vector<Point> between = BetweenRecords(ReferenceRun(settings, work + "/reference"));
  Snapshot new_host = snapshots.Take(work + "/reference", true);
  size_t wanted = std::min<size_t>(std::stoul(settings["points"]), between.size());
  // Some calls are not made in every run; a few more points make up for them.
  std::vector<Point> points = ChoosePoints(between, wanted == 0 ? 0 : wanted + wanted / 5);
  // The last first: late kills have most to put back.
  std::reverse(points.begin(), points.end());
  std::printf("%zu system calls between the first and the last record; %zu are tried\n",
              between.size(), points.size());
  std::fflush(stdout);
  const std::set<std::string> steps = ChangingSteps(settings);
  Tally tally;
  bool all_ended = true;
  std::vector<Point> next = points;
  for (int round = 0; round < kRoundsMax; ++round) {
    all_ended = RunWorkers(settings, next, old_host, new_host) && all_ended;
    Summarise(settings, std::stoi(settings["workers"]), &tally);
    if (settings.expects_failures || tally.failed > 0 || !all_ended || IsCovered(steps, tally)) {
      break;
    }
    next = Telling(between);
  }
  if (settings.expects_failures) {
    std::printf("%d trials failed, as they should\n", tally.failed);
    return all_ended && tally.failed > 0 ? 0 : 1;
  }
  bool passed = Judge(steps, tally, wanted) && all_ended;
  if (passed) {
    fs::remove_all(work);
  }
  return passed ? 0 : 1;
}

}  // namespace
}  // namespace upgraph::crash

int main(int argc, char** argv) {
  upgraph::crash::Settings settings;
  for (int i = 1; i < argc; ++i) {
    std::string name = std::string(argv[i]).substr(2);
    if (name == "expect-failures") {
      settings.expects_failures = true;
    } else if (i + 1 < argc) {
      settings.values[name] = argv[++i];
    }
  }
  for (const char* needed : {"upgraph", "spec", "make-host", "snapshot", "work"}) {
    if (settings.values.count(needed) == 0) {
      std::fprintf(stderr, "kill_test: --%s is missing\n", needed);
      return 2;
    }
  }
  return upgraph::crash::Main(settings);
}
