#include "tests/crash/judge.h"

#include "tests/crash/commands.h"

namespace upgraph::crash {
namespace {

namespace fs = std::filesystem;

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

}  // namespace

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

}  // namespace upgraph::crash
