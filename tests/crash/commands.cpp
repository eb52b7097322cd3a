#include "tests/crash/commands.h"

namespace upgraph::crash {

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

int Do(const Tools& tools, const Scenario& scenario, const std::string& verb,
       const std::string& folder, const std::string& log) {
  const std::string host = folder + "/host";
  return verb == "mend" ? RunProgram({"/bin/bash", scenario.mend, host}, log)
                        : RunProgram(Arguments(tools, scenario, verb, host), log);
}

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

}  // namespace upgraph::crash
