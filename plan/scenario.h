#pragma once

// A `test` block as data: what a host is like, what happens to a run on it, and what must come of
// it. The compiler makes it, the simulated host plays it; it is no part of a plan's bytes.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "plan/plan.h"

namespace upgraph::plan {

// A step as the spec names it: by its label, by what it calls where only one step does, or by its
// path. ResolveScenario() puts paths in their place.
struct StepName {
  std::string text;
  SourcePosition position;
};

enum class EventKind : uint8_t {
  kFails,       // it cannot be applied; a step that looks does not hold
  kSticks,      // it cannot be reverted
  kDrifts,      // somebody else changes what it left
  kStopped,     // somebody asks to turn back while it runs
  kKilled,      // the runner dies in the middle of it
  kKilledBack,  // the runner dies in the middle of its way back
};

struct ScenarioEvent {
  EventKind kind = EventKind::kFails;
  StepName step;
  uint32_t count = 0;  // of kFails: the first attempts; 0: all of them
};

enum class RunCommand : uint8_t { kApply, kResume, kRollback, kTick };
const char* RunCommandName(RunCommand command);  // "apply"

// One command and what happens while it runs; of kTick: time that passes, with a `tick` whenever
// something is due.
struct ScenarioAct {
  RunCommand command = RunCommand::kApply;
  std::vector<ScenarioEvent> events;
  int64_t pass_ms = 0;  // of kTick
};

enum class ExpectationKind : uint8_t {
  kOutcome,       // text: "rolled_back"; detail: a part of the reason, or empty
  kExitCode,      // number
  kInstalled,     // text: the version that the host says it has, at the end
  kVersionPath,   // versions: that of the start and of each hop's end
  kStepState,     // steps[0]; text: "applied"
  kRan,           // steps, in this order
  kRanOnly,       // and no others
  kReverted,      // steps, in this order
  kRevertedOnly,  // and no others
  kUnchanged,     // resources: as if there had been no run
  kChanged,       // resources: not as before
  kGivenBack,     // resources: changed by the run, and as before again
};

struct ScenarioExpectation {
  ExpectationKind kind = ExpectationKind::kOutcome;
  std::string written;  // as it stands in the spec, for messages
  std::string text;
  std::string detail;
  int64_t number = 0;
  std::vector<std::string> versions;  // without v
  std::vector<StepName> steps;
  std::vector<Resource> resources;
  std::string owner;  // everything whose first argument is this: a handle, a configuration
  SourcePosition position;
};

struct Scenario {
  std::string name;
  std::string installed;  // without v
  std::string target;     // without v; empty: as far as upgrades lead
  std::vector<std::pair<std::string, std::string>> answers;  // to facts, by their names
  // What it gives for inputs, as it is written: tests with the same text share a plan.
  std::string inputs;
  std::vector<StepName> found;          // the host already is as they would leave it
  std::vector<std::string> busy_locks;  // canonical names: somebody else holds them
  std::vector<ScenarioAct> acts;        // at least one
  std::vector<ScenarioExpectation> expectations;
  SourcePosition position;
};

// What a run can come to, and what its steps can be, in the words of a test.
const std::vector<std::string>& OutcomeWords();
const std::vector<std::string>& StepStateWords();

enum class ScenarioFault : uint8_t {
  kUnknownStep,
  kContradiction,  // nothing can be so, whatever the upgrade does
};

struct ScenarioFinding {
  ScenarioFault fault = ScenarioFault::kUnknownStep;
  SourcePosition position;
  std::string message;
  std::string hint;
  std::string word;                     // of kUnknownStep: what was written
  std::vector<std::string> candidates;  // and what it may have been meant to be
};

// Puts paths in place of the steps' names, and judges what is said of them.
std::vector<ScenarioFinding> ResolveScenario(const Plan& plan, Scenario* scenario);

}  // namespace upgraph::plan
