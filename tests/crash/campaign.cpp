#include "tests/crash/campaign.h"

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "base/check.h"
#include "tests/crash/commands.h"
#include "tests/crash/judge.h"
#include "tests/crash/tracer.h"

namespace upgraph::crash {
namespace {

namespace fs = std::filesystem;

void FreshHost(const Scenario& scenario, const std::string& folder) {
  fs::remove_all(folder);
  fs::create_directories(folder);
  UPGRAPH_CHECK(RunProgram({"/bin/cp", "-a", scenario.folder, folder + "/host"}, folder + "/log") ==
                0);
}

[[noreturn]] void GiveUp(const std::string& what, const std::string& log) {
  std::printf("%s:\n%s\n", what.c_str(), ReadFile(log).c_str());
  std::exit(1);
}

// The calls of a command that nobody kills; its exit code.
std::vector<Point> Learn(const Tools& tools, const Scenario& scenario, const std::string& verb,
                         const std::string& folder, int* exit_code) {
  const std::string host = folder + "/host";
  PointReader reader(host);
  std::vector<Point> run;
  TraceResult traced = Trace(Arguments(tools, scenario, verb, host), folder + "/learn.log",
                             [&](const SystemCall& call) {
                               Point point;
                               if (reader.Read(call, &point)) {
                                 run.push_back(point);
                               }
                               return Verdict::kGoOn;
                             });
  *exit_code = traced.exit_code;
  return BetweenRecords(run);
}

// Whether it was killed there.
bool KillAt(const Tools& tools, const Scenario& scenario, const Command& command,
            const std::string& folder) {
  const std::string host = folder + "/host";
  PointReader reader(host);
  TraceResult traced = Trace(Arguments(tools, scenario, command.verb, host), folder + "/killed.log",
                             [&](const SystemCall& call) {
                               Point seen;
                               bool is_it = reader.Read(call, &seen) && seen == command.point;
                               return is_it ? Verdict::kKill : Verdict::kGoOn;
                             });
  return traced.was_killed;
}

// What a person does about what is left over: by hand, by their word, and by going on.
void LearnSettling(const Tools& tools, const std::string& spec, const std::string& trial,
                   Scenario* scenario) {
  scenario->mend = fs::path(spec).replace_extension(".mend.sh");
  const std::string log = trial + "/mend.log";
  std::vector<Command> whole = {{"apply", false, {}}, {"mend", false, {}}};
  if (Do(tools, *scenario, "mend", trial, log) != kDone) {
    GiveUp(scenario->name, log);
  }
  std::istringstream steps(ReadFile(log));
  for (std::string step; std::getline(steps, step);) {
    scenario->settles.push_back(step);
  }
  for (const auto& [verb, wanted] : {std::pair("resolve", kDone), {"resume", kRolledBack}}) {
    int code = 0;
    std::vector<Point> points = Learn(tools, *scenario, verb, trial, &code);
    if (code != wanted) {
      GiveUp(scenario->name + ": " + verb + " ended with " + std::to_string(code),
             trial + "/learn.log");
    }
    scenario->backward.push_back({whole, verb, std::move(points)});
    whole.push_back({verb, false, {}});
  }
}

void LearnRemoval(const Tools& tools, const std::string& trial, Scenario* scenario) {
  FreshHost(*scenario, trial);
  const std::string log = trial + "/apply.log";
  int code = Do(tools, *scenario, "apply", trial, log);
  if (code != kDone || FindUndo(trial + "/host").empty()) {
    GiveUp(scenario->name + ": there is nothing to remove", log);
  }
  std::vector<Point> points = Learn(tools, *scenario, "tick", trial, &code);
  if (code != kDone || !FindUndo(trial + "/host").empty()) {
    GiveUp(scenario->name + ": it is not removed", trial + "/learn.log");
  }
  scenario->backward.push_back({{{"apply", false, {}}}, "tick", std::move(points)});
}

// Killed while it prepares, and while it goes on.
void LearnParking(const Tools& tools, const std::string& trial, Scenario* scenario) {
  FreshHost(*scenario, trial);
  std::vector<Command> whole;
  for (const char* verb : {"prepare", "resume"}) {
    int code = 0;
    std::vector<Point> points = Learn(tools, *scenario, verb, trial, &code);
    if (code != kDone) {
      GiveUp(scenario->name + ": " + verb + " ended with " + std::to_string(code),
             trial + "/learn.log");
    }
    scenario->backward.push_back({whole, verb, std::move(points)});
    whole.push_back({verb, false, {}});
  }
}

}  // namespace

const char* KindName(Kind kind) {
  switch (kind) {
    case Kind::kForward:
      return "forward";
    case Kind::kBack:
      return "back";
    case Kind::kNested:
      return "nested";
    case Kind::kDeep:
      return "deep";
    case Kind::kErrors:
      return "errors";
  }
  UPGRAPH_UNREACHABLE("kind");
}

std::string Job::Text() const {
  std::string text = std::string(KindName(kind)) + " " + scenario->name;
  for (const Command& command : killed) {
    text += ": " + command.verb + (command.is_killed ? " " + command.point.Text() : "") +
            (command.fault ? " " + command.point.Text() + " " + command.fault->Text() : "");
  }
  return text;
}

std::unique_ptr<Scenario> LearnScenario(const Tools& tools, const std::string& spec,
                                        Snapshots* snapshots) {
  auto scenario = std::make_unique<Scenario>();
  scenario->name = fs::path(spec).stem();
  const std::string folder = tools.work + "/" + scenario->name;
  const std::string log = tools.work + "/log";
  fs::create_directories(folder);
  scenario->folder = folder + "/old";
  scenario->package = folder + "/package.zip";
  if (RunProgram({"/bin/bash", tools.make_host, scenario->folder}, log) != 0 ||
      RunProgram({tools.upgraph, "pack", spec, "-o", scenario->package}, log) != 0) {
    GiveUp(scenario->name, log);
  }
  scenario->old_host = snapshots->Take(scenario->folder, false);
  const std::string trial = folder + "/learn";
  FreshHost(*scenario, trial);
  scenario->forward = Learn(tools, *scenario, "apply", trial, &scenario->exit_code);
  // What a spec leads to stands in its name and its text: a scenario that fails by mistake would
  // prove little.
  const bool is_stuck = scenario->name.rfind("stuck", 0) == 0;
  const bool turns_back = scenario->name.rfind("turn_back", 0) == 0;
  if (scenario->exit_code != (is_stuck ? kIncomplete : turns_back ? kRolledBack : kDone)) {
    GiveUp(scenario->name, trial + "/learn.log");
  }
  scenario->new_host = snapshots->Take(trial + "/host", true);
  if (is_stuck) {
    LearnSettling(tools, spec, trial, scenario.get());
  } else if (scenario->exit_code == kDone) {
    int code = 0;
    std::vector<Point> points = Learn(tools, *scenario, "rollback", trial, &code);
    scenario->can_roll_back = ReadFile(spec).find("commit \"") == std::string::npos;
    if ((code == kDone) != scenario->can_roll_back) {
      GiveUp(scenario->name + ": a rollback ended with " + std::to_string(code),
             trial + "/learn.log");
    }
    if (scenario->can_roll_back) {
      scenario->backward.push_back({{{"apply", false, {}}}, "rollback", std::move(points)});
    }
  }
  if (scenario->name == "retain") {
    LearnRemoval(tools, trial, scenario.get());
  } else if (scenario->name == "parked") {
    LearnParking(tools, trial, scenario.get());
  }
  fs::remove_all(trial);
  return scenario;
}

std::vector<Point> LearnRecovery(const Tools& tools, const Scenario& scenario,
                                 const std::vector<Command>& killed, const std::string& verb) {
  const std::string trial = tools.work + "/" + scenario.name + "/learn";
  FreshHost(scenario, trial);
  int code = 0;
  std::vector<Point> points;
  if (std::all_of(killed.begin(), killed.end(), [&](const Command& command) {
        return KillAt(tools, scenario, command, trial);
      })) {
    points = Learn(tools, scenario, verb, trial, &code);
  }
  fs::remove_all(trial);
  return points;
}

std::string RunJob(const Tools& tools, const Job& job, const std::string& folder,
                   Snapshots* snapshots) {
  FreshHost(*job.scenario, folder);
  int told = -1;
  for (const Command& command : job.killed) {
    if (command.fault.has_value()) {
      const DisturbedRun run =
          RunDisturbed(Arguments(tools, *job.scenario, command.verb, folder + "/host"),
                       folder + "/host", command.point, *command.fault, folder + "/disturbed.log");
      if (!run.was_reached) {
        return kUnreached;
      }
      told = run.exit_code;
      std::string fault = JudgeTold(tools, job, told, folder, snapshots);
      if (fault.empty() && !run.began_later.empty()) {
        fault = "after a record was lost it went on with " + run.began_later;
      }
      if (!fault.empty()) {
        return fault;
      }
      continue;
    }
    if (command.is_killed) {
      if (!KillAt(tools, *job.scenario, command, folder)) {
        return kUnreached;
      }
      continue;
    }
    const int code = Do(tools, *job.scenario, command.verb, folder, folder + "/whole.log");
    if (code != (command.verb == "apply" ? job.scenario->exit_code : kDone)) {
      return command.verb + " ended with " + std::to_string(code);
    }
  }
  return JudgeEnd(tools, job, told, folder, snapshots);
}

}  // namespace upgraph::crash
