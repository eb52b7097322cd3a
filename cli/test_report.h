#pragma once

// What `upgraph test` says of tests: for people, as JSON, as JUnit's XML. Pure.

#include <string>
#include <vector>

#include "base/json.h"
#include "plan/scenario.h"
#include "runtime/sim/play.h"

namespace upgraph::cli {

struct PlayedTest {
  plan::Scenario scenario;
  sim::ScenarioResult result;
  int64_t elapsed_ms = 0;
};

// One spec with its tests.
struct TestedSpec {
  std::string path;
  std::string failure;      // why its tests could not be played; empty: they were
  std::string diagnostics;  // of a spec that is wrong, for people
  Json diagnostics_json = Json::array();
  std::vector<PlayedTest> tests;
};

struct TestCounts {
  size_t passed = 0;
  size_t failed = 0;
  size_t errors = 0;  // specs whose tests could not be played
};
TestCounts CountTests(const std::vector<TestedSpec>& specs);

// One test with its result; `with_steps` tells what happened to the steps even of one that passed.
std::string DescribeTest(const PlayedTest& test, bool with_steps, bool use_color);

Json TestedSpecJson(const TestedSpec& spec);

// In the form that CI systems read: one <testsuite> for each spec. A spec that is wrong is an
// <error> of a test that is called `compile`.
std::string RenderJunit(const std::vector<TestedSpec>& specs);

}  // namespace upgraph::cli
