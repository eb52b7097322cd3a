#include "tests/crash/campaign.h"

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "base/check.h"
#include "tests/crash/tracer.h"

namespace upgraph::crash {
namespace {

namespace fs = std::filesystem;

// Exit codes of the program: docs/architecture.md.
constexpr int kDone = 0;
constexpr int kRolledBack = 3;
constexpr int kIncomplete = 4;
constexpr int kRefused = 5;
constexpr int kInterrupted = 6;
constexpr int kNeedsPerson = 7;

std::vector<std::string> Arguments(const Tools& tools, const Scenario& scenario,
                                   const std::string& verb, const std::string& host) {
  std::vector<std::string> arguments = {tools.upgraph, verb};
  if (verb == "resolve") {
    arguments.insert(arguments.end(), scenario.settles.begin(), scenario.settles.end());
    for (const char* option : {"--as", "reverted", "--because", "by hand", "--yes", "--root"}) {
      arguments.push_back(option);
    }
    arguments.push_back(host);
    return arguments;
  }
  const bool prepares = verb == "prepare";
  if (verb == "apply" || prepares) {
    arguments = {tools.upgraph, "apply", scenario.package, "--not-durable"};
  }
  if (prepares) {
    arguments.insert(arguments.end(), {"--until", "prepare"});
  }
  arguments.insert(arguments.end(), {"--root", host});
  if (verb != "tick") {
    arguments.insert(arguments.end(), {"--yes", "--foreground"});
  }
  return arguments;
}

void FreshHost(const Scenario& scenario, const std::string& folder) {
  fs::remove_all(folder);
  fs::create_directories(folder);
  UPGRAPH_CHECK(RunProgram({"/bin/cp", "-a", scenario.folder, folder + "/host"}, folder + "/log") ==
                0);
}

// One command that nobody kills; its exit code.
int Do(const Tools& tools, const Scenario& scenario, const std::string& verb,
       const std::string& folder, const std::string& log) {
  const std::string host = folder + "/host";
  return verb == "mend" ? RunProgram({"/bin/bash", scenario.mend, host}, log)
                        : RunProgram(Arguments(tools, scenario, verb, host), log);
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

// Does `verb`; where that leaves something over, a person mends it, says so, and does it again.
int DoToTheEnd(const Tools& tools, const Scenario& scenario, const std::string& verb,
               const std::string& folder, const std::string& log) {
  int code = Do(tools, scenario, verb, folder, log);
  if (code != kIncomplete || scenario.mend.empty()) {
    return code;
  }
  for (const char* next : {"mend", "resolve"}) {
    if (int failed = Do(tools, scenario, next, folder, log); failed != kDone) {
      return failed;
    }
  }
  return Do(tools, scenario, verb, folder, log);
}

// A file of the host's state that holds what a step captured, or the content of an object that it
// replaced; empty: none does.
std::string FindUndo(const std::string& host) {
  for (const auto& file : fs::recursive_directory_iterator(host + "/var/lib/upgraph")) {
    if (!file.is_regular_file()) {
      continue;
    }
    const std::string content = ReadFile(file.path());
    if (content.find("{\"undo\":\"") != std::string::npos ||
        content.find("deeper\n") != std::string::npos) {
      return file.path();
    }
  }
  return "";
}

// After a tick that was killed while it removed the undo: a rollback is whole or refused, and the
// next tick ends it for good.
std::string JudgeRemoval(const Tools& tools, const Job& job, const std::string& folder,
                         Snapshots* snapshots) {
  const Scenario& scenario = *job.scenario;
  const std::string host = folder + "/host";
  const std::string log = folder + "/recover.log";
  bool is_old = false;
  if (job.recovery == "rollback") {
    const int code = Do(tools, scenario, "rollback", folder, log);
    if (code != kDone && code != kRefused) {
      return "rollback ended with " + std::to_string(code) + ": " + ReadFile(log);
    }
    is_old = code == kDone;
  }
  if (Do(tools, scenario, "tick", folder, log) != kDone) {
    return "tick: " + ReadFile(log);
  }
  if (const std::string undo = FindUndo(host); !undo.empty()) {
    return undo + " still holds what was captured";
  }
  const Snapshot wanted = is_old ? scenario.old_host : scenario.new_host;
  if (std::string text = Difference(wanted, snapshots->Take(host, !is_old), scenario.old_host);
      !text.empty()) {
    return text;
  }
  const Snapshot before = snapshots->Take(host, false);
  if (Do(tools, scenario, "tick", folder, log) != kDone ||
      ReadFile(log).find("nothing is due") == std::string::npos) {
    return "a second tick: " + ReadFile(log);
  }
  if (Do(tools, scenario, "rollback", folder, log) != (is_old ? kDone : kRefused)) {
    return "a rollback afterwards: " + ReadFile(log);
  }
  return snapshots->Take(host, false) != before ? "it changed the host" : FindStray(host);
}

// Whether the run was refused, so that there is nothing to go back from.
bool WasRefused(const Job& job, int told) { return job.killed.size() == 1 && told == kRefused; }

// Waiting calls are not as many each time, so that the one that was meant may have come before
// there was a run: then nobody was told of one, and nobody finds one.
bool CameBeforeTheRun(const Job& job, const std::string& verb, int code,
                      const std::string& folder) {
  const Command& killed = job.killed.front();
  const std::string said = ReadFile(folder + "/recover.log");
  const bool finds_none =
      verb == "rollback" ? code == kRefused && said.find("there was no run") != std::string::npos
                         : code == kDone && said.find("nothing to resume") != std::string::npos;
  return finds_none && job.killed.size() == 1 && killed.is_killed && killed.verb == "apply" &&
         ReadFile(folder + "/killed.log").find("opened") == std::string::npos;
}

// What a disturbed command says of its end must be so, there and then.
std::string JudgeTold(const Tools& tools, const Job& job, int code, const std::string& folder,
                      Snapshots* snapshots) {
  const Scenario& scenario = *job.scenario;
  const std::string& verb = job.killed.back().verb;
  const std::string host = folder + "/host";
  const std::string text =
      verb + " said " + std::to_string(code) + " (" + ReadFile(folder + "/disturbed.log") + "), ";
  if (code != kDone && code != kRolledBack && code != kIncomplete && code != kRefused &&
      code != kInterrupted && code != kNeedsPerson) {
    return text + "which no error of a call makes true";
  }
  const bool is_old = code == kRolledBack || (verb == "rollback" && code == kDone) ||
                      (verb == "apply" && code == kRefused);
  const bool is_new = verb == "apply" && code == kDone;
  if (is_old || is_new) {
    const std::string difference = Difference(is_old ? scenario.old_host : scenario.new_host,
                                              snapshots->Take(host, is_new), scenario.old_host);
    if (!difference.empty()) {
      return text + "but " + difference;
    }
  }
  const std::string log = folder + "/asked.log";
  if (WasRefused(job, code) && (Do(tools, scenario, "resume", folder, log) != kDone ||
                                ReadFile(log).find("nothing to resume") == std::string::npos)) {
    return text + "but there is a run: " + ReadFile(log);
  }
  return "";
}

// The host must be the one that `verb` leads to, or say that it can only go forward. `told` is the
// exit code of a last command that was disturbed.
std::string JudgeEnd(const Tools& tools, const Job& job, int told, const std::string& folder,
                     Snapshots* snapshots) {
  if (job.killed.back().verb == "tick") {
    return JudgeRemoval(tools, job, folder, snapshots);
  }
  const Scenario& scenario = *job.scenario;
  const std::string host = folder + "/host";
  const std::string log = folder + "/recover.log";
  std::string verb = job.recovery;
  if (job.killed.back().verb == "prepare" && verb == "resume" &&
      Do(tools, scenario, verb, folder, log) != kDone) {
    return "resume does not bring it to where it is parked: " + ReadFile(log);
  }
  int code = DoToTheEnd(tools, scenario, verb, folder, log);
  if (CameBeforeTheRun(job, verb, code, folder)) {
    const std::string text =
        Difference(scenario.old_host, snapshots->Take(host, false), scenario.old_host);
    return text.empty() ? kUnreached : "there is no run, but " + text;
  }
  if (!scenario.can_roll_back && verb == "rollback" && code != kDone) {
    verb = "resume";
    code = RunProgram(Arguments(tools, scenario, verb, host), log);
  }
  // A rollback that has begun stays one, whoever goes on with it; an error may have begun one.
  bool was_turning_back = job.kind == Kind::kErrors;
  for (const Command& command : job.killed) {
    was_turning_back = was_turning_back || command.verb == "rollback";
  }
  const bool may_be_new = verb != "rollback" && scenario.exit_code == kDone;
  const bool may_be_old = verb == "rollback" || scenario.exit_code != kDone || was_turning_back;
  const int again = verb == "rollback" && WasRefused(job, told) ? kRefused : kDone;
  if (code != again && !(code == kRolledBack && may_be_old)) {
    return verb + " ended with " + std::to_string(code) + ": " + ReadFile(log);
  }
  std::string to_new = "not asked for";
  std::string to_old = "not asked for";
  bool is_new = false;
  if (may_be_new) {
    to_new = Difference(scenario.new_host, snapshots->Take(host, true), scenario.old_host);
    is_new = to_new.empty();
  }
  if (!is_new && may_be_old) {
    to_old = Difference(scenario.old_host, snapshots->Take(host, false), scenario.old_host);
  }
  if (!is_new && !to_old.empty()) {
    return "after " + verb + ": from the new host: " + to_new + "; from the old one: " + to_old;
  }
  if (job.is_asked_twice) {
    const Snapshot before = snapshots->Take(host, false);
    code = RunProgram(Arguments(tools, scenario, verb, host), folder + "/again.log");
    if (code != again || snapshots->Take(host, false) != before) {
      return "a second " + verb + " was no no-op (" + std::to_string(code) +
             "): " + ReadFile(folder + "/again.log");
    }
  }
  return FindStray(host);
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
