#pragma once

// Plays a test of a spec: a run on a simulated host, what happens to it, and what came of it
// compared with what was expected.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "plan/scenario.h"
#include "runtime/executor/run.h"
#include "runtime/package/package.h"

namespace upgraph::sim {

// Something that happened to a step.
struct Happening {
  std::string step_path;
  std::string step_title;
  std::string what;  // "applied", "failed", "reverted", …: a word for its state
  std::string text;  // why
};

// An expectation that does not hold.
struct Disappointment {
  plan::SourcePosition position;
  std::string expected;  // as it stands in the spec
  std::string actual;    // one line
};

struct ScenarioResult {
  std::vector<Disappointment> disappointments;
  std::string trouble;  // why it could not be played at all; empty: it was
  std::string outcome;  // one of plan::OutcomeWords()
  executor::ExitCode exit_code = executor::ExitCode::kDone;
  std::string reason;                 // of the last command
  std::vector<std::string> versions;  // the version path, without v
  std::vector<Happening> happenings;  // in order
  int64_t simulated_ms = 0;           // what the run took, by the estimates of its steps

  bool has_passed() const { return disappointments.empty() && trouble.empty(); }
};

// What all tests of one plan share.
class Player {
 public:
  // `plan` has passed Verify() and outlives the player. The payload is not needed: simulated steps
  // take nothing out of it.
  static Result<std::unique_ptr<Player>> Make(const plan::Plan& plan);

  // `scenario` names steps by their paths: plan::ResolveScenario() found no fault in it.
  ScenarioResult Play(const plan::Scenario& scenario) const;

 private:
  Player(const plan::Plan& plan, package::Package package)
      : plan_(plan), package_(std::move(package)) {}

  const plan::Plan& plan_;
  package::Package package_;
};

}  // namespace upgraph::sim
